#include "azure/service_error.h"

#include "wire/json.h"

enum { INNER_DEPTH_MAX = 8 };

/* The string's place is changed, so that all members are looked up before the first one is kept. Messages have
 * "\r\n" in them: a blank reads better than the '?' that a control character becomes. */
static slice keep_line(slice string, struct buf *body, struct buf *notes, slice fallback)
{
    if (string.len == 0)
        return fallback;
    struct buf place = {body->at + (string.at - body->at), 0, string.len, false};
    if (json_unescape(string, &place) != JSON_OK || place.len == 0)
        return fallback;
    for (size_t i = 0; i < place.len; i++)
        if (place.at[i] == '\r' || place.at[i] == '\n')
            place.at[i] = ' ';
    return note_keep(notes, buf_slice(&place));
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

void service_error_read(const struct http_head *head, struct buf *body, struct buf *notes, struct service_error *out)
{
    slice root, id;
    size_t fault;
    *out = (struct service_error){S(""), S(""), S(""), S("none")};
    if (json_check(buf_slice(body), &root, &fault) && json_kind(root) == JSON_OBJECT)
        find_members(root, out);
    out->code = keep_line(out->code, body, notes, S("no code"));
    out->inner = keep_line(out->inner, body, notes, S(""));
    out->message = keep_line(out->message, body, notes, S("no message"));
    if (http_head_field(head, S("x-ms-request-id"), &id))
        out->request_id = note_keep(notes, id);
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
