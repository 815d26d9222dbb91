#include "base/buf.h"

#include <string.h>

void buf_put(struct buf *b, slice bytes)
{
    if (b->full || bytes.len > b->cap - b->len) {
        b->full = true;
        return;
    }
    if (bytes.len)
        memmove(b->at + b->len, bytes.at, bytes.len);
    b->len += bytes.len;
}

void buf_byte(struct buf *b, uint8_t byte)
{
    buf_put(b, (slice){&byte, 1});
}

void buf_text(struct buf *b, const char *text)
{
    buf_put(b, slice_of(text));
}

void buf_number(struct buf *b, uint64_t n)
{
    buf_padded(b, n, 1);
}

void buf_padded(struct buf *b, uint64_t n, unsigned width)
{
    uint8_t digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (uint8_t)('0' + n % 10);
        n /= 10;
    } while (at && (n || sizeof digits - at < width));
    buf_put(b, (slice){digits + at, sizeof digits - at});
}

slice buf_slice(const struct buf *b)
{
    return (slice){b->at, b->len};
}
