#include "base/slice.h"

#include <string.h>

slice slice_of(const char *text)
{
    if (!text)
        return S("");
    return (slice){(const uint8_t *)text, strlen(text)};
}

bool slice_equal(slice a, slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool slice_equal_nocase(slice a, slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (byte_lower(a.at[i]) != byte_lower(b.at[i]))
            return false;
    return true;
}

bool slice_starts(slice s, slice prefix)
{
    return slice_equal(slice_first(s, prefix.len), prefix);
}

bool slice_ends_nocase(slice s, slice suffix)
{
    return s.len >= suffix.len && slice_equal_nocase(slice_after(s, s.len - suffix.len), suffix);
}

slice slice_first(slice s, size_t n)
{
    return (slice){s.at, n < s.len ? n : s.len};
}

slice slice_after(slice s, size_t n)
{
    if (n > s.len)
        n = s.len;
    /* NULL + 0 is undefined in C, and an empty slice may have no address. */
    return (slice){n ? s.at + n : s.at, s.len - n};
}

size_t slice_find(slice s, uint8_t byte)
{
    const uint8_t *found = s.len ? memchr(s.at, byte, s.len) : NULL;
    return found ? (size_t)(found - s.at) : s.len;
}

bool slice_cut(slice *rest, uint8_t byte, slice *before)
{
    size_t at = slice_find(*rest, byte);
    bool found = at < rest->len;
    *before = slice_first(*rest, at);
    *rest = slice_after(*rest, at + 1);
    return found;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

slice slice_trim(slice s)
{
    while (s.len && is_blank(s.at[0]))
        s = slice_after(s, 1);
    while (s.len && is_blank(s.at[s.len - 1]))
        s.len--;
    return s;
}

slice texts_nth(const char *texts, size_t n)
{
    while (n--)
        texts += strlen(texts) + 1;
    return slice_of(texts);
}

slice texts_of(const char *texts, const uint8_t *numbers, size_t count, int number)
{
    for (size_t i = 0; i < count; i++)
        if (numbers[i] == number)
            return texts_nth(texts, i);
    return S("");
}

bool texts_have(const char *texts, slice text)
{
    for (; *texts; texts += strlen(texts) + 1)
        if (slice_equal_nocase(text, slice_of(texts)))
            return true;
    return false;
}

bool byte_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

bool byte_is_alpha(uint8_t c)
{
    return byte_lower(c) >= 'a' && byte_lower(c) <= 'z';
}

uint8_t byte_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}
