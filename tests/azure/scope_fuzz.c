/* Host, resource and scope, each ended by NUL: what is in scope is a parent of the host by a second, plainer opinion. */
#include "azure/scope.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* "https://" and a part of the host that starts behind a dot and has one itself: nothing else can be a parent. */
static bool is_parent(slice resource, slice host)
{
    slice scheme = S("https://"), parent = slice_after(resource, scheme.len);
    return slice_equal_nocase(slice_first(resource, scheme.len), scheme) && host.len > parent.len + 1 &&
           host.at[host.len - parent.len - 1] == '.' && slice_ends_nocase(host, parent) &&
           slice_find(parent, '.') < parent.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice rest = {data, size}, host, resource = S(""), other;
    struct challenge challenge = {0};
    slice_cut(&rest, 0, &host);
    slice_cut(&rest, 0, &challenge.resource);
    challenge.scope = rest;
    enum scope verdict = scope_of_challenge(&challenge, host, &resource);
    slice said = challenge.scope.len ? challenge.scope : challenge.resource;
    assert((verdict == SCOPE_NO_RESOURCE) == (resource.len == 0));
    assert(slice_starts(said, resource) && resource.at == said.at);
    if (verdict != SCOPE_OK)
        return 0;
    assert(is_parent(resource, host));
    /* Only the host's own end makes it so. */
    uint8_t *copy = malloc(host.len);
    assert(copy);
    memcpy(copy, host.at, host.len);
    copy[host.len - 1] = copy[host.len - 1] == 'x' ? 'y' : 'x';
    assert(scope_of_challenge(&challenge, (slice){copy, host.len}, &other) == SCOPE_FOREIGN);
    assert(scope_of_challenge(&challenge, slice_after(resource, S("https://").len), &other) == SCOPE_FOREIGN);
    free(copy);
    return 0;
}
