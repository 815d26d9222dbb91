#include "wire/url.h"

#include "base/num.h"

#include <string.h>

enum { LABEL_BYTES_MAX = 63, NAME_BYTES_MAX = 253 };

/* The parts of url_read take themselves off *rest. When one gives false, *rest starts at the fault. */

static bool take_byte(slice *rest, uint8_t byte)
{
    bool there = rest->len && byte_lower(rest->at[0]) == byte;
    *rest = slice_after(*rest, there);
    return there;
}

static bool take_text(slice *rest, const char *text)
{
    while (*text && take_byte(rest, (uint8_t)*text))
        text++;
    return *text == 0;
}

static bool take_scheme(slice *rest, bool *https)
{
    if (!take_text(rest, "http"))
        return false;
    *https = take_byte(rest, 's');
    return take_text(rest, "://");
}

/* The part before the first of these bytes. */
static slice before_any(slice s, const char *bytes)
{
    for (; *bytes; bytes++)
        s = slice_first(s, slice_find(s, (uint8_t)*bytes));
    return s;
}

static bool is_name_byte(uint8_t c)
{
    return byte_is_alpha(c) || byte_is_digit(c) || c == '-' || c == '_';
}

static bool take_bracketed(slice *rest, slice *host)
{
    uint8_t address[16];
    *host = before_any(slice_after(*rest, 1), "]/?#");
    if (host_address(*host, address) != 16)
        return false;
    *rest = slice_after(*rest, host->len + 1);
    return take_byte(rest, ']');
}

static bool take_host(slice *rest, slice *host)
{
    uint8_t address[16];
    if (rest->len && rest->at[0] == '[')
        return take_bracketed(rest, host);
    *host = before_any(*rest, ":/?#");
    if (host_is_name(*host) || host_address(*host, address) == 4) {
        *rest = slice_after(*rest, host->len);
        return true;
    }
    /* The byte that no host has, else the host's first. */
    for (size_t i = 0; i < host->len; i++) {
        if (!is_name_byte(host->at[i]) && host->at[i] != '.') {
            *rest = slice_after(*rest, i);
            break;
        }
    }
    return false;
}

static bool take_port(slice *rest, struct url *url)
{
    uint64_t port = url->https ? 443 : 80;
    url->has_port = take_byte(rest, ':');
    if (url->has_port) {
        slice digits = before_any(*rest, "/?#");
        if (!num_decimal(digits, &port) || port == 0 || port > UINT16_MAX)
            return false;
        *rest = slice_after(*rest, digits.len);
    }
    url->port = (uint16_t)port;
    /* Behind "]" anything may still stand. */
    return rest->len == 0 || before_any(*rest, "/?#").len == 0;
}

static bool take_target(slice *rest, struct url *url)
{
    slice all = *rest;
    for (; rest->len; *rest = slice_after(*rest, 1))
        if (rest->at[0] <= ' ' || rest->at[0] >= 0x7f || rest->at[0] == '\\')
            return false;
    url->has_fragment = slice_cut(&all, '#', &url->target);
    url->fragment = all;
    url->query = url->target;
    url->has_query = slice_cut(&url->query, '?', &url->path);
    return true;
}

bool url_read(slice text, struct url *out, size_t *fault)
{
    struct url url = {.https = false};
    slice rest = text;
    if (take_scheme(&rest, &url.https) && take_host(&rest, &url.host) && take_port(&rest, &url) &&
        take_target(&rest, &url)) {
        *out = url;
        return true;
    }
    *fault = text.len - rest.len;
    return false;
}

/* What a resolver would read as an address: "1", and "0x7f000001" too (inet_aton). */
static bool is_number(slice label)
{
    bool hex = label.len > 1 && label.at[0] == '0' && byte_lower(label.at[1]) == 'x';
    for (size_t i = hex ? 2 : 0; i < label.len; i++)
        if (hex ? num_hex_digit(label.at[i]) < 0 : !byte_is_digit(label.at[i]))
            return false;
    return true;
}

bool host_is_name(slice host)
{
    slice rest = host, label = S("");
    bool more = host.len <= NAME_BYTES_MAX;
    if (!more)
        return false;
    while (more) {
        more = slice_cut(&rest, '.', &label);
        if (label.len == 0 || label.len > LABEL_BYTES_MAX || label.at[0] == '-' || label.at[label.len - 1] == '-')
            return false;
        for (size_t i = 0; i < label.len; i++)
            if (!is_name_byte(label.at[i]))
                return false;
    }
    return !is_number(label);
}

static bool read_ipv4(slice text, uint8_t out[4])
{
    for (int i = 0; i < 4; i++) {
        slice part;
        uint64_t n;
        bool more = slice_cut(&text, '.', &part);
        /* "010" is 8 to some and 10 to others. */
        if (more != (i < 3) || !num_decimal(part, &n) || n > 255 || (part.len > 1 && part.at[0] == '0'))
            return false;
        out[i] = (uint8_t)n;
    }
    return true;
}

static bool read_group(slice text, uint8_t out[2])
{
    unsigned n = 0;
    if (text.len == 0 || text.len > 4)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int digit = num_hex_digit(text.at[i]);
        if (digit < 0)
            return false;
        n = n << 4 | (unsigned)digit;
    }
    out[0] = (uint8_t)(n >> 8);
    out[1] = (uint8_t)n;
    return true;
}

static bool read_ipv6(slice text, uint8_t out[16])
{
    enum { ALL = 16, NO_GAP = ALL + 1 };
    size_t n = 0, gap = NO_GAP;
    if (slice_starts(text, S("::"))) {
        gap = 0;
        text = slice_after(text, 2);
    }
    while (text.len) {
        slice part = before_any(text, ":");
        if (part.len == text.len && n + 4 <= ALL && read_ipv4(part, out + n)) {
            n += 4;
            break;
        }
        if (n == ALL || !read_group(part, out + n))
            return false;
        n += 2;
        text = slice_after(text, part.len);
        if (take_byte(&text, ':') && text.len == 0)
            return false;
        if (take_byte(&text, ':')) {
            if (gap != NO_GAP)
                return false;
            gap = n;
        }
    }
    if (gap == NO_GAP || n == ALL)
        return gap == NO_GAP && n == ALL;
    memmove(out + gap + ALL - n, out + gap, n - gap);
    memset(out + gap, 0, ALL - n);
    return true;
}

size_t host_address(slice host, uint8_t out[16])
{
    return read_ipv4(host, out) ? 4 : read_ipv6(host, out) ? 16 : 0;
}

bool host_is_below(slice host, slice parent)
{
    if (parent.len == 0 || host.len < parent.len + 2)
        return false;
    return slice_ends_nocase(host, parent) && host.at[host.len - parent.len - 1] == '.';
}

void url_encode(struct buf *to, slice bytes)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.at[i];
        if (is_name_byte(c) || c == '.' || c == '~') {
            buf_byte(to, c);
        } else {
            buf_byte(to, '%');
            buf_byte(to, (uint8_t)hex[c >> 4]);
            buf_byte(to, (uint8_t)hex[c & 15]);
        }
    }
}
