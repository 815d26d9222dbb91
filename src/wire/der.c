#include "wire/der.h"

enum { LENGTH_BYTES_MAX = 3 };

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

bool der_take(slice *rest, uint8_t tag, struct der *out)
{
    slice after = *rest;
    if (!der_next(&after, out) || out->tag != tag)
        return false;
    *rest = after;
    return true;
}
