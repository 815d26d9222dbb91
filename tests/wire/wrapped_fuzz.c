/* What is read can be written, and that is read as the same; what is refused leaves no trace. */
#include "wire/wrapped.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[WRAPPED_VALUE_BYTES_MAX], again_room[WRAPPED_VALUE_BYTES_MAX], text_room[1 << 20];
    struct buf value = BUF(room), again = BUF(again_room), text = BUF(text_room);
    struct wrapped found = {.key = {NULL, 0}}, same;
    unsigned line = 0;
    enum wrapped_verdict verdict = wrapped_read((slice){data, size}, &value, &found, &line);
    assert(line >= 1 && line <= 5);
    assert((verdict == WRAPPED_OTHER || verdict == WRAPPED_LATER) <= (line == 1));
    if (verdict != WRAPPED_OK) {
        assert(value.len == 0 && !value.full && !found.key.at);
        return 0;
    }
    assert(found.key.at > data && found.algorithm.at > found.key.at + found.key.len);
    assert(found.algorithm.at + found.algorithm.len < data + size);
    assert(wrapped_write(&found, &text));
    /* Line ends apart: four of them may have had a CR, the last may have been lost. */
    assert(text.len <= size + 1 && text.len + 4 >= size);
    assert(wrapped_read(buf_slice(&text), &again, &same, &line) == WRAPPED_OK);
    assert(slice_equal(found.key, same.key) && slice_equal(found.algorithm, same.algorithm));
    assert(slice_equal(found.value, same.value));
    return 0;
}
