/* DER, one element at a time.
 *
 *   element = tag length content       one byte of tag; definite lengths of at most 3 bytes, in the shortest form
 *
 * Shape:   rest = bytes; while (der_next(&rest, &element)) ...
 * Memory:  parts of the caller's bytes.
 * Errors:  false: no such form, or it ends too early; *rest is untouched.
 * Source:  X.690 sections 8.1 and 10.1.
 */
#ifndef AZFOB_WIRE_DER_H
#define AZFOB_WIRE_DER_H

#include "base/slice.h"

struct der {
    uint8_t tag;
    slice content;
    slice whole; /* with tag and length */
};

bool der_next(slice *rest, struct der *out);

/* The same, and it must have this tag; *out is undefined when it has not. */
bool der_take(slice *rest, uint8_t tag, struct der *out);

#endif
