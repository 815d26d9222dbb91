/* token [RESOURCE]: an access token to standard output, for the vaults of this cloud unless told otherwise. */
#include "command/table.h"

#include "output/print.h"

enum { RESOURCE_BYTES = 512 };

static err resource_of(struct session *session, slice *resource)
{
    const struct options *options = &session->options;
    const struct cloud *cloud;
    if (options->operands > 1)
        return err_make(M_TOO_MANY_OPERANDS, S("token"), slice_of(options->operand[1]));
    if (options->operands == 1) {
        *resource = slice_of(options->operand[0]);
        err too_long = err_make(M_RESOURCE_LONG);
        too_long.number[0] = IDENTITY_RESOURCE_BYTES_MAX;
        if (resource->len == 0)
            return err_make(M_NO_RESOURCE);
        return resource->len > IDENTITY_RESOURCE_BYTES_MAX ? too_long : OK;
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
    return failed(e) ? e : print_value(buf_slice(&slot->token));
}
