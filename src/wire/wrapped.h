/* What `azfob wrap` writes and `azfob unwrap` reads: a wrapped key, and all that is needed to unwrap it, as a small text.
 *
 *   wrapped = "azfob-wrapped 1" EOL
 *             "key: "       URL EOL                 of the key, with the very version that wrapped
 *             "algorithm: " 1*( ALPHA / DIGIT / "-" / "_" ) EOL
 *             "value: "     base64url [ EOL ]       without padding
 *   EOL     = LF / CRLF                             an editor may have been there
 *   URL     = "https://" 1*VCHAR
 *
 * These lines in this order, and nothing else: a reader of version 1 would not know what else to obey. What the URL names is
 * for the caller to judge, as with any reference: the text may come from anybody.
 *
 * Memory:  key and algorithm are parts of the text; the value's bytes go to the caller's buf. None of it is secret.
 * Errors:  WRAPPED_OTHER: it does not begin as such a text does. WRAPPED_LATER: it is one, of another version. WRAPPED_BAD:
 *          *line (from 1) is not what must stand there, or one line too many. The out and the buf are then as they were.
 */
#ifndef AZFOB_WIRE_WRAPPED_H
#define AZFOB_WIRE_WRAPPED_H

#include "base/buf.h"

/* RSA keys have at most 4096 bits, and what AES key wrapping gives is 8 bytes longer than what it was given. */
enum { WRAPPED_VALUE_BYTES_MAX = 520, WRAPPED_TEXT_BYTES_MAX = 2048 };

enum wrapped_verdict { WRAPPED_OK, WRAPPED_OTHER, WRAPPED_LATER, WRAPPED_BAD };

struct wrapped {
    slice key;       /* https://HOST/keys/NAME/VERSION */
    slice algorithm; /* as the service names it */
    slice value;     /* the bytes that the service gave */
};

/* `value` has WRAPPED_VALUE_BYTES_MAX of room. */
enum wrapped_verdict wrapped_read(slice text, struct buf *value, struct wrapped *out, unsigned *line);

/* False: it could not be read back, or does not fit into `to`; nothing that counts was written. */
bool wrapped_write(const struct wrapped *wrapped, struct buf *to);

#endif
