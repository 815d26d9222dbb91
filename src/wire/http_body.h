/* The body of an HTTP/1.1 answer: by length, chunked, or until the connection ends.
 *
 *   chunked = *( 1*HEXDIG [ ext ] CRLF data CRLF ) 1*"0" [ ext ] CRLF *( field-line CRLF ) CRLF
 *
 * Extensions and trailers are passed over, bounded: HTTP_CHUNK_LINE_MAX bytes a size line, HTTP_TRAILER_BYTES_MAX for
 * all trailers, line ends and the last blank line included. Blanks behind a size are taken (BWS). A size has any
 * number of leading zeros and is below HTTP_LENGTH_END. Bare LF, bare CR and control characters as in the head.
 *
 * Shape:   http_body_start; then while bytes come: http_body_feed(&body, &in, &content) until it is not HTTP_MORE or
 *          `in` is empty. Each call takes bytes off `in` and gives one run of content (it may be empty). When the
 *          connection ends: http_body_end. DONE and BAD stick.
 *          At HTTP_DONE what is left in `in` belongs to the next answer.
 * Memory:  content is a part of `in`. Nothing is kept but counters.
 * Source:  RFC 9112 sections 6.3, 7.1, 8.
 */
#ifndef AZFOB_WIRE_HTTP_BODY_H
#define AZFOB_WIRE_HTTP_BODY_H

#include "wire/http_response.h"

enum { HTTP_CHUNK_LINE_MAX = 1024, HTTP_TRAILER_BYTES_MAX = 8192 };

struct http_body {
    enum http verdict;
    enum http_framing framing;
    uint64_t left; /* content bytes still to come in this body or chunk */
    /* private, for chunked */
    unsigned at;              /* where in the grammar */
    unsigned line;            /* bytes of the current line, or of all trailers */
    bool has_digit, after_cr; /* of the size; the byte before was CR */
};

/* May be HTTP_DONE at once: 204, 304, length 0. */
enum http http_body_start(struct http_body *body, const struct http_head *head);
enum http http_body_feed(struct http_body *body, slice *in, slice *content);

/* The connection has ended: HTTP_DONE when the body was whole (or ran until close), else HTTP_BAD: cut short. */
enum http http_body_end(struct http_body *body);

#endif
