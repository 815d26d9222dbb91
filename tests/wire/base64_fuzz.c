/* Bytes come back from text, and text that is taken is the only text of its bytes. */
#include "wire/base64.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_space(uint8_t c)
{
    return c && memchr(" \t\r\n", c, 4);
}

/* The text of these bytes, written the other way round, has the digits of the text that was read. */
static void check_canonical(slice text, slice bytes, enum base64 alphabet)
{
    struct buf again = {malloc(text.len + 1), 0, text.len, false};
    assert(again.at);
    base64_encode_url(&again, bytes);
    assert(!again.full);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.at[i];
        if (c == '=' || (alphabet == BASE64_STANDARD && is_space(c)))
            continue;
        if (alphabet == BASE64_STANDARD)
            c = c == '+' ? '-' : c == '/' ? '_' : c;
        assert(n < again.len && again.at[n++] == c);
    }
    assert(n == again.len);
    free(again.at);
}

static void check_text(slice text, enum base64 alphabet, bool lines, uint8_t *room)
{
    struct buf out = {room, 0, text.len, false};
    bool good = base64_decode(text, alphabet, lines, &out);
    uint8_t *place = room + text.len;
    assert(!out.full && (good || out.len == 0));
    if (text.len)
        memcpy(place, text.at, text.len);
    struct buf same = {place, 0, text.len, false};
    assert(base64_decode((slice){place, text.len}, alphabet, lines, &same) == good);
    if (!good)
        return;
    assert(slice_equal(buf_slice(&same), buf_slice(&out)));
    check_canonical(text, buf_slice(&out), alphabet);
    if (out.len) {
        struct buf less = {place, 0, out.len - 1, false};
        assert(!base64_decode(text, alphabet, lines, &less) && less.full && less.len == 0);
    }
}

static void check_bytes(slice bytes, uint8_t *room)
{
    struct buf text = {room, 0, bytes.len * 2 + 4, false};
    base64_encode_url(&text, bytes);
    assert(!text.full && text.len == (bytes.len * 4 + 2) / 3);
    struct buf place = {room, 0, text.len, false};
    assert(base64_decode(buf_slice(&text), BASE64_URL, false, &place) && slice_equal(buf_slice(&place), bytes));
    text.len = 0;
    base64_encode(&text, BASE64_STANDARD, bytes);
    assert(!text.full && text.len == (bytes.len + 2) / 3 * 4);
    place = (struct buf){room, 0, text.len, false};
    assert(base64_decode(buf_slice(&text), BASE64_STANDARD, false, &place) && slice_equal(buf_slice(&place), bytes));
    text.len = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        buf_byte(&text, (uint8_t) "0123456789abcdef"[bytes.at[i] >> 4]);
        buf_byte(&text, (uint8_t) "0123456789ABCDEF"[bytes.at[i] & 15]);
    }
    place.len = 0;
    assert(hex_decode(buf_slice(&text), &place) && slice_equal(buf_slice(&place), bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice all = {data, size};
    uint8_t *room = malloc(size * 2 + 4);
    assert(room);
    check_text(all, BASE64_STANDARD, false, room);
    check_text(all, BASE64_STANDARD, true, room);
    check_text(all, BASE64_URL, false, room);
    struct buf out = {room, 0, size, false};
    assert(!hex_decode(all, &out) || out.len * 2 == size);
    check_bytes(all, room);
    free(room);
    return 0;
}
