#include "wire/base64.h"

/* Keys pass through here, so a character's value is computed: a table indexed by it would leave its trace in the
 * cache. What is looked at with branches is only whether the text is well formed. */

static uint32_t ones_within(uint32_t c, uint32_t low, uint32_t high)
{
    return 0 - (~((c - low) | (high - c)) >> 31);
}

/* One more than the value of a digit; 0 for what is none. */
static uint32_t digit64(uint32_t c, enum base64 alphabet)
{
    uint32_t c62 = alphabet == BASE64_URL ? '-' : '+', c63 = alphabet == BASE64_URL ? '_' : '/';
    return (ones_within(c, 'A', 'Z') & (c - 'A' + 1)) | (ones_within(c, 'a', 'z') & (c - 'a' + 27)) |
           (ones_within(c, '0', '9') & (c - '0' + 53)) | (ones_within(c, c62, c62) & 63) |
           (ones_within(c, c63, c63) & 64);
}

static uint32_t digit16(uint32_t c)
{
    return (ones_within(c, '0', '9') & (c - '0' + 1)) | (ones_within(c, 'a', 'f') & (c - 'a' + 11)) |
           (ones_within(c, 'A', 'F') & (c - 'A' + 11));
}

static uint8_t character64(uint32_t value, enum base64 alphabet)
{
    uint32_t to_62 = alphabet == BASE64_URL ? 13 : 15, to_63 = alphabet == BASE64_URL ? 49 : 3;
    return (uint8_t)('A' + value + (ones_within(value, 26, 63) & 6) - (ones_within(value, 52, 63) & 75) -
                     (ones_within(value, 62, 63) & to_62) + (ones_within(value, 63, 63) & to_63));
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Writes the bytes of a last group that has 2 or 3 digits. What is left of their bits must be zero. */
static bool put_tail(struct buf *out, uint32_t group, unsigned digits)
{
    if (digits == 2) {
        buf_byte(out, (uint8_t)(group >> 4));
        return (group & 0xf) == 0;
    }
    if (digits == 3) {
        buf_byte(out, (uint8_t)(group >> 10));
        buf_byte(out, (uint8_t)(group >> 2));
        return (group & 0x3) == 0;
    }
    return digits == 0;
}

/* Takes the white space and at most two "=" off the end; how many of these there were. */
static unsigned take_padding(slice *text, bool lines)
{
    unsigned pads = 0;
    while (lines && text->len && is_space(text->at[text->len - 1]))
        text->len--;
    for (; pads < 2 && text->len && text->at[text->len - 1] == '='; pads++)
        text->len--;
    return pads;
}

static bool decode(slice text, enum base64 alphabet, bool lines, struct buf *out)
{
    uint32_t group = 0;
    unsigned digits = 0, pads = take_padding(&text, lines);
    for (size_t i = 0; i < text.len; i++) {
        if (lines && digits == 0 && is_space(text.at[i]))
            continue;
        uint32_t digit = digit64(text.at[i], alphabet);
        if (digit == 0)
            return false;
        group = group << 6 | (digit - 1);
        if (++digits < 4)
            continue;
        buf_byte(out, (uint8_t)(group >> 16));
        buf_byte(out, (uint8_t)(group >> 8));
        buf_byte(out, (uint8_t)group);
        digits = 0;
        group = 0;
    }
    bool may_lack_padding = alphabet == BASE64_URL && pads == 0;
    if (!may_lack_padding && (digits + pads) % 4 != 0)
        return false;
    return put_tail(out, group, digits) && !out->full;
}

bool base64_decode(slice text, enum base64 alphabet, bool lines, struct buf *out)
{
    size_t start = out->len;
    bool good = decode(text, alphabet, lines && alphabet == BASE64_STANDARD, out);
    if (!good)
        out->len = start;
    return good;
}

void base64_encode(struct buf *to, enum base64 alphabet, slice bytes)
{
    uint32_t group = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        group = (group << 8 | bytes.at[i]) & 0xffff;
        for (bits += 8; bits >= 6; bits -= 6)
            buf_byte(to, character64(group >> (bits - 6) & 63, alphabet));
    }
    if (bits)
        buf_byte(to, character64(group << (6 - bits) & 63, alphabet));
    for (; alphabet == BASE64_STANDARD && bits && bits < 6; bits += 2)
        buf_byte(to, '=');
}

bool hex_decode(slice text, struct buf *out)
{
    size_t start = out->len;
    bool good = text.len % 2 == 0;
    for (size_t i = 0; good && i < text.len; i += 2) {
        uint32_t high = digit16(text.at[i]), low = digit16(text.at[i + 1]);
        good = high && low;
        buf_byte(out, (uint8_t)((high - 1) << 4 | (low - 1)));
    }
    if (out->full)
        good = false;
    if (!good)
        out->len = start;
    return good;
}
