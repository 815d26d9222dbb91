#include "plan/embedded.h"

#include "plan/ref.h"

static const slice opening = S_INIT("${akv://");

/* Index of the next "${akv://" in any case; text.len when there is none. */
static size_t find_opening(slice text)
{
    size_t at = 0;
    for (;;) {
        at += slice_find(slice_after(text, at), '$');
        if (at >= text.len || slice_equal_nocase(slice_first(slice_after(text, at), opening.len), opening))
            return at;
        at++;
    }
}

enum embedded embedded_kind(slice value)
{
    if (ref_is_marked(value))
        return EMBEDDED_WHOLE;
    return find_opening(value) < value.len ? EMBEDDED_PARTS : EMBEDDED_NONE;
}

enum piece embedded_next(slice *rest, slice *text)
{
    size_t at = find_opening(*rest);
    *text = slice_first(*rest, at);
    *rest = slice_after(*rest, at);
    if (text->len)
        return PIECE_TEXT;
    if (rest->len == 0)
        return PIECE_END;
    slice inner = slice_after(*rest, sizeof "${" - 1);
    *text = *rest;
    if (!slice_cut(&inner, '}', text)) {
        *text = *rest;
        *rest = slice_after(*rest, rest->len);
        return PIECE_BAD;
    }
    *rest = inner;
    return PIECE_REF;
}
