#include "plan/plan.h"

#include "azure/cloud.h"
#include "plan/embedded.h"
#include "plan/manifest.h"

#include <string.h>

void plan_start(struct plan *plan, const struct plan_setting *setting, struct item *item, struct use *use, size_t max,
                struct buf *notes)
{
    memset(plan, 0, sizeof *plan);
    plan->setting = setting;
    plan->item = item;
    plan->use = use;
    plan->max = max;
    plan->notes = notes;
}

/* "secrets.conf line 3: ", "DB_URL: ", "" */
static slice write_place(struct plan *plan)
{
    enum { LINE_BYTES = 40 };
    struct buf *to = plan->notes;
    slice name = slice_first(plan->place, NOTE_BYTES_MAX);
    size_t start = to->len;
    if (name.len == 0 || to->cap - to->len < name.len + LINE_BYTES)
        return S("");
    buf_put(to, name);
    if (plan->line) {
        buf_text(to, " line ");
        buf_number(to, plan->line);
    }
    buf_text(to, ": ");
    return slice_after(buf_slice(to), start);
}

void plan_mistake(struct plan *plan, err e)
{
    if (plan->mistakes == PLAN_MISTAKES_MAX)
        return;
    e->arg[ERR_ARGS_MAX - 1] = write_place(plan);
    err_keep(&plan->mistake[plan->mistakes++], e);
}

/* True, or a mistake on the list. */
static bool is_fine(struct plan *plan, err e)
{
    if (!failed(e))
        return true;
    plan_mistake(plan, e);
    return false;
}

/* FNV-1a without regard to case: it only has to spread names over the buckets. */
static uint32_t hash(uint32_t h, slice text)
{
    for (size_t i = 0; i < text.len; i++)
        h = (h ^ byte_lower(text.at[i])) * 16777619u;
    return h;
}

static uint32_t *item_bucket(struct plan *plan, const struct ref *ref)
{
    return &plan->item_bucket[hash(hash(2166136261u, ref->name), ref->version) % PLAN_BUCKETS];
}

/* By the last component, which is the same in all ways to write a path. */
static uint32_t *use_bucket(struct plan *plan, const struct target *target)
{
    slice last = target->name;
    for (size_t slash; (slash = slice_find(last, '/')) < last.len;)
        last = slice_after(last, slash + 1);
    return &plan->use_bucket[hash(2166136261u, last) % PLAN_BUCKETS];
}

static struct use *find_use(struct plan *plan, const struct target *target)
{
    for (uint32_t i = *use_bucket(plan, target); i; i = plan->use[i - 1].next)
        if (target_same(&plan->use[i - 1].target, target))
            return &plan->use[i - 1];
    return NULL;
}

static bool is_allowed(const struct plan_setting *setting, slice host)
{
    for (size_t i = 0; i < setting->allow_hosts; i++)
        if (slice_equal_nocase(setting->allow_host[i], host))
            return true;
    return false;
}

/* The host is written where it would stay, and taken back when there is such a vault already. */
const struct vault *plan_vault(struct plan *plan, const struct ref *ref)
{
    struct buf *notes = plan->notes;
    size_t start = notes->len;
    bool room = notes->cap - start > ref->vault.len + plan->setting->suffix.len;
    if (room)
        ref_host(ref, plan->setting->suffix, notes);
    slice host = slice_after(buf_slice(notes), start);
    for (size_t i = 0; i < plan->vaults; i++) {
        const struct endpoint *to = &plan->vault[i].to;
        if (to->port != ref->port || !slice_equal(to->host, host))
            continue;
        notes->len = start;
        return &plan->vault[i];
    }
    if (!room || plan->vaults == PLAN_VAULTS_MAX) {
        plan_mistake(plan, err_number(err_make(M_PLAN_FULL, S("vaults")), (int64_t)plan->vaults));
        return NULL;
    }
    struct vault *vault = &plan->vault[plan->vaults++];
    *vault = (struct vault){.to = {.tls = true, .port = ref->port, .host = host}};
    /* Kept even if it may have no token, so that it is named once and not with each of its secrets. */
    if (!cloud_of_vault(host, &vault->resource) && !is_allowed(plan->setting, host))
        plan_mistake(plan, err_make(M_VAULT_FAR_HOST, host));
    return vault;
}

/* The item of this use, which is a new one when nobody has asked for its secret yet. */
static bool find_item(struct plan *plan, struct use *use)
{
    uint32_t *bucket = item_bucket(plan, &use->ref);
    for (uint32_t i = *bucket; i; i = plan->item[i - 1].next) {
        struct item *item = &plan->item[i - 1];
        if (!ref_same_secret(item->ref, &use->ref, plan->setting->suffix))
            continue;
        item->optional = item->optional && use->ref.optional;
        use->item = i - 1;
        return true;
    }
    const struct vault *vault = plan_vault(plan, &use->ref);
    if (!vault)
        return false;
    plan->item[plan->items] = (struct item){
        .ref = &use->ref, .vault = vault, .optional = use->ref.optional, .next = *bucket, .state = ITEM_WAITING};
    use->item = (uint32_t)plan->items++;
    *bucket = use->item + 1;
    return true;
}

