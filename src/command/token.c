/* token [RESOURCE]: an access token to standard output, for the vaults of this cloud unless told otherwise. */
#include "command/table.h"

#include "output/print.h"
#include "wire/json.h"

enum { RESOURCE_BYTES = 512, JSON_MORE_BYTES = 4 * 1024 /* the resource with each byte escaped, names, ids */ };

static err resource_of(struct session *session, slice *resource)
{
    const struct options *options = &session->options;
    const struct cloud *cloud;
    if (options->operands > 1)
        return err_make(M_TOO_MANY_OPERANDS, S("token"), slice_of(options->operand[1]));
    if (options->operands == 1) {
        *resource = slice_of(options->operand[0]);
        if (resource->len == 0)
            return err_make(M_NO_RESOURCE);
        return resource->len <= IDENTITY_RESOURCE_BYTES_MAX
                   ? OK
                   : err_number(err_make(M_RESOURCE_LONG), IDENTITY_RESOURCE_BYTES_MAX);
    }
    err e = session_cloud(session, &cloud);
    if (failed(e))
        return e;
    struct buf text = arena_buf(session->arena, RESOURCE_BYTES);
    buf_put(&text, S("https://"));
    buf_put(&text, cloud->vault_suffix);
    *resource = buf_slice(&text);
    return OK;
}

static void put_member(struct buf *to, slice name, slice text)
{
    if (text.len == 0)
        return;
    (void)json_quote(to, name);
    buf_byte(to, ':');
    (void)json_quote(to, text);
    buf_byte(to, ',');
}

/* Names as the identity endpoints have them; the ids are those in the token's claims. */
static err print_all(struct session *session, const struct token_slot *slot)
{
    struct buf text = arena_buf(session->arena, slot->token.len + JSON_MORE_BYTES);
    buf_byte(&text, '{');
    put_member(&text, S("access_token"), buf_slice(&slot->token));
    put_member(&text, S("resource"), slot->resource);
    put_member(&text, S("client_id"), slot->caller.client_id);
    put_member(&text, S("object_id"), slot->caller.object_id);
    put_member(&text, S("tenant_id"), slot->caller.tenant_id);
    /* 0: the endpoint did not say it in any way that we know. */
    buf_put(&text, S("\"expires_on\":"));
    buf_number(&text, slot->expires_at > 0 ? (uint64_t)slot->expires_at : 0);
    buf_put(&text, S("}\n"));
    return text.full ? session_full(session, S("the token")) : print_bytes(buf_slice(&text));
}

err token_run(struct session *session)
{
    struct token_slot *slot = NULL;
    slice resource;
    err e = resource_of(session, &resource);
    if (!failed(e))
        e = session_open(session);
    if (!failed(e))
        e = fetch_token(&session->fetch, resource, &slot);
    session_close(session);
    if (failed(e))
        return e;
    return session->options.json ? print_all(session, slot) : print_value(buf_slice(&slot->token));
}
