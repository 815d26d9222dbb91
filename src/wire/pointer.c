#include "wire/pointer.h"

#include "base/num.h"

/* Index of the first "~" that is not "~0" or "~1"; token.len when there is none. */
static size_t wrong_tilde(slice token)
{
    for (size_t i = 0; i < token.len; i++) {
        if (token.at[i] != '~')
            continue;
        if (i + 1 == token.len || (token.at[i + 1] != '0' && token.at[i + 1] != '1'))
            return i;
    }
    return token.len;
}

enum pointer pointer_step(slice *rest, slice *token)
{
    if (rest->len == 0)
        return POINTER_END;
    if (rest->at[0] != '/')
        return POINTER_BAD;
    slice behind = slice_after(*rest, 1);
    slice first = slice_first(behind, slice_find(behind, '/'));
    size_t wrong = wrong_tilde(first);
    if (wrong < first.len) {
        *rest = slice_after(behind, wrong);
        return POINTER_BAD;
    }
    *token = first;
    *rest = slice_after(behind, first.len);
    return POINTER_TOKEN;
}

/* Takes the spelling of these bytes off *token, if it starts with that. */
static bool take_spelling(slice *token, slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (token->len == 0)
            return false;
        uint8_t c = token->at[0];
        size_t length = 1;
        /* One pass: "~01" is the name "~1". Replacing "~0" before "~1" would make it "/". */
        if (c == '~' && token->len > 1) {
            c = token->at[1] == '1' ? '/' : '~';
            length = 2;
        }
        if (c != bytes.at[i])
            return false;
        *token = slice_after(*token, length);
    }
    return true;
}

bool pointer_names(slice token, slice name)
{
    return take_spelling(&token, name) && token.len == 0;
}

bool pointer_check(slice pointer)
{
    slice token;
    enum pointer step;
    while ((step = pointer_step(&pointer, &token)) == POINTER_TOKEN)
        ;
    return step == POINTER_END;
}

/* pointer_names, for a name that still has its quotes and escapes. */
static bool string_is_named(slice string, slice token)
{
    slice inside, piece;
    uint8_t room[4];
    if (!json_inside(string, &inside))
        return false;
    while (inside.len)
        if (!json_piece(&inside, room, &piece) || !take_spelling(&token, piece))
            return false;
    return token.len == 0;
}

static enum json find_element(slice array, slice token, slice *value)
{
    uint64_t index;
    slice rest = array, name, each;
    if (!num_decimal(token, &index) || (token.len > 1 && token.at[0] == '0'))
        return JSON_NONE;
    while (json_next(&rest, &name, &each)) {
        if (index-- == 0) {
            *value = each;
            return JSON_OK;
        }
    }
    return JSON_NONE;
}

enum json pointer_find(slice root, slice pointer, slice *value)
{
    slice here = root, token;
    enum pointer step;
    while ((step = pointer_step(&pointer, &token)) == POINTER_TOKEN) {
        enum json found = json_kind(here) == JSON_ARRAY ? find_element(here, token, &here)
                                                        : json_member_where(here, string_is_named, token, &here);
        if (found != JSON_OK)
            return found;
    }
    if (step == POINTER_BAD)
        return JSON_BAD;
    *value = here;
    return JSON_OK;
}
