/* What is read as a proxy is a host, a port and a user; what is asked of it is one request, in which the user comes back whole. */
#include "wire/proxy.h"

#include "wire/base64.h"
#include "wire/url.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static slice take_line(slice *rest)
{
    slice line;
    assert(slice_cut(rest, '\n', &line) && line.len && line.at[line.len - 1] == '\r');
    return slice_first(line, line.len - 1);
}

static void check_request(const struct proxy *proxy, size_t size)
{
    struct buf request = {malloc(size * 2 + 256), 0, size * 2 + 256, false};
    struct buf user = {malloc(size * 2 + 4), 0, size * 2 + 4, false};
    slice field = S("Proxy-Authorization: Basic ");
    assert(request.at && user.at && proxy_connect(proxy, S("v.vault.azure.net"), 443, &request));
    slice rest = buf_slice(&request);
    assert(slice_equal(take_line(&rest), S("CONNECT v.vault.azure.net:443 HTTP/1.1")));
    assert(slice_equal(take_line(&rest), S("Host: v.vault.azure.net:443")));
    if (proxy->user.len) {
        slice line = take_line(&rest);
        assert(slice_starts(line, field));
        assert(base64_decode(slice_after(line, field.len), BASE64_STANDARD, false, &user));
        assert(slice_equal(buf_slice(&user), proxy->user) && slice_find(proxy->user, ':') < proxy->user.len);
    }
    assert(take_line(&rest).len == 0 && rest.len == 0);
    free(user.at);
    free(request.at);
}

static void check_proxy(slice text)
{
    struct buf room = {malloc(PROXY_ROOM_BYTES(text.len)), 0, PROXY_ROOM_BYTES(text.len), false};
    struct proxy proxy;
    uint8_t address[16];
    assert(room.at);
    if (proxy_read(text, &room, &proxy)) {
        assert(host_is_name(proxy.host) || host_address(proxy.host, address));
        assert(proxy.port > 0 && slice_ends_nocase(proxy.name, proxy.host));
        assert((proxy.user.len > 0) == (slice_find(text, '@') < text.len));
        check_request(&proxy, text.len);
    }
    assert(!room.full);
    free(room.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice all = {data, size}, no_proxy = all, host;
    check_proxy(all);
    slice_cut(&no_proxy, '\n', &host);
    /* More patterns let more hosts through, never fewer. */
    if (host.len && host.at[host.len - 1] != '.' && proxy_is_bypassed(no_proxy, host)) {
        struct buf more = {malloc(size + 4), 0, size + 4, false};
        assert(more.at);
        buf_text(&more, "x, ");
        buf_put(&more, no_proxy);
        assert(proxy_is_bypassed(buf_slice(&more), host));
        free(more.at);
    }
    return 0;
}
