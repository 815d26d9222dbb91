#include "base/num.h"

static bool read_base(slice text, uint64_t base, uint64_t *out)
{
    uint64_t n = 0;
    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int digit = num_hex_digit(text.at[i]);
        if (digit < 0 || (uint64_t)digit >= base)
            return false;
        if (n > (UINT64_MAX - (uint64_t)digit) / base)
            return false;
        n = n * base + (uint64_t)digit;
    }
    *out = n;
    return true;
}

bool num_decimal(slice text, uint64_t *out)
{
    return read_base(text, 10, out);
}

bool num_octal(slice text, uint64_t *out)
{
    return read_base(text, 8, out);
}

int num_hex_digit(uint8_t c)
{
    if (byte_is_digit(c))
        return c - '0';
    c = byte_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool num_duration_ms(slice text, uint64_t *out)
{
    static const struct {
        slice unit;
        uint64_t ms;
    } units[] = {{S_INIT("ms"), 1}, {S_INIT("s"), 1000}, {S_INIT("m"), 60 * 1000}, {S_INIT("h"), 60 * 60 * 1000}};
    size_t digits = 0;
    while (digits < text.len && byte_is_digit(text.at[digits]))
        digits++;
    for (size_t i = 0; i < COUNT(units); i++) {
        uint64_t n;
        if (!slice_equal(slice_after(text, digits), units[i].unit))
            continue;
        if (!num_decimal(slice_first(text, digits), &n) || n > DURATION_MS_MAX / units[i].ms)
            return false;
        *out = n * units[i].ms;
        return true;
    }
    return false;
}
