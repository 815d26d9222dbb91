/* POST /keys/{name}/{version}/wrapkey and unwrapkey. Source: azure-protocol section 9.7. */
#include "azure/vault.h"

#include "wire/base64.h"
#include "wire/http_request.h"
#include "wire/json.h"

static bool ask(struct vault_talk *vault, slice authorization)
{
    const struct key_wrap *wrap = (const struct key_wrap *)vault;
    slice verb = wrap->unwrap ? S("/unwrapkey") : S("/wrapkey");
    /* The current version is the empty one, and has its place in the path: "/keys/name//wrapkey". */
    if (vault->version.len)
        verb = slice_after(verb, 1);
    if (!vault_request(vault, S("POST"), verb, S(""), authorization))
        return false;
    struct buf body = vault_body(vault);
    buf_text(&body, "{\"alg\":");
    if (!json_quote(&body, wrap->algorithm))
        return false;
    buf_text(&body, ",\"value\":\"");
    size_t before = body.len;
    base64_encode_url(&body, wrap->value);
    size_t bytes = body.len - before;
    buf_text(&body, "\"}");
    size_t behind = body.len - before;
    if (!vault_request_end(vault, &body, authorization))
        return false;
    if (authorization.len)
        vault->value =
            slice_first(slice_after(buf_slice(vault->talk.request), vault->talk.request->len - behind), bytes);
    return true;
}

/* The bytes take the place of their text. */
static bool decode(slice text, const struct buf *body, slice *bytes)
{
    struct buf place = {body->at + (text.at - body->at), 0, text.len, false};
    if (!base64_decode(text, BASE64_URL, false, &place) || place.len == 0)
        return false;
    *bytes = buf_slice(&place);
    return true;
}

static struct want done(struct vault_talk *vault, const struct news *news)
{
    struct key_wrap *wrap = (struct key_wrap *)vault;
    slice root, id, value;
    size_t fault;
    if (!json_check(buf_slice(&news->body), &root, &fault))
        return want_fail(err_number(err_make(M_VAULT_NOT_JSON, vault->name, vault->talk.to.host), (int64_t)fault));
    if (json_member(root, S("kid"), &id) != JSON_OK || json_member(root, S("value"), &value) != JSON_OK ||
        !vault_text(&news->body, id, &id) || !vault_text(&news->body, value, &value) ||
        !decode(value, &news->body, &wrap->result))
        return want_fail(err_make(M_VAULT_NO_VALUE, vault->name, vault->talk.to.host));
    /* A version that was not asked for would be written beside the value, and unwrap it never again. */
    if (!vault_version(vault, id, &wrap->version) ||
        (vault->version.len && !slice_equal_nocase(vault->version, wrap->version)))
        return want_fail(err_make(M_VAULT_OTHER_OBJECT, vault->name, vault->talk.to.host));
    return (struct want){.kind = WANT_DONE};
}

struct want key_wrap_tell(struct talk *talk, const struct news *news)
{
    static const struct vault_operation operation = {ask, done};
    struct key_wrap *wrap = (struct key_wrap *)talk;
    wrap->vault.right = wrap->unwrap ? RIGHT_UNWRAP : RIGHT_WRAP;
    return vault_tell(&wrap->vault, &operation, news);
}
