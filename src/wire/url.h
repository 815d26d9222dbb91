/* Absolute http and https URLs: split and checked, and percent-encoding of query values.
 *
 *   url = ( "https" / "http" ) "://" host [ ":" port ] [ path ] [ "?" query ] [ "#" fragment ]
 *
 * Refused: user info, an empty or impossible host, a port of 0 or beyond 65535, control characters, blanks, bytes that
 * are not ASCII, backslashes. The path may be empty. Nothing is decoded.
 *
 * Memory:  parts of the caller's bytes.
 * Source:  RFC 3986 section 3; RFC 1123 section 2.1 for host names.
 */
#ifndef AZFOB_WIRE_URL_H
#define AZFOB_WIRE_URL_H

#include "base/buf.h"

struct url {
    bool https;
    bool has_port, has_query, has_fragment;
    slice host;                  /* as written; an IPv6 address without its brackets */
    uint16_t port;               /* 443 or 80 when there is none in the URL */
    slice path, query, fragment; /* path with its "/"; query and fragment without "?" and "#" */
    slice
        target; /* path and query as a request line wants them, but for an empty path: then "" or "?...", lacking "/" */
};

/* False: *fault is the index of the first byte that is wrong (text.len: it ends too early). */
bool url_read(slice text, struct url *out, size_t *fault);

/* A DNS name: labels of 1 to 63 letters, digits, "-" and "_", no "-" at their ends, 253 bytes in all, no final dot, and no
 * number in the last label, decimal or "0x..": resolvers read that as an address. */
bool host_is_name(slice host);

/* Four decimal numbers with dots: 4 bytes into out. Or IPv6 in RFC 4291 section 2.2 form (no zone): 16 bytes. Gives the
 * number of bytes, 0 when it is neither. */
size_t host_address(slice host, uint8_t out[16]);

/* Is `host` below `parent` (at least one more label)? Any case. vault.azure.net is below azure.net, and is not below
 * itself. */
bool host_is_below(slice host, slice parent);

/* Everything but ALPHA DIGIT - . _ ~ as %XX (RFC 3986 section 2.3). */
void url_encode(struct buf *to, slice bytes);

#endif
