/* Blocks come in order, do not overlap, and each one read by itself is the same block. */
#include "wire/pem.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice rest = {data, size};
    struct pem_block block, again;
    const uint8_t *end = data;
    enum pem verdict;
    while ((verdict = pem_next(&rest, &block)) == PEM_BLOCK) {
        slice whole = block.whole;
        assert(whole.at >= end && whole.at + whole.len == rest.at && rest.at + rest.len == data + size);
        assert(slice_starts(whole, S("-----BEGIN ")) && block.label.len > 0);
        assert(block.body.at > whole.at && block.body.at + block.body.len < whole.at + whole.len);
        assert(pem_next(&whole, &again) == PEM_BLOCK && whole.len == 0 && again.body.at == block.body.at &&
               again.body.len == block.body.len && slice_equal(again.label, block.label));
        assert(pem_next(&whole, &again) == PEM_END);
        end = rest.at;
    }
    if (verdict == PEM_BAD) {
        slice bad = rest;
        assert(slice_starts(rest, S("-----BEGIN ")) && pem_next(&bad, &again) == PEM_BAD && bad.at == rest.at);
    } else {
        assert(rest.len == 0);
    }
    return 0;
}
