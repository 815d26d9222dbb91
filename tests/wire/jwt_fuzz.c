/* Any bytes as the second part: they are claims when they are a JSON object, and nothing else is. */
#include "wire/jwt.h"

#include "wire/base64.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice bytes = {data, size}, root, claims;
    size_t fault, cap = size * 2 + 16;
    struct buf token = {malloc(cap), 0, cap, false}, room = {malloc(size + 1), 0, size, false};
    assert(token.at && room.at);
    buf_text(&token, "e30.");
    base64_encode_url(&token, bytes);
    bool object = json_check(bytes, &root, &fault) && json_kind(root) == JSON_OBJECT;
    assert(!jwt_claims(buf_slice(&token), &room, &claims) && room.len == 0);
    buf_text(&token, ".c2ln");
    assert(!token.full && jwt_claims(buf_slice(&token), &room, &claims) == object);
    if (object)
        assert(slice_equal(claims, root) && claims.at >= room.at && claims.at + claims.len <= room.at + room.len);
    else
        assert(room.len == 0);
    /* And as a whole token. */
    room.len = 0;
    if (jwt_claims(bytes, &room, &claims))
        assert(json_check(claims, &root, &fault) && json_kind(claims) == JSON_OBJECT);
    free(token.at);
    free(room.at);
    return 0;
}
