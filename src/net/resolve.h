/* From a host's name to addresses, by musl's getaddrinfo in child processes, since it blocks as long as it likes.
 *
 * IPv4 and IPv6 are asked for apart, each in a child of its own: in musl, one refused AAAA answer fails a joint
 * look-up. A child hands its addresses back through a pipe and dies with its parent. It sees no secret: the arena is not
 * inherited.
 *
 * Shape:   resolve_start; resolve_watch and resolve_step in each round of the loop until it is not RESOLVE_MORE;
 *          resolve_stop in any case. A literal address needs no child and is RESOLVE_DONE at once.
 * Errors:  RESOLVE_FAILED: `failure` says why: RESOLVE_UNKNOWN (no such name, or no address), RESOLVE_AGAIN (no
 *          name server answered), RESOLVE_SYSTEM (the system refused; `system_error` is the errno).
 * Source:  RFC 8305 section 3 (asking apart, waiting 50 ms for the other family, taking it later too), section 4 (order).
 */
#ifndef AZFOB_NET_RESOLVE_H
#define AZFOB_NET_RESOLVE_H

#include "net/address.h"
#include "net/loop.h"

#include <sys/types.h>

enum { RESOLVE_ADDRESSES_MAX = 8, RESOLVE_FAMILIES = 2, RESOLVE_HOST_BYTES_MAX = 253 };

enum resolve_verdict { RESOLVE_MORE, RESOLVE_DONE, RESOLVE_FAILED };
enum resolve_failure { RESOLVE_UNKNOWN, RESOLVE_AGAIN, RESOLVE_SYSTEM };

struct resolver {
    struct address address[RESOLVE_ADDRESSES_MAX]; /* families in turn, IPv6 first */
    size_t addresses;
    enum resolve_failure failure;
    int system_error;
    /* private */
    enum resolve_verdict state;
    int64_t wait_until; /* for the slower family, once the faster one has answered */
    struct resolver_child {
        pid_t pid;
        int fd; /* -1: has answered */
        size_t addresses;
        struct address address[RESOLVE_ADDRESSES_MAX / RESOLVE_FAMILIES];
    } child[RESOLVE_FAMILIES];
};

void resolve_start(struct resolver *resolve, slice host);

/* RESOLVE_DONE with this one address. */
void resolve_fixed(struct resolver *resolve, const struct address *address);
void resolve_watch(const struct resolver *resolve, struct loop *loop);
enum resolve_verdict resolve_step(struct resolver *resolve, const struct loop *loop);

/* After RESOLVE_DONE: puts what the slower family has answered meanwhile behind the others. Gives whether it is worth waiting for
 * more, which it is for a while. */
bool resolve_more(struct resolver *resolve, int64_t now);
void resolve_stop(struct resolver *resolve);

#endif
