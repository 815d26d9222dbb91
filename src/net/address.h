/* An address of a host, IPv4 or IPv6.
 *
 * Source: RFC 5952 section 4 for the text.
 */
#ifndef AZFOB_NET_ADDRESS_H
#define AZFOB_NET_ADDRESS_H

#include "base/buf.h"

struct address {
    uint8_t len; /* 4 or 16 */
    uint8_t bytes[16];
};

/* "127.0.0.1", "2001:db8::1" */
void address_write(const struct address *address, struct buf *to);

#endif
