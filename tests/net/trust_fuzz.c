/* Roots of a user's file: whatever the bytes, each anchor lies in the room that was given. */
#include "net/trust.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void is_inside(const void *part, size_t len, const struct buf *room)
{
    const uint8_t *at = part;
    if (len == 0 || at < room->at || at + len > room->at + room->len)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static _Alignas(16) uint8_t bytes[65536];
    /* The first byte chooses the room, so that it is too small in every place. */
    struct buf room = {bytes, 0, size ? 256u * data[0] : 0, false};
    struct roots roots = {NULL, 0};
    if (size == 0 || failed(roots_from_pem((slice){data + 1, size - 1}, S("roots.pem"), &room, &roots))) {
        if (roots.count)
            abort();
        return 0;
    }
    if (roots.count == 0)
        abort();
    for (size_t i = 0; i < roots.count; i++) {
        const br_x509_trust_anchor *anchor = &roots.anchor[i];
        is_inside(anchor->dn.data, anchor->dn.len, &room);
        if (anchor->pkey.key_type == BR_KEYTYPE_RSA)
            is_inside(anchor->pkey.key.rsa.n, anchor->pkey.key.rsa.nlen, &room);
        else
            is_inside(anchor->pkey.key.ec.q, anchor->pkey.key.ec.qlen, &room);
    }
    return 0;
}