static bool check_target(struct plan *plan, const struct target *target)
{
    if (!(plan->setting->targets & 1u << target->kind))
        return is_fine(plan, err_make(M_TARGET_NOT_HERE, target->name));
    if (target->kind != TARGET_OUTPUT && find_use(plan, target))
        return is_fine(plan, err_make(M_TARGET_TWICE, target->name));
    return true;
}

static bool check_ref(struct plan *plan, slice text, struct ref *ref)
{
    err e = ref_read(text, REF_SECRET, ref);
    if (failed(e) && plan->discreet)
        e->arg[0] = slice_first(e->arg[0], (size_t)e->number[0]);
    if (!is_fine(plan, e))
        return false;
    return ref_settle(ref, plan->setting->vault) || is_fine(plan, err_make(M_PLAN_NO_VAULT, text));
}

static void complete_target(const struct plan_setting *setting, struct use *use)
{
    struct target *target = &use->target;
    if (target->kind == TARGET_OUTPUT && target->name.len == 0)
        target->name = use->ref.name;
    if (target->mode == MODE_DEFAULT)
        target->mode = setting->mode;
    if (target->user == OWNER_KEEP)
        target->user = setting->user;
    if (target->group == OWNER_KEEP)
        target->group = setting->group;
}

/* Puts the use behind the others. The ref must not move again: items point to it. */
static bool add(struct plan *plan, slice ref, const struct target *target, slice before, bool joined)
{
    if (plan->uses == plan->max)
        return is_fine(plan, err_number(err_make(M_PLAN_FULL, S("references")), (int64_t)plan->max));
    struct use *use = &plan->use[plan->uses];
    *use = (struct use){.target = *target, .before = before, .joined = joined};
    /* Both are looked at, whatever the first says: the user mends all at once. */
    bool good = joined || check_target(plan, target);
    good = check_ref(plan, ref, &use->ref) && good;
    if (!good || !find_item(plan, use))
        return false;
    complete_target(plan->setting, use);
    uint32_t *bucket = use_bucket(plan, &use->target);
    use->next = *bucket;
    *bucket = (uint32_t)++plan->uses;
    return true;
}

bool plan_add(struct plan *plan, slice ref, const struct target *target)
{
    return add(plan, ref, target, S(""), false);
}

bool plan_output(struct plan *plan, slice ref)
{
    return plan_add(plan, ref, &(struct target){.kind = TARGET_OUTPUT});
}

static bool add_assignment(struct plan *plan, const struct assignment *assignment, err e)
{
    struct ref ref;
    if (is_fine(plan, e))
        return plan_add(plan, assignment->ref, &assignment->target);
    if (assignment->ref.at)
        check_ref(plan, assignment->ref, &ref);
    return false;
}

bool plan_assign(struct plan *plan, slice text)
{
    struct assignment assignment = {.ref = {NULL, 0}};
    err e = target_read(text, &assignment);
    return add_assignment(plan, &assignment, e);
}

void plan_manifest(struct plan *plan, slice name, slice content)
{
    struct manifest manifest = {content, 0};
    for (;;) {
        struct assignment assignment = {.ref = {NULL, 0}};
        err e;
        if (!manifest_next(&manifest, &assignment, &e))
            break;
        plan->place = name;
        plan->line = manifest.line;
        add_assignment(plan, &assignment, e);
    }
    plan->place = S("");
    plan->line = 0;
}

/* "text${akv://..}text${akv://..}text" */
static void add_pieces(struct plan *plan, const struct target *target, slice value)
{
    slice rest = value, text, before = S("");
    size_t first = plan->uses;
    bool joined = false;
    for (enum piece piece; (piece = embedded_next(&rest, &text)) != PIECE_END;) {
        if (piece == PIECE_BAD) {
            plan_mistake(plan, err_number(err_make(M_EMBEDDED_OPEN), text.at - value.at + 1));
        } else if (piece == PIECE_TEXT) {
            before = text;
        } else {
            add(plan, text, target, before, joined);
            before = S("");
            joined = true;
        }
    }
    if (plan->uses > first)
        plan->use[plan->uses - 1].after = before;
}

void plan_environment(struct plan *plan, char *const *envp)
{
    plan->discreet = true;
    for (; *envp; envp++) {
        slice value = slice_of(*envp);
        struct target target = {.kind = TARGET_VARIABLE};
        if (!slice_cut(&value, '=', &target.name) || slice_starts(target.name, S("AZFOB_")))
            continue;
        enum embedded kind = embedded_kind(value);
        if (kind == EMBEDDED_NONE || find_use(plan, &target))
            continue;
        plan->place = target.name;
        if (kind == EMBEDDED_WHOLE)
            plan_add(plan, value, &target);
        else
            add_pieces(plan, &target, value);
    }
    plan->discreet = false;
    plan->place = S("");
}

void plan_check_names(struct plan *plan)
{
    for (size_t i = 0; i < plan->uses; i++) {
        const struct target *target = &plan->use[i].target;
        /* find_use gives the youngest of a name: for all but that one there is another. */
        if (target->kind == TARGET_OUTPUT && find_use(plan, target) != &plan->use[i])
            plan_mistake(plan, err_make(M_PLAN_OUTPUT_TWICE, target->name));
    }
}
