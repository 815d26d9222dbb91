/* A host of a known cloud is below what its tokens are for, in any case of its letters, and nothing is behind it. */
#include "azure/cloud.h"

#include "base/buf.h"
#include "wire/url.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_vault(slice host, slice again)
{
    slice scheme = S("https://"), resource = S(""), other = S("");
    bool known = cloud_of_vault(host, &resource);
    assert(cloud_of_vault(again, &other) == known && slice_equal(resource, other));
    if (!known)
        return;
    slice suffix = slice_after(resource, scheme.len);
    struct url url;
    size_t fault;
    assert(slice_starts(resource, scheme) && host_is_below(host, suffix) && host.len > suffix.len + 1);
    assert(url_read(resource, &url, &fault) && url.path.len == 0 && slice_equal(url.host, suffix));
    /* The suffix itself, or with something behind it, is nobody's vault. */
    assert(!cloud_of_vault(suffix, &other) && !cloud_of_vault(slice_first(host, host.len - 1), &other));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice host = {data, size};
    struct buf upper = {malloc(size + 1), 0, size, false};
    assert(upper.at);
    for (size_t i = 0; i < size; i++)
        buf_byte(&upper, byte_is_alpha(data[i]) ? data[i] ^ 0x20 : data[i]);
    check_vault(host, buf_slice(&upper));
    const struct cloud *cloud = cloud_of_authority(host);
    assert(cloud == cloud_of_authority(buf_slice(&upper)));
    assert(!cloud || (cloud->vault_suffix.len && cloud->authority.len));
    free(upper.at);
    return 0;
}
