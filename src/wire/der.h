/* DER, one element at a time, and the two names of a certificate. Enough to put a chain in order; nothing is verified.
 *
 *   element = tag length content       one byte of tag; definite lengths of at most 3 bytes, in the shortest form
 *
 * Shape:   rest = bytes; while (der_next(&rest, &element)) ...
 * Memory:  parts of the caller's bytes.
 * Errors:  false: no such form, or it ends too early; *rest is untouched.
 * Source:  X.690 sections 8.1 and 10.1; RFC 5280 section 4.1.
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

/* Issuer and subject of a certificate, each the whole element, to be compared byte by byte. */
bool der_certificate_names(slice certificate, slice *issuer, slice *subject);

#endif
