/* The pieces, put together again, are the value. */
#include "plan/embedded.h"

#include "base/buf.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice value = {data, size}, rest = value, text;
    uint8_t *room = malloc(size + 1);
    struct buf all = {room, 0, size, false};
    size_t refs = 0, bad = 0;
    for (enum piece piece; (piece = embedded_next(&rest, &text)) != PIECE_END;) {
        assert(text.at >= data && text.at + text.len <= data + size && bad == 0);
        if (piece == PIECE_REF) {
            assert(slice_equal_nocase(slice_first(text, 6), S("akv://")) && slice_find(text, '}') == text.len);
            buf_text(&all, "${");
        }
        buf_put(&all, text);
        if (piece == PIECE_REF)
            buf_text(&all, "}");
        refs += piece == PIECE_REF;
        bad += piece == PIECE_BAD;
    }
    assert(!all.full && slice_equal(buf_slice(&all), value));
    if (embedded_kind(value) != EMBEDDED_WHOLE)
        assert((embedded_kind(value) == EMBEDDED_PARTS) == (refs + bad > 0));
    free(room);
    return 0;
}
