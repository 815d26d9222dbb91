/* Any body as the answer of a token service; any bytes as a token. */
#include "azure/token.h"

#include "wire/json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW = 1700000000 };

static bool fits_a_header(slice token)
{
    for (size_t i = 0; i < token.len; i++)
        if (token.at[i] <= ' ' || token.at[i] >= 0x7f || token.at[i] == '"' || token.at[i] == ',')
            return false;
    return token.len > 0 && token.len <= TOKEN_BYTES_MAX;
}

static void check_body(slice text)
{
    slice root, value, token = S("untouched");
    size_t fault;
    int64_t expires = -1;
    struct buf body = {malloc(text.len + 1), text.len, text.len, false};
    assert(body.at);
    if (text.len)
        memcpy(body.at, text.at, text.len);
    enum token_verdict verdict = token_read(&body, NOW, &token, &expires);
    bool object = json_check(text, &root, &fault) && json_kind(root) == JSON_OBJECT;
    assert((verdict == TOKEN_NOT_JSON) == !object);
    if (verdict == TOKEN_OK) {
        assert(json_member(root, S("access_token"), &value) == JSON_OK && json_is(value, token));
        assert(fits_a_header(token) && token.at > body.at && token.at + token.len < body.at + body.len);
    } else {
        assert(slice_equal(token, S("untouched")));
    }
    if (object && json_member(root, S("expires_on"), &value) != JSON_OK &&
        json_member(root, S("expires_in"), &value) != JSON_OK)
        assert(expires == 0);
    free(body.at);
}

static void check_id(slice id, const struct buf *notes)
{
    assert(id.len <= CALLER_ID_BYTES_MAX && (id.len == 0 || slice_equal(id, S("...")) ||
                                             (id.at >= notes->at && id.at + id.len <= notes->at + notes->len)));
    for (size_t i = 0; i < id.len; i++)
        assert(byte_is_alpha(id.at[i]) || byte_is_digit(id.at[i]) || slice_find(S("-_."), id.at[i]) < 3);
}

static void check_caller(slice token)
{
    uint8_t notes_room[80];
    struct buf claims = {malloc(token.len + 1), 0, token.len, false}, notes = BUF(notes_room);
    struct caller caller;
    assert(claims.at);
    token_caller(token, &claims, &notes, &caller);
    check_id(caller.client_id, &notes);
    check_id(caller.object_id, &notes);
    check_id(caller.tenant_id, &notes);
    free(claims.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_body((slice){data, size});
    check_caller((slice){data, size});
    return 0;
}
