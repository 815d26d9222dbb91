/* A proxy: what the variables say of it, and the request that opens a way through it.
 *
 *   proxy    = [ "http://" ] [ user [ ":" password ] "@" ] host ":" port [ "/" ]        user and password percent-encoded
 *   no-proxy = [ pattern ] *( "," [ pattern ] )
 *   pattern  = "*" / [ "." ] host                  every host; this one, and all below it
 *
 * Shape:   proxy_read once; for each host proxy_is_bypassed; for each connection proxy_connect, then the head of the answer by
 *          http_head_feed: any 2xx opens the way, and it begins behind the head, whatever the head says of a body.
 * Memory:  name, host and user are in the room that proxy_read was given. That is secret: it holds the password.
 * Errors:  false. The text must not be quoted, since there may be a password in it. That another kind of proxy is meant
 *          (https, socks5) is no error of its own: the form says it.
 * Source:  RFC 9110 section 9.3.6, RFC 7617; curl(1) for NO_PROXY, but for "*", which it takes alone only.
 */
#ifndef AZFOB_WIRE_PROXY_H
#define AZFOB_WIRE_PROXY_H

#include "base/buf.h"

struct proxy {
    slice name; /* "proxy HOST": for messages */
    slice host; /* an IPv6 address without its brackets */
    uint16_t port;
    slice user; /* "USER:PASSWORD", decoded; empty: none */
};

enum { PROXY_BYTES_MAX = 4096 };

/* The empty room that proxy_read wants for a text of so many bytes. */
#define PROXY_ROOM_BYTES(text_bytes) ((text_bytes) + sizeof "http://:")

/* False: it is none, or is not served, or there is no room; *out is untouched. */
bool proxy_read(slice text, struct buf *room, struct proxy *out);

bool proxy_is_bypassed(slice no_proxy, slice host);

/* "CONNECT host:port" with its fields. False: it does not fit, or no host is named so. */
bool proxy_connect(const struct proxy *proxy, slice host, uint16_t port, struct buf *to);

#endif
