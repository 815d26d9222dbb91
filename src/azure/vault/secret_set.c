/* PUT /secrets/{name}: a new version, whatever there was. Source: azure-protocol section 9.6. */
#include "azure/vault.h"

#include "wire/http_request.h"
#include "wire/json.h"

static bool ask(struct vault_talk *vault, slice authorization)
{
    const struct secret_set *set = (const struct secret_set *)vault;
    if (!vault_request(vault, S("PUT"), S(""), S(""), authorization))
        return false;
    struct buf body = vault_body(vault);
    vault->value = set->value;
    buf_text(&body, "{\"value\":");
    if (!json_quote(&body, set->value))
        return false;
    buf_text(&body, "}");
    return vault_request_end(vault, &body, authorization);
}

static struct want done(struct vault_talk *vault, const struct news *news)
{
    struct secret_set *set = (struct secret_set *)vault;
    slice root, version;
    size_t fault;
    if (!json_check(buf_slice(&news->body), &root, &fault))
        return want_fail(err_number(err_make(M_VAULT_NOT_JSON, vault->name, vault->talk.to.host), (int64_t)fault));
    if (json_member(root, S("id"), &set->id) != JSON_OK || !vault_text(&news->body, set->id, &set->id) ||
        !vault_version(vault, set->id, &version))
        return want_fail(err_make(M_VAULT_OTHER_OBJECT, vault->name, vault->talk.to.host));
    return (struct want){.kind = WANT_DONE};
}

struct want secret_set_tell(struct talk *talk, const struct news *news)
{
    static const struct vault_operation operation = {ask, done};
    struct secret_set *set = (struct secret_set *)talk;
    set->vault.right = RIGHT_SET;
    talk->once = true;
    return vault_tell(&set->vault, &operation, news);
}
