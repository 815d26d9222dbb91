/* GET /secrets/{name}[/{version}]: the secret bundle and the value in it. Source: azure-protocol section 9.6. */
#include "azure/vault.h"

#include "wire/http_request.h"
#include "wire/json.h"

static bool ask(struct vault_talk *vault, slice authorization)
{
    return vault_request(vault, S("GET"), S(""), S(""), authorization) &&
           http_request_end(vault->talk.request, (slice){NULL, 0});
}

static struct want done(struct vault_talk *vault, const struct news *news)
{
    struct secret_get *get = (struct secret_get *)vault;
    size_t fault;
    if (!json_check(buf_slice(&news->body), &get->bundle, &fault))
        return want_fail(err_number(err_make(M_VAULT_NOT_JSON, vault->name, vault->talk.to.host), (int64_t)fault));
    if (json_member(get->bundle, S("value"), &get->value) != JSON_OK || json_kind(get->value) != JSON_STRING)
        return want_fail(err_make(M_VAULT_NO_VALUE, vault->name, vault->talk.to.host));
    return (struct want){.kind = WANT_DONE};
}

struct want secret_get_tell(struct talk *talk, const struct news *news)
{
    static const struct vault_operation operation = {ask, done};
    return vault_tell((struct vault_talk *)talk, &operation, news);
}
