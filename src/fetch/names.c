#include "fetch/names.h"

struct names {
    const struct vault *vault;
    slice name;
    bool challenge;
    names_keep *keep;
    void *context;
    struct buf link;
};

static struct endpoint where(void *context, size_t piece)
{
    (void)piece;
    return ((struct names *)context)->vault->to;
}

static void prepare(void *context, size_t piece, union operation *operation)
{
    const struct names *names = context;
    struct secret_list *list = &operation->list;
    (void)piece;
    list->vault.talk.tell = secret_list_tell;
    list->vault.collection = S("secrets");
    list->vault.name = names->name;
    list->vault.ask_first = names->challenge;
    list->keep = names->keep;
    list->context = names->context;
    list->link = names->link;
}

static err finish(void *context, size_t piece, union operation *operation, err failure)
{
    (void)context;
    (void)piece;
    (void)operation;
    return failure;
}

err fetch_names(struct fetch *fetch, const struct vault *vault, slice name, bool challenge, names_keep *keep,
                void *context)
{
    struct names names = {vault, name,    challenge,
                          keep,  context, arena_buf(fetch->setting.arena, SECRET_LINK_BYTES_MAX)};
    return fetch_run(fetch, &(struct workload){&names, 1, where, prepare, finish});
}
