#include "wire/proxy.h"

#include "base/num.h"
#include "wire/base64.h"
#include "wire/http_request.h"
#include "wire/url.h"

static bool decode_percent(slice text, struct buf *to)
{
    for (; text.len; text = slice_after(text, 1)) {
        uint8_t c = text.at[0];
        if (c == '%') {
            struct buf byte = {&c, 0, 1, false};
            if (!hex_decode(slice_first(slice_after(text, 1), 2), &byte) || byte.len == 0)
                return false;
            text = slice_after(text, 2);
        }
        buf_byte(to, c);
    }
    return true;
}

static slice written_since(const struct buf *buf, size_t start)
{
    return slice_after(buf_slice(buf), start);
}

/* "USER:PASSWORD" */
static bool read_user(slice text, struct buf *room, slice *user)
{
    size_t start = room->len;
    /* A slash before the "@": another scheme than ours, or the "@" is in a path. */
    if (slice_find(text, '/') < text.len || !decode_percent(text, room))
        return false;
    if (slice_find(text, ':') == text.len)
        buf_byte(room, ':');
    *user = written_since(room, start);
    return true;
}

/* "HOST:PORT", read as a URL so that a host is what it is there. */
static bool read_place(slice text, struct buf *room, struct proxy *proxy)
{
    size_t start = room->len, fault;
    struct url url;
    buf_text(room, "http://");
    buf_put(room, text);
    if (room->full || !url_read(written_since(room, start), &url, &fault))
        return false;
    if (!url.has_port || url.path.len > 1 || url.has_query || url.has_fragment)
        return false;
    proxy->host = url.host;
    proxy->port = url.port;
    start = room->len;
    buf_text(room, "proxy ");
    buf_put(room, url.host);
    proxy->name = written_since(room, start);
    return !room->full;
}

bool proxy_read(slice text, struct buf *room, struct proxy *out)
{
    struct proxy proxy = {.has_user = slice_find(text, '@') < text.len};
    slice scheme = S("http://"), user;
    if (slice_equal_nocase(slice_first(text, scheme.len), scheme))
        text = slice_after(text, scheme.len);
    if (proxy.has_user) {
        slice_cut(&text, '@', &user);
        if (!read_user(user, room, &proxy.user))
            return false;
    }
    if (!read_place(text, room, &proxy))
        return false;
    *out = proxy;
    return true;
}

static bool is_blank_or_comma(uint8_t c)
{
    return c == ',' || c == ' ' || c == '\t';
}

bool proxy_is_bypassed(slice no_proxy, slice host)
{
    while (no_proxy.len) {
        size_t n = 0;
        while (n < no_proxy.len && !is_blank_or_comma(no_proxy.at[n]))
            n++;
        slice pattern = slice_first(no_proxy, n);
        no_proxy = slice_after(no_proxy, n + 1);
        if (slice_equal(pattern, S("*")))
            return true;
        pattern = slice_after(pattern, slice_starts(pattern, S(".")));
        pattern.len -= slice_ends_nocase(pattern, S("."));
        if (slice_equal_nocase(pattern, host) || host_is_below(host, pattern))
            return true;
    }
    return false;
}

bool proxy_connect(const struct proxy *proxy, slice host, uint16_t port, struct buf *to)
{
    uint8_t room[320];
    struct buf place = BUF(room);
    buf_put(&place, host);
    buf_byte(&place, ':');
    buf_number(&place, port);
    if (place.full || !http_request_start(to, S("CONNECT"), buf_slice(&place), buf_slice(&place)))
        return false;
    if (proxy->has_user) {
        buf_text(to, "Proxy-Authorization: Basic ");
        base64_encode(to, BASE64_STANDARD, proxy->user);
        buf_text(to, "\r\n");
    }
    return http_request_end(to, (slice){NULL, 0});
}
