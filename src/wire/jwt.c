#include "wire/jwt.h"

#include "wire/base64.h"

bool jwt_claims(slice token, struct buf *room, slice *claims)
{
    slice rest = token, header, payload, root;
    size_t start = room->len, fault;
    if (!slice_cut(&rest, '.', &header) || !slice_cut(&rest, '.', &payload))
        return false;
    if (slice_find(rest, '.') < rest.len || !base64_decode(payload, BASE64_URL, false, room))
        return false;
    if (!json_check(slice_after(buf_slice(room), start), &root, &fault) || json_kind(root) != JSON_OBJECT) {
        room->len = start;
        return false;
    }
    *claims = root;
    return true;
}
