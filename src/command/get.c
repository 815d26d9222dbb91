/* get REF...: values to standard output, or into one file. */
#include "command/deliver.h"
#include "command/table.h"

#include "output/print.h"
#include "wire/json.h"

static err check(const struct options *options)
{
    const struct options *o = options;
    if (o->operands == 0)
        return err_make(M_NO_REFERENCE, S("get"));
    if (o->operands > 1 && o->format == FORMAT_NONE)
        return err_make(M_ONE_REFERENCE, o->json ? S("get --json") : S("get"));
    return OK;
}

static err plan_references(struct session *session)
{
    const struct options *options = &session->options;
    err e = session_plan(session, 1u << TARGET_OUTPUT, options->operands);
    if (failed(e))
        return e;
    for (size_t i = 0; i < options->operands; i++)
        plan_output(&session->plan, slice_of(options->operand[i]));
    if (options->format != FORMAT_NONE && options->format != FORMAT_NULL)
        plan_check_names(&session->plan);
    return session_mistakes(session);
}

/* Members as the vault wrote them, in an order of ours; the version, which the vault says only in the id, behind it. */
static void put_bundle(slice bundle, struct buf *to)
{
    static const slice names[] = {S_INIT("value"),      S_INIT("id"),   S_INIT("contentType"),
                                  S_INIT("attributes"), S_INIT("tags"), S_INIT("managed")};
    for (size_t i = 0; i < COUNT(names); i++) {
        slice value, inside;
        if (json_member(bundle, names[i], &value) != JSON_OK)
            continue;
        buf_put(to, to->len ? S(",\"") : S("{\""));
        buf_put(to, names[i]);
        buf_put(to, S("\":"));
        buf_put(to, value);
        if (!slice_equal(names[i], S("id")) || !json_inside(value, &inside))
            continue;
        slice part;
        while (slice_cut(&inside, '/', &part))
            continue;
        buf_put(to, S(",\"version\":\""));
        buf_put(to, part);
        buf_put(to, S("\""));
    }
    buf_put(to, S("}\n"));
}

enum { BUNDLE_MORE_BYTES = 160 }; /* the version, once more, and line end */

static err compose_bundle(struct session *session, slice *out)
{
    slice bundle = session->plan.item[0].bundle;
    struct buf text = arena_buf(session->arena, bundle.len + BUNDLE_MORE_BYTES);
    put_bundle(bundle, &text);
    if (text.full)
        return session_full(session, S("the bundle"));
    *out = buf_slice(&text);
    return OK;
}

/* Several, or one in a format. */
static err compose_named(struct session *session, slice *out)
{
    const struct plan *plan = &session->plan;
    enum format format = session->options.format;
    struct named *entry = arena_take(session->arena, plan->uses * sizeof *entry);
    size_t entries = 0, bytes;
    if (!entry)
        return session_full(session, S("the list of values"));
    for (size_t i = 0; i < plan->uses; i++) {
        const struct use *use = &plan->use[i];
        if (!deliver_is_there(session, use))
            continue;
        entry[entries].name = use->target.name;
        err e = deliver_value(session, use, &entry[entries++].value);
        if (failed(e))
            return e;
    }
    err e = print_measure(format, entry, entries, &bytes);
    if (failed(e))
        return e;
    struct buf text = arena_buf(session->arena, bytes);
    if (bytes && text.cap == 0)
        return session_full(session, S("the output"));
    print_compose(format, entry, entries, &text);
    *out = buf_slice(&text);
    return OK;
}

static err compose(struct session *session, slice *out)
{
    const struct options *options = &session->options;
    if (options->format != FORMAT_NONE)
        return compose_named(session, out);
    if (options->json)
        return compose_bundle(session, out);
    return deliver_value(session, &session->plan.use[0], out);
}

/* One that is optional and not there. A file would be one that is made, or emptied, for nothing. */
static bool is_nothing(const struct session *session)
{
    return session->options.format == FORMAT_NONE && !deliver_is_there(session, &session->plan.use[0]);
}

err get_run(struct session *session)
{
    const struct options *options = &session->options;
    slice out = S("");
    err e = check(options);
    if (!failed(e))
        e = plan_references(session);
    if (!failed(e))
        e = session_fetch(session, options->json);
    if (failed(e) || is_nothing(session))
        return e;
    e = compose(session, &out);
    if (failed(e))
        return e;
    if (options->output.len)
        return deliver_file(session, options->output, out);
    return options->format == FORMAT_NONE && !options->json ? print_value(out) : print_bytes(out);
}
