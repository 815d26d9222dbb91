/* PEM blocks (RFC 7468), one at a time: certificates, keys, and text between them that is passed over.
 *
 *   block = "-----BEGIN " label "-----" eol *( base64 eol ) "-----END " label "-----"        eol = LF / CRLF
 *
 * Shape:   rest = text; while (pem_next(&rest, &block) == PEM_BLOCK) ...
 * Memory:  parts of the caller's bytes.
 * Errors:  PEM_BAD: a BEGIN line without its END line, or with another label.
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
