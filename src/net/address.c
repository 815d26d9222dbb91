#include "net/address.h"

enum { GROUPS = 8 };

static void write_group(struct buf *to, unsigned group)
{
    bool begun = false;
    for (int shift = 12; shift >= 0; shift -= 4) {
        unsigned digit = group >> shift & 15;
        begun = begun || digit || shift == 0;
        if (begun)
            buf_byte(to, (uint8_t) "0123456789abcdef"[digit]);
    }
}

/* How many groups of zeros from here on. */
static size_t zeros_at(const struct address *address, size_t group)
{
    size_t zeros = 0;
    while (group + zeros < GROUPS && !address->bytes[2 * (group + zeros)] && !address->bytes[2 * (group + zeros) + 1])
        zeros++;
    return zeros;
}

static void write_ipv6(const struct address *address, struct buf *to)
{
    size_t gap = GROUPS, most = 1;
    for (size_t i = 0; i < GROUPS; i++)
        if (zeros_at(address, i) > most) {
            gap = i;
            most = zeros_at(address, i);
        }
    for (size_t i = 0; i < GROUPS;) {
        if (i == gap) {
            buf_text(to, "::");
            i += most;
            continue;
        }
        if (i && i != gap + most)
            buf_byte(to, ':');
        write_group(to, (unsigned)address->bytes[2 * i] << 8 | address->bytes[2 * i + 1]);
        i++;
    }
}

void address_write(const struct address *address, struct buf *to)
{
    if (address->len == 16) {
        write_ipv6(address, to);
        return;
    }
    for (size_t i = 0; i < address->len; i++) {
        if (i)
            buf_byte(to, '.');
        buf_number(to, address->bytes[i]);
    }
}
