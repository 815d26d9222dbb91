/* PEM blocks (RFC 7468), one at a time: certificates, keys, and text between them that is passed over.
 *
 *   block = "-----BEGIN " label "-----" eol *( base64 eol ) "-----END " label "-----"        eol = LF / CRLF
 *
 * Blanks before a line's end do not count; a line that starts with one begins no block.
 *
 * Shape:   rest = text; while (pem_next(&rest, &block) == PEM_BLOCK) ...
 * Memory:  parts of the caller's bytes.
 * Errors:  PEM_BAD: a line that starts as a BEGIN line does but has no such form or an empty label; a BEGIN line whose
 *          next line with five dashes is not its END line. *rest starts with the BEGIN line, and stays there.
 */
#ifndef AZFOB_WIRE_PEM_H
#define AZFOB_WIRE_PEM_H

#include "base/slice.h"

struct pem_block {
    slice label; /* "CERTIFICATE", "PRIVATE KEY", ... */
    slice whole; /* from "-----BEGIN" to the end of the END line, with its line end if there is one */
    slice body;  /* the lines of base64 between them */
};

enum pem { PEM_BLOCK, PEM_END, PEM_BAD };

enum pem pem_next(slice *rest, struct pem_block *block);

#endif
