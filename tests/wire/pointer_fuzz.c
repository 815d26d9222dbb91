/* pointer_find against the slow way: unescape the token, unescape every name, compare the bytes. */
#include "wire/pointer.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct buf room_of(size_t cap)
{
    struct buf room = {malloc(cap + 1), 0, cap, false};
    assert(room.at);
    return room;
}

static struct buf plain_token(slice token)
{
    struct buf plain = room_of(token.len);
    for (size_t i = 0; i < token.len; i++) {
        bool escape = token.at[i] == '~';
        i += escape;
        assert(i < token.len);
        buf_byte(&plain, !escape ? token.at[i] : token.at[i] == '1' ? '/' : '~');
    }
    return plain;
}

static bool is_index(slice token, size_t index)
{
    uint8_t digits[20];
    struct buf text = BUF(digits);
    buf_number(&text, index);
    return slice_equal(token, buf_slice(&text));
}

static enum json slow_step(slice here, slice token, slice *value)
{
    slice rest = here, name, each;
    size_t index = 0;
    enum json found = JSON_NONE;
    struct buf wanted = plain_token(token);
    for (; json_next(&rest, &name, &each); index++) {
        struct buf plain = room_of(name.len);
        bool hit = json_kind(here) == JSON_ARRAY
                       ? is_index(token, index)
                       : json_unescape(name, &plain) == JSON_OK && slice_equal(buf_slice(&plain), buf_slice(&wanted));
        if (json_kind(here) == JSON_OBJECT)
            assert(pointer_names(token, buf_slice(&plain)) == hit);
        free(plain.at);
        if (!hit)
            continue;
        found = found == JSON_NONE ? JSON_OK : JSON_TWICE;
        *value = each;
    }
    free(wanted.at);
    return found;
}

static enum json slow_find(slice root, slice pointer, slice *value)
{
    slice token;
    enum pointer step;
    *value = root;
    while ((step = pointer_step(&pointer, &token)) == POINTER_TOKEN) {
        enum json found = slow_step(*value, token, value);
        if (found != JSON_OK)
            return found;
    }
    return step == POINTER_END ? JSON_OK : JSON_BAD;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice pointer = {data, size}, text, root, fast = S("untouched"), slow;
    size_t fault;
    slice_cut(&pointer, 0xff, &text); /* a byte that no JSON has */
    pointer_check(pointer);
    if (!json_check(text, &root, &fault))
        return 0;
    enum json verdict = pointer_find(root, pointer, &fast);
    assert(verdict == slow_find(root, pointer, &slow));
    assert(slice_equal(fast, verdict == JSON_OK ? slow : S("untouched")));
    assert(verdict != JSON_OK || fast.at == slow.at);
    assert(pointer_check(pointer) || verdict != JSON_OK);
    return 0;
}
