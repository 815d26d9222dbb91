/* The head of an HTTP/1.1 answer: status line and fields, found and checked in the caller's bytes.
 *
 *   head        = status-line *( field-line CRLF ) CRLF
 *   status-line = "HTTP/1." DIGIT SP 3DIGIT [ SP reason ] CRLF        "HTTP/1.1 429" without the last SP is taken too
 *   field-line  = token ":" OWS value OWS                 a folded value is joined with blanks (section 5.2)
 *
 * Lenient in one thing: a bare LF ends a line as CRLF does (section 2.2). Refused: a bare CR, NUL and other control
 * characters, a blank before ":", a line longer than HTTP_LINE_BYTES_MAX, a head longer than
 * HTTP_HEAD_BYTES_MAX, more than HTTP_FIELDS_MAX fields, any version but 1.0 and 1.1, a status outside 100 to 599; both
 * Content-Length and Transfer-Encoding, two Content-Lengths that differ (equal ones are one), a Content-Length that
 * is not digits or not below 2^62, a Transfer-Encoding that is not exactly "chunked" (in any case), stands twice or
 * comes with HTTP/1.0.
 *
 * A first line that is no status line is BAD as soon as it ends; all else about lines, when the head is complete.
 *
 * Shape:   http_head_start; then after each arrival http_head_feed with all that has come since the
 *          answer's first byte, until it is not HTTP_MORE. BAD sticks. A head of status 1xx is complete like any
 *          other: the caller starts again behind it. http_body_start takes the head from here.
 * Memory:  `bytes` may be changed (unfolding puts blanks over CRLF), and must not move between the feed that said DONE
 *          and the last use of a field. Each byte is looked at a bounded number of times, however small the pieces.
 * Source:  RFC 9112 sections 2.2, 4, 5, 6.
 */
#ifndef AZFOB_WIRE_HTTP_RESPONSE_H
#define AZFOB_WIRE_HTTP_RESPONSE_H

#include "base/slice.h"

enum http { HTTP_MORE, HTTP_DONE, HTTP_BAD };

enum { HTTP_HEAD_BYTES_MAX = 32768, HTTP_LINE_BYTES_MAX = 8192, HTTP_FIELDS_MAX = 64 };

enum http_framing { HTTP_NO_BODY, HTTP_LENGTH, HTTP_CHUNKED, HTTP_UNTIL_CLOSE };

struct http_field {
    slice name, value;
};

struct http_head {
    /* valid after HTTP_DONE */
    unsigned status;
    unsigned minor; /* HTTP/1.minor */
    slice reason;
    struct http_field field[HTTP_FIELDS_MAX];
    size_t fields;
    size_t bytes; /* length of the whole head, with its blank line */
    enum http_framing framing;
    uint64_t length; /* of the body, with HTTP_LENGTH */
    bool keep_alive; /* the connection may carry another request after this answer's body */
    /* private */
    enum http state;
    size_t scanned, line_start;
};

/* Content-Length and chunk sizes are below this, so that sums of a few of them cannot wrap. */
#define HTTP_LENGTH_END ((uint64_t)1 << 62)

void http_head_start(struct http_head *head);
enum http http_head_feed(struct http_head *head, uint8_t *bytes, size_t len);

/* The value of the first field with this name (any case); false when there is none. */
bool http_head_field(const struct http_head *head, slice name, slice *value);

/* What all of HTTP shares: a token (RFC 9110 section 5.6.2), not empty; and a byte that may stand in a field's value
 * (section 5.5), bytes that are not ASCII among them. */
bool http_is_token(slice text);
bool http_is_text_byte(uint8_t c);

#endif
