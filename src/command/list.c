/* list [VAULT], list --versions NAME: all names or versions, one a line, or with --json as one array. Never a value. */
#include "command/table.h"
#include "fetch/names.h"
#include "output/print.h"
#include "wire/json.h"

enum { CHUNK_BYTES = 64 * 1024, CHUNKS_MAX = 256, LINE_BYTES = 512 };

/* The text that will be printed, in pieces: how long it gets is known when the last page is here. */
struct listing {
    struct session *session;
    bool versions;
    size_t chunks;
    struct buf chunk[CHUNKS_MAX];
};

static struct buf *room_for(struct listing *listing, size_t bytes)
{
    struct buf *last = listing->chunks ? &listing->chunk[listing->chunks - 1] : NULL;
    if (last && last->cap - last->len >= bytes)
        return last;
    if (listing->chunks == CHUNKS_MAX)
        return NULL;
    last = &listing->chunk[listing->chunks++];
    *last = arena_buf(listing->session->arena, bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES);
    return last->cap ? last : NULL;
}

static void put_text(struct buf *to, const char *name, slice text)
{
    buf_text(to, name);
    buf_byte(to, '"');
    buf_put(to, text); /* checked: nothing in it wants an escape */
    buf_byte(to, '"');
}

/* From an allow list: should an item ever have a value, it is not among what is shown. */
static void put_object(struct buf *to, const struct listed_secret *listed)
{
    static const slice shown[] = {S_INIT("contentType"), S_INIT("attributes"), S_INIT("tags"), S_INIT("managed")};
    put_text(to, "{\"name\":", listed->name);
    if (listed->version.len)
        put_text(to, ",\"version\":", listed->version);
    put_text(to, ",\"id\":", listed->id);
    for (size_t i = 0; i < COUNT(shown); i++) {
        slice value;
        if (json_member(listed->item, shown[i], &value) != JSON_OK)
            continue;
        put_text(to, ",", shown[i]);
        buf_byte(to, ':');
        buf_put(to, value);
    }
    buf_byte(to, '}');
}

static err keep(void *context, const struct listed_secret *listed)
{
    struct listing *listing = context;
    bool json = listing->session->options.json;
    struct buf *to = room_for(listing, json ? listed->item.len + listed->id.len + LINE_BYTES : LINE_BYTES);
    if (!to)
        return session_full(listing->session, S("the list"));
    if (json) {
        buf_text(to, listing->chunks == 1 && to->len == 0 ? "[" : ",\n");
        put_object(to, listed);
        return OK;
    }
    buf_put(to, listing->versions ? listed->version : listed->name);
    buf_byte(to, '\n');
    return OK;
}

static err print(struct listing *listing)
{
    err e = OK;
    for (size_t i = 0; i < listing->chunks && !failed(e); i++)
        e = print_bytes(buf_slice(&listing->chunk[i]));
    if (!failed(e) && listing->session->options.json)
        e = print_bytes(listing->chunks ? S("]\n") : S("[]\n"));
    return e;
}

/* VAULT, else the default one; or that of NAME. */
static err read_wanted(const struct session *session, struct ref *wanted)
{
    const struct options *options = &session->options;
    slice versions = options->versions;
    struct ref vault = options->vault;
    err e = OK;
    if (options->operands > 1)
        return err_make(M_TOO_MANY_OPERANDS, S("list"), slice_of(options->operand[1]));
    if (options->operands)
        e = ref_read_vault(slice_of(options->operand[0]), &vault);
    *wanted = vault;
    if (!failed(e) && versions.len)
        e = ref_read(versions, REF_SECRET, wanted);
    if (failed(e))
        return e;
    if (wanted->version.len || !ref_wants_all(wanted))
        return err_make(M_NOT_ONLY_NAME, versions);
    return ref_settle(wanted, &vault) ? OK : err_make(M_NO_VAULT, S("list"));
}

err list_run(struct session *session)
{
    struct listing listing = {.session = session};
    struct ref wanted;
    err e = read_wanted(session, &wanted);
    if (!failed(e))
        e = session_plan(session, 0, 0);
    if (failed(e))
        return e;
    const struct vault *vault = plan_vault(&session->plan, &wanted);
    listing.versions = wanted.name.len > 0;
    e = session_mistakes(session);
    if (failed(e))
        return e;
    e = session_open(session);
    if (!failed(e))
        e = fetch_names(&session->fetch, vault, wanted.name, session->options.challenge, keep, &listing);
    session_close(session);
    return failed(e) ? e : print(&listing);
}
