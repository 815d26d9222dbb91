/* The parts of a URL, put together again, are the URL; addresses and encoded bytes read back. */
#include "wire/url.h"

#include "base/num.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_parts(slice text, const struct url *url, struct buf *to)
{
    slice rest;
    bool brackets = slice_find(url->host, ':') < url->host.len;
    uint8_t address[16];
    assert(host_is_name(url->host) || host_address(url->host, address) == (brackets ? 16 : 4));
    assert(url->port > 0);
    buf_text(to, url->https ? "https://" : "http://");
    buf_text(to, brackets ? "[" : "");
    buf_put(to, url->host);
    buf_text(to, brackets ? "]" : "");
    assert(slice_equal_nocase(buf_slice(to), slice_first(text, to->len)));
    rest = slice_after(text, to->len);
    if (url->has_port) {
        slice digits =
            slice_first(slice_after(rest, 1), rest.len - 1 - url->target.len - url->has_fragment - url->fragment.len);
        uint64_t port;
        assert(rest.at[0] == ':' && num_decimal(digits, &port) && port == url->port);
        rest = slice_after(rest, 1 + digits.len);
    } else {
        assert(url->port == (url->https ? 443 : 80));
    }
    assert(slice_starts(rest, url->target) && slice_starts(url->target, url->path));
    assert(url->path.len == 0 || url->path.at[0] == '/');
    assert(url->target.len == url->path.len + url->has_query + url->query.len);
    rest = slice_after(rest, url->target.len);
    assert(rest.len == url->has_fragment + url->fragment.len && (!url->has_fragment || rest.at[0] == '#'));
    for (size_t i = 0; i < text.len; i++)
        assert(text.at[i] > ' ' && text.at[i] < 0x7f && text.at[i] != '\\');
}

static void check_address(const uint8_t bytes[16])
{
    uint8_t room[40], again[16];
    struct buf text = BUF(room);
    for (size_t i = 0; i < 16; i += 2) {
        static const char hex[] = "0123456789abcdef";
        if (i)
            buf_byte(&text, ':');
        buf_byte(&text, (uint8_t)hex[bytes[i] >> 4]);
        buf_byte(&text, (uint8_t)hex[bytes[i] & 15]);
        buf_byte(&text, (uint8_t)hex[bytes[i + 1] >> 4]);
        buf_byte(&text, (uint8_t)hex[bytes[i + 1] & 15]);
    }
    assert(host_address(buf_slice(&text), again) == 16);
    for (size_t i = 0; i < 16; i++)
        assert(again[i] == bytes[i]);
}

static void check_encoding(slice bytes, struct buf *to)
{
    slice rest, reserved = S("/?#[]@!$&'()*+,;=\"<>\\^`{|}:");
    to->len = 0;
    url_encode(to, bytes);
    rest = buf_slice(to);
    for (size_t i = 0; i < bytes.len; i++) {
        int c = rest.at[0];
        assert(c > ' ' && c < 0x7f && slice_find(reserved, (uint8_t)c) == reserved.len);
        if (c == '%')
            c = num_hex_digit(rest.at[1]) << 4 | num_hex_digit(rest.at[2]);
        assert(c == bytes.at[i]);
        rest = slice_after(rest, rest.at[0] == '%' ? 3 : 1);
    }
    assert(rest.len == 0 && !to->full);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice text = {data, size}, parent = text, host;
    struct url url;
    size_t fault = SIZE_MAX;
    uint8_t address[16];
    struct buf to = {malloc(size * 3 + 16), 0, size * 3 + 16, false};
    assert(to.at);
    if (url_read(text, &url, &fault))
        check_parts(text, &url, &to);
    else
        assert(fault <= size);
    if (host_address(text, address) == 16)
        check_address(address);
    else if (size >= 16)
        check_address(data);
    assert(!host_is_name(text) || host_address(text, address) == 0);
    slice_cut(&parent, '/', &host);
    if (host_is_below(host, parent))
        assert(!host_is_below(parent, host) && host.len > parent.len + 1);
    check_encoding(text, &to);
    free(to.at);
    return 0;
}
