/* Writing one HTTP/1.1 request. Nothing that a user or a server supplied can add a line to it.
 *
 * Shape:   http_request_start, http_request_header 0 to n times, http_request_end. Check the buf's `full` at the end.
 * Errors:  false: a part has a byte that may not stand there (control characters, blanks in the target, anything
 *          but a token in a name); nothing of that part was written.
 * Source:  RFC 9112 sections 3 and 5, RFC 9110 sections 5.5, 5.6.2 and 8.6.
 */
#ifndef AZFOB_WIRE_HTTP_REQUEST_H
#define AZFOB_WIRE_HTTP_REQUEST_H

#include "base/buf.h"

/* "METHOD target HTTP/1.1" and Host. The target is in origin form, already percent-encoded; the host may carry
 * ":port". */
bool http_request_start(struct buf *to, slice method, slice target, slice host);

/* A value may be any visible ASCII with blanks and tabs inside, not at its ends. */
bool http_request_header(struct buf *to, slice name, slice value);

/* The blank line, and the body. A body with at == NULL is none; an empty one says Content-Length: 0. False: the whole
 * request did not fit. */
bool http_request_end(struct buf *to, slice body);

#endif
