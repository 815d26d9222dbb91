/* What a challenge says does not change by the schemes before and behind it, and its values stand in the line. */
#include "wire/challenge.h"

#include "base/buf.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const struct challenge *a, const struct challenge *b)
{
    return slice_equal(a->authorization, b->authorization) && slice_equal(a->resource, b->resource) &&
           slice_equal(a->scope, b->scope) && slice_equal(a->error, b->error) && slice_equal(a->claims, b->claims);
}

static void check_value(slice line, slice value)
{
    for (size_t i = 0; i < value.len; i++)
        assert(value.at[i] >= ' ' && value.at[i] != 0x7f && value.at[i] != '\\' && value.at[i] != '"');
    assert(value.len == 0 || (value.at > line.at && value.at + value.len <= line.at + line.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice line = {data, size}, realm;
    struct challenge found, again;
    size_t cap = size + 64;
    struct buf longer = {malloc(cap), 0, cap, false};
    assert(longer.at);
    enum challenge_verdict verdict = challenge_read(line, &found);
    buf_text(&longer, "Negotiate, NTLM a/b+==, Basic realm=\"Bearer \\\", x\", ");
    buf_put(&longer, line);
    assert(challenge_read(buf_slice(&longer), &again) == verdict);
    if (verdict == CHALLENGE_BEARER) {
        assert(same(&found, &again));
        check_value(line, found.authorization);
        check_value(line, found.resource);
        check_value(line, found.scope);
        check_value(line, found.error);
        check_value(line, found.claims);
        longer.len = 0;
        buf_put(&longer, line);
        buf_text(&longer, ", PoP resource=\"evil\", Bearer scope=\"evil\"");
        assert(challenge_read(buf_slice(&longer), &again) == verdict && same(&found, &again));
    }
    if (challenge_basic_realm(line, &realm))
        assert(realm.len && realm.at + realm.len == data + size && slice_find(realm, '=') == realm.len);
    free(longer.at);
    return 0;
}
