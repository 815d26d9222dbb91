/* Writing into given room. What does not fit is not written at all, and `full` sticks, so that a caller
 * may write many pieces and check once: a text is never cut silently.
 *
 * Memory: the room belongs to the caller, who also wipes it.
 */
#ifndef AZFOB_BASE_BUF_H
#define AZFOB_BASE_BUF_H

#include "base/slice.h"

struct buf {
    uint8_t *at;
    size_t len;
    size_t cap;
    bool full;
};

/* An empty buf over an array. */
#define BUF(array) ((struct buf){(uint8_t *)(array), 0, sizeof(array), false})

/* The bytes may lie in the buf's own room at or behind its end (decoding in place). */
void buf_put(struct buf *b, slice bytes);
void buf_byte(struct buf *b, uint8_t byte);
void buf_text(struct buf *b, const char *text);

/* Decimal, without leading zeros. */
void buf_number(struct buf *b, uint64_t n);

/* Decimal with leading zeros up to `width` digits. */
void buf_padded(struct buf *b, uint64_t n, unsigned width);

/* What has been written. */
slice buf_slice(const struct buf *b);

#endif
