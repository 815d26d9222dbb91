/* What a service said when it refused: from an answer's head and body to names for a message.
 *
 *   Key Vault   {"error":{"code":C,"message":M,"innererror":{"code":C, "innererror":...}}}
 *   identity    {"error":C,"error_description":M}         App Service  {"statusCode":N,"message":M}
 *
 * Bodies that are empty, HTML or anything else give empty texts; that is no error of its own.
 *
 * A service may repeat what it was sent, tokens and values too. So no part of these is ever quoted: see quote_keep.
 *
 * Memory:  all texts are copies in notes, cut to NOTE_BYTES_MAX; the body may be changed in place.
 * Source:  azure-protocol sections 1.3, 2.4, 9.8.
 */
#ifndef AZFOB_AZURE_SERVICE_ERROR_H
#define AZFOB_AZURE_SERVICE_ERROR_H

#include "azure/talk.h"

struct service_error {
    slice code;       /* "Forbidden", "invalid_request"; "no code" when there is none */
    slice inner;      /* the innermost innererror's code: "ForbiddenByRbac"; empty */
    slice message;    /* one line; "no message" when there is none */
    slice request_id; /* x-ms-request-id; "none" */
};

/* What the request carried and nobody else may read: a token, and what stands in its body. */
struct confidence {
    slice token, value;
};

/* False: the body has no code, as the service's own answers would. */
bool service_error_read(const struct http_head *head, struct buf *body, struct confidence sent, struct buf *notes,
                        struct service_error *out);

/* As note_keep, but ECHO_BYTES or more in a row that were sent in confidence (all of it, when that is shorter) become
 * "[hidden]", and line ends become blanks. */
enum { ECHO_BYTES = 16 };
slice quote_keep(struct buf *notes, slice text, struct confidence sent);

/* host, or host:port where the port is not the scheme's own: for Host lines and messages. IPv6 in brackets. */
void endpoint_write(const struct endpoint *endpoint, struct buf *to);

#endif
