#include "azure/service_error.h"

#include "wire/json.h"

enum { INNER_DEPTH_MAX = 8 };

/* How many bytes at the start of the text stand in the secret in the same order; 0 when they are too few to mean anything. The
 * text is at most a note, so this is bounded by its length times the secret's. */
static size_t echo_length(slice text, slice secret)
{
    size_t most = 0;
    for (slice from = secret; from.len > most; from = slice_after(from, 1)) {
        size_t same = 0;
        while (same < from.len && same < text.len && text.at[same] == from.at[same])
            same++;
        if (same > most)
            most = same;
    }
    return most >= ECHO_BYTES || most == secret.len ? most : 0;
}

slice quote_keep(struct buf *notes, slice text, struct confidence sent)
{
    size_t start = notes->len;
    text = slice_first(text, NOTE_BYTES_MAX);
    if (notes->cap - start < text.len)
        return S("...");
    notes->full = false;
    while (text.len) {
        size_t token = echo_length(text, sent.token), value = echo_length(text, sent.value);
        size_t echo = token > value ? token : value;
        /* Never longer than what it stands for. */
        slice piece = echo ? slice_first(S("[hidden]"), echo) : slice_first(text, 1);
        /* Messages have "\r\n" in them: a blank reads better than the '?' that a control character becomes. */
        if (piece.at[0] == '\r' || piece.at[0] == '\n')
            piece = S(" ");
        buf_put(notes, piece);
        text = slice_after(text, echo ? echo : 1);
    }
    return slice_after(buf_slice(notes), start);
}

struct quoting {
    struct buf *body, *notes;
    struct confidence sent;
};

/* The string's place is changed, so that all members are looked up before the first one is kept. */
static slice keep_string(const struct quoting *quoting, slice string, slice fallback)
{
    if (string.len == 0)
        return fallback;
    struct buf place = {quoting->body->at + (string.at - quoting->body->at), 0, string.len, false};
    if (json_unescape(string, &place) != JSON_OK || place.len == 0)
        return fallback;
    return quote_keep(quoting->notes, buf_slice(&place), quoting->sent);
}

static slice text_member(slice object, slice name)
{
    slice value;
    if (json_member(object, name, &value) != JSON_OK || json_kind(value) != JSON_STRING)
        return S("");
    return value;
}

static slice innermost_code(slice error)
{
    slice inner = error, code = S("");
    for (int depth = 0; depth < INNER_DEPTH_MAX && json_member(inner, S("innererror"), &inner) == JSON_OK; depth++) {
        slice deeper = text_member(inner, S("code"));
        if (deeper.len)
            code = deeper;
    }
    return code;
}

/* Gives the raw strings. */
static void find_members(slice root, struct service_error *out)
{
    slice error = S("");
    enum json_kind kind = json_member(root, S("error"), &error) == JSON_OK ? json_kind(error) : JSON_NOTHING;
    if (kind == JSON_OBJECT) {
        out->code = text_member(error, S("code"));
        out->inner = innermost_code(error);
        out->message = text_member(error, S("message"));
    } else if (kind == JSON_STRING) {
        out->code = error;
        out->message = text_member(root, S("error_description"));
    } else {
        out->message = text_member(root, S("message"));
    }
}

bool service_error_read(const struct http_head *head, struct buf *body, struct confidence sent, struct buf *notes,
                        struct service_error *out)
{
    const struct quoting quoting = {body, notes, sent};
    slice root, id;
    size_t fault;
    *out = (struct service_error){S(""), S(""), S(""), S("none")};
    if (json_check(buf_slice(body), &root, &fault))
        find_members(root, out);
    bool has_code = out->code.len > 0;
    out->code = keep_string(&quoting, out->code, S("no code"));
    out->inner = keep_string(&quoting, out->inner, S(""));
    out->message = keep_string(&quoting, out->message, S("no message"));
    if (http_head_field(head, S("x-ms-request-id"), &id))
        out->request_id = quote_keep(notes, id, sent);
    return has_code;
}

void endpoint_write(const struct endpoint *endpoint, struct buf *to)
{
    bool brackets = slice_find(endpoint->host, ':') < endpoint->host.len;
    if (brackets)
        buf_byte(to, '[');
    buf_put(to, endpoint->host);
    if (brackets)
        buf_byte(to, ']');
    if (endpoint->port != (endpoint->tls ? 443 : 80)) {
        buf_byte(to, ':');
        buf_number(to, endpoint->port);
    }
}
