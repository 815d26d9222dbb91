#include "wire/proxy.h"

#include "wire/base64.h"
#include "wire/http_response.h"
#include "wire/url.h"

#include <string.h>

/* "USER:PASSWORD", decoded. A slash tells another scheme than ours, or an "@" that is no end of a user. */
static bool read_user(slice text, struct buf *room)
{
    bool colon = false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.at[i];
        slice hex = slice_first(slice_after(text, i + 1), 2);
        colon |= c == ':';
        if (c == '/' || (c == '%' && (hex.len < 2 || !hex_decode(hex, room))))
            return false;
        if (c == '%')
            i += 2;
        else
            buf_byte(room, c);
    }
    if (!colon)
        buf_byte(room, ':');
    return true;
}

bool proxy_read(slice text, struct buf *room, struct proxy *out)
{
    slice scheme = S("http://"), user, name = S("proxy ");
    struct url url;
    size_t fault;
    if (slice_equal_nocase(slice_first(text, scheme.len), scheme))
        text = slice_after(text, scheme.len);
    if (text.len > PROXY_BYTES_MAX)
        return false;
    if (slice_find(text, '@') < text.len) {
        slice_cut(&text, '@', &user);
        if (!read_user(user, room))
            return false;
    }
    user = buf_slice(room);
    /* As a URL again, so that a host is what it is there. */
    buf_put(room, scheme);
    buf_put(room, text);
    if (room->full || !url_read(slice_after(buf_slice(room), user.len), &url, &fault))
        return false;
    if (!url.has_port || url.path.len > 1 || url.has_query || url.has_fragment)
        return false;
    *out = (struct proxy){.host = url.host, .port = url.port, .user = user};
    /* Over the scheme, which has done its part. */
    out->name = (slice){url.host.at - name.len, url.host.len + name.len};
    memcpy(room->at + (out->name.at - room->at), name.at, name.len);
    return true;
}

bool proxy_is_bypassed(slice no_proxy, slice host)
{
    while (no_proxy.len) {
        slice pattern;
        slice_cut(&no_proxy, ',', &pattern);
        pattern = slice_trim(pattern);
        if (slice_equal(pattern, S("*")))
            return true;
        pattern = slice_after(pattern, slice_starts(pattern, S(".")));
        if (slice_equal_nocase(pattern, host) || host_is_below(host, pattern))
            return true;
    }
    return false;
}

bool proxy_connect(const struct proxy *proxy, slice host, uint16_t port, struct buf *to)
{
    static const char *const before[] = {"CONNECT ", " HTTP/1.1\r\nHost: "};
    /* All bytes of a name or an IPv4 address are a token's, and no byte that ends a line is. */
    if (!http_is_token(host))
        return false;
    for (size_t i = 0; i < COUNT(before); i++) {
        buf_text(to, before[i]);
        buf_put(to, host);
        buf_byte(to, ':');
        buf_number(to, port);
    }
    if (proxy->user.len) {
        buf_text(to, "\r\nProxy-Authorization: Basic ");
        base64_encode(to, BASE64_STANDARD, proxy->user);
    }
    buf_text(to, "\r\n\r\n");
    return !to->full;
}
