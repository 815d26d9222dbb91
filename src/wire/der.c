#include "wire/der.h"

enum { SEQUENCE = 0x30, INTEGER = 0x02, VERSION = 0xA0, LENGTH_BYTES_MAX = 3 };

/* Takes the length off *rest. */
static bool length(slice *rest, size_t *out)
{
    if (rest->len == 0)
        return false;
    uint8_t first = rest->at[0];
    size_t n = 0, bytes = first & 0x80 ? first & 0x7F : 0;
    *rest = slice_after(*rest, 1);
    if (bytes > LENGTH_BYTES_MAX || bytes > rest->len || first == 0x80)
        return false;
    for (size_t i = 0; i < bytes; i++)
        n = n << 8 | rest->at[i];
    /* The shortest form only: no leading zero byte, and no long form for what the short one can say. */
    if (bytes && (rest->at[0] == 0 || n < 0x80))
        return false;
    *rest = slice_after(*rest, bytes);
    *out = bytes ? n : first;
    return true;
}

bool der_next(slice *rest, struct der *out)
{
    slice after = slice_after(*rest, 1);
    size_t n;
    /* A tag of more than one byte (low bits all set) stands nowhere in what we read. */
    if (rest->len == 0 || (rest->at[0] & 0x1F) == 0x1F || !length(&after, &n) || n > after.len)
        return false;
    *out = (struct der){rest->at[0], slice_first(after, n), {rest->at, (size_t)(after.at - rest->at) + n}};
    *rest = slice_after(after, n);
    return true;
}

static bool next_is(slice *rest, uint8_t tag, struct der *out)
{
    return der_next(rest, out) && out->tag == tag;
}

bool der_certificate_names(slice certificate, slice *issuer, slice *subject)
{
    struct der part, name;
    if (!next_is(&certificate, SEQUENCE, &part))
        return false;
    slice rest = part.content;
    if (!next_is(&rest, SEQUENCE, &part))
        return false;
    rest = part.content; /* to be signed; the signature behind it is of no interest */
    if (rest.len && rest.at[0] == VERSION && !der_next(&rest, &part))
        return false;
    if (!next_is(&rest, INTEGER, &part) || !next_is(&rest, SEQUENCE, &part) || !next_is(&rest, SEQUENCE, &name) ||
        !next_is(&rest, SEQUENCE, &part))
        return false;
    slice found = name.whole;
    if (!next_is(&rest, SEQUENCE, &name))
        return false;
    *issuer = found;
    *subject = name.whole;
    return true;
}
