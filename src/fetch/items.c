#include "fetch/items.h"

#include "wire/json.h"

struct items {
    struct plan *plan;
    struct arena *arena;
    struct items_setting setting;
};

static struct endpoint where(void *context, size_t piece)
{
    return ((struct items *)context)->plan->item[piece].vault->to;
}

static void prepare(void *context, size_t piece, union operation *operation)
{
    struct items *items = context;
    struct item *item = &items->plan->item[piece];
    struct vault_talk *vault = &operation->vault;
    item->state = ITEM_FETCHING;
    vault->talk.tell = secret_get_tell;
    vault->collection = S("secrets");
    vault->name = item->ref->name;
    vault->version = item->ref->version;
    vault->ask_first = items->setting.challenge;
}

static err keep(struct items *items, struct item *item, const struct secret_get *get)
{
    struct buf value = arena_buf(items->arena, get->value.len);
    struct buf bundle = arena_buf(items->arena, items->setting.bundles ? get->bundle.len : 0);
    if (items->setting.bundles)
        buf_put(&bundle, get->bundle);
    if (json_unescape(get->value, &value) != JSON_OK || value.full || bundle.full)
        return err_number(err_make(M_NO_MEMORY, item->ref->name), (int64_t)items->arena->cap);
    item->value = buf_slice(&value);
    item->bundle = buf_slice(&bundle);
    item->state = ITEM_FULL;
    return OK;
}

static err finish(void *context, size_t piece, union operation *operation, err failure)
{
    struct items *items = context;
    struct item *item = &items->plan->item[piece];
    err e = failed(failure) ? failure : keep(items, item, &operation->get);
    err_keep(&item->error, e);
    if (!failed(e))
        return OK;
    bool missing = item->optional && e->message == M_VAULT_MISSING;
    bool of_this = err_status(e) == EXIT_IS_MISSING || err_status(e) == EXIT_IS_REFUSED;
    item->state = missing ? ITEM_MISSING : ITEM_FAILED;
    return missing || (items->setting.all && of_this) ? OK : e;
}

err fetch_items(struct fetch *fetch, struct plan *plan, struct items_setting setting)
{
    struct items items = {plan, fetch->setting.arena, setting};
    struct workload work = {&items, plan->items, where, prepare, finish};
    return fetch_run(fetch, &work);
}
