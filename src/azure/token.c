#include "azure/token.h"

#include "wire/date.h"
#include "wire/jwt.h"

/* An access token goes into a header line, so it may only have what RFC 6750 section 2.1 allows there. */
static bool is_b64token(slice token)
{
    for (size_t i = 0; i < token.len; i++) {
        uint8_t c = token.at[i];
        if (!byte_is_alpha(c) && !byte_is_digit(c) && slice_find(S("-._~+/="), c) == 7)
            return false;
    }
    return token.len > 0 && token.len <= TOKEN_BYTES_MAX;
}

static bool read_time(slice value, int64_t now, int64_t *at)
{
    uint64_t n;
    uint8_t room[48];
    struct buf text = BUF(room);
    if (json_integer(value, &n)) {
        *at = n < TOKEN_RELATIVE_BELOW ? now + (int64_t)n : (int64_t)n;
        return true;
    }
    return json_unescape(value, &text) == JSON_OK && !text.full && date_any(buf_slice(&text), at);
}

enum token_verdict token_read(struct buf *body, int64_t now, slice *token, int64_t *expires_at)
{
    slice root, value;
    size_t fault;
    if (!json_check(buf_slice(body), &root, &fault) || json_kind(root) != JSON_OBJECT)
        return TOKEN_NOT_JSON;
    *expires_at = 0;
    if (json_member(root, S("expires_on"), &value) != JSON_OK || !read_time(value, now, expires_at))
        if (json_member(root, S("expires_in"), &value) == JSON_OK && !read_time(value, now, expires_at))
            *expires_at = 0;
    if (json_member(root, S("access_token"), &value) != JSON_OK || json_kind(value) != JSON_STRING)
        return TOKEN_MISSING;
    size_t start = (size_t)(value.at - body->at);
    struct buf place = {body->at + start, 0, value.len, false};
    if (json_unescape(value, &place) != JSON_OK || place.full || !is_b64token(buf_slice(&place)))
        return TOKEN_MISSING;
    *token = buf_slice(&place);
    return TOKEN_OK;
}

/* The claims are text that somebody else wrote: only what looks like an id is repeated. */
static slice claim(slice claims, slice name, struct buf *notes)
{
    slice value, id;
    if (json_member(claims, name, &value) != JSON_OK || !json_inside(value, &id) || id.len > CALLER_ID_BYTES_MAX)
        return S("");
    for (size_t i = 0; i < id.len; i++)
        if (!byte_is_alpha(id.at[i]) && !byte_is_digit(id.at[i]) && slice_find(S("-_."), id.at[i]) == 3)
            return S("");
    return note_keep(notes, id);
}

void token_caller(slice token, struct buf *room, struct buf *notes, struct caller *out)
{
    slice claims;
    *out = (struct caller){S(""), S(""), S("")};
    if (!jwt_claims(token, room, &claims))
        return;
    out->client_id = claim(claims, S("appid"), notes);
    if (out->client_id.len == 0)
        out->client_id = claim(claims, S("azp"), notes);
    out->object_id = claim(claims, S("oid"), notes);
    out->tenant_id = claim(claims, S("tid"), notes);
}
