/* Base64 in both alphabets, and hexadecimal, from text to bytes; base64 from bytes to text.
 *
 * Strict: no other bytes, no padding in the middle, no bits behind the last byte (canonical, RFC 4648 section 3.5). Padding
 * may be missing in base64url, and there only. White space: BASE64_STANDARD takes CR, LF, blanks and tabs between
 * groups when `lines` says so (PEM, values that were pasted), else none.
 *
 * Memory:  output is never longer than input, so `out` may be the input's own place.
 * Errors:  false, and out as it was but for bytes behind its end. out->full when it does not fit (then false too).
 * Source:  RFC 4648 sections 3, 4, 5, 8.
 */
#ifndef AZFOB_WIRE_BASE64_H
#define AZFOB_WIRE_BASE64_H

#include "base/buf.h"

enum base64 { BASE64_STANDARD, BASE64_URL };

bool base64_decode(slice text, enum base64 alphabet, bool lines, struct buf *out);

/* BASE64_STANDARD with padding, BASE64_URL without. */
void base64_encode(struct buf *to, enum base64 alphabet, slice bytes);

static inline void base64_encode_url(struct buf *to, slice bytes)
{
    base64_encode(to, BASE64_URL, bytes);
}

/* Pairs of hex digits of either case. */
bool hex_decode(slice text, struct buf *out);

#endif
