#include "lib/cm.h"
#include "lib/guard.h"

#include "wire/proxy.h"

/* Exactly the room that the header asks for, up to an unreadable page. */
static bool read_whole(slice text, struct proxy *proxy)
{
    size_t cap = PROXY_ROOM_BYTES(text.len);
    struct buf room = {guarded_room(cap), 0, cap, false};
    return proxy_read(guarded(text), &room, proxy);
}

static const struct {
    slice text, host, name;
    uint16_t port;
    slice user;
} good[] = {
    {S_INIT("http://proxy:3128"), S_INIT("proxy"), S_INIT("proxy proxy"), 3128, S_INIT("")},
    {S_INIT("HTTP://Proxy.Example:1/"), S_INIT("Proxy.Example"), S_INIT("proxy Proxy.Example"), 1, S_INIT("")},
    {S_INIT("proxy:3128"), S_INIT("proxy"), S_INIT("proxy proxy"), 3128, S_INIT("")}, /* as curl */
    {S_INIT("10.0.0.1:8080"), S_INIT("10.0.0.1"), S_INIT("proxy 10.0.0.1"), 8080, S_INIT("")},
    {S_INIT("http://[::1]:65535"), S_INIT("::1"), S_INIT("proxy ::1"), 65535, S_INIT("")},
    {S_INIT("http://me:pass@p:80"), S_INIT("p"), S_INIT("proxy p"), 80, S_INIT("me:pass")},
    {S_INIT("me:pa:ss@p:80/"), S_INIT("p"), S_INIT("proxy p"), 80, S_INIT("me:pa:ss")},
    {S_INIT("http://me@p:80"), S_INIT("p"), S_INIT("proxy p"), 80, S_INIT("me:")},
    {S_INIT("http://@p:80"), S_INIT("p"), S_INIT("proxy p"), 80, S_INIT(":")},
    {S_INIT("http://m%65:%40%2f%3A%0d%00%fF@p:80"), S_INIT("p"), S_INIT("proxy p"), 80, S_INIT("me:@/:\r\0\xff")},
};

static void test_a_proxy_is_its_host_port_and_decoded_user(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct proxy proxy;
        assert_true(read_whole(good[i].text, &proxy));
        assert_slice(proxy.host, good[i].host);
        assert_slice(proxy.name, good[i].name);
        assert_int_equal(proxy.port, good[i].port);
        assert_slice(proxy.user, good[i].user);
    }
}

static const slice wrong[] = {
    S_INIT(""),
    S_INIT("http://"),
    S_INIT("http:// proxy:1"),
    S_INIT("proxy"), /* curl would say 1080, others 80 */
    S_INIT("http://proxy"),
    S_INIT("http://proxy:"),
    S_INIT("http://proxy:0"),
    S_INIT("http://proxy:65536"),
    S_INIT("http://proxy:1/path"),
    S_INIT("http://proxy:1?query"),
    S_INIT("http://proxy:1/?"),
    S_INIT("http://proxy:1#"),
    S_INIT("http://:1"),
    S_INIT("http://-:1"),
    S_INIT("http://::1:1"),
    S_INIT("http://[::1:1"),
    /* other kinds of proxy, whose scheme must not pass for a host or a user */
    S_INIT("https://proxy:443"),
    S_INIT("https://me:pass@proxy:443"),
    S_INIT("socks5://proxy:1080"),
    S_INIT("socks5h://me:pass@proxy:1080"),
    S_INIT("http://http://proxy:1"),
    S_INIT("://proxy:1"),
    /* user info that is not percent-encoded as it must be */
    S_INIT("http://me:p@ss@proxy:1"),
    S_INIT("http://me:p/ss@proxy:1"),
    S_INIT("http://me:p%@proxy:1"),
    S_INIT("http://me:p%4@proxy:1"),
    S_INIT("http://me:p%4g@proxy:1"),
};

static void test_what_is_no_proxy_that_we_serve_leaves_nothing_behind(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct proxy proxy = {.host = S("untouched"), .port = 7};
        assert_false(read_whole(wrong[i], &proxy));
        assert_slice(proxy.host, S("untouched"));
        assert_int_equal(proxy.port, 7);
    }
}

static void test_a_room_too_small_gives_no_shorter_proxy(void **state)
{
    (void)state;
    slice text = S("http://me:pass@proxy.example:3128");
    struct buf all = {guarded_room(PROXY_ROOM_BYTES(text.len)), 0, PROXY_ROOM_BYTES(text.len), false};
    struct proxy proxy;
    assert_true(proxy_read(text, &all, &proxy));
    for (size_t cap = 0; cap < all.len; cap++) {
        struct buf room = {guarded_room(cap), 0, cap, false};
        assert_false(proxy_read(text, &room, &proxy));
    }
}

static void test_a_password_is_as_long_as_a_request_can_carry_and_no_longer(void **state)
{
    (void)state;
    static uint8_t text[PROXY_BYTES_MAX + 1];
    uint8_t room[2 * PROXY_BYTES_MAX];
    struct buf request = BUF(room);
    struct proxy proxy;
    memset(text, 'x', sizeof text);
    memcpy(text + sizeof text - 5, "@p:80", 5);
    assert_false(read_whole((slice){text, sizeof text}, &proxy));
    assert_true(read_whole((slice){text + 1, sizeof text - 1}, &proxy));
    assert_true(proxy_connect(&proxy, S("v.vault.azure.net"), 443, &request));
}

static const struct {
    slice no_proxy;
    bool bypassed; /* is v.vault.azure.net */
} bypass[] = {
    {S_INIT(""), false},
    {S_INIT(","), false},
    {S_INIT(" , \t"), false},
    {S_INIT("."), false},
    {S_INIT(".."), false},
    {S_INIT("v.vault.azure.net"), true},
    {S_INIT("V.Vault.Azure.NET"), true},
    {S_INIT(".v.vault.azure.net"), true}, /* curl: the dot in front says nothing */
    {S_INIT("vault.azure.net"), true},
    {S_INIT(".vault.azure.net"), true},
    {S_INIT("net"), true},
    {S_INIT("localhost,127.0.0.1 ,.azure.net"), true},
    {S_INIT("localhost, \tazure.net , more"), true},
    {S_INIT("*"), true},
    {S_INIT("localhost,*"), true},
    {S_INIT("*.azure.net"), false}, /* curl knows no wildcard but that */
    {S_INIT("**"), false},
    {S_INIT("ault.azure.net"), false}, /* not at a dot */
    {S_INIT("x.v.vault.azure.net"), false},
    {S_INIT("v.vault.azure.net:443"), false}, /* curl takes no port */
    {S_INIT("v.vault.azure.com,vault"), false},
    {S_INIT("169.254.169.254"), false},
};

static void test_no_proxy_names_hosts_and_all_below_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bypass); i++)
        assert_int_equal(proxy_is_bypassed(guarded(bypass[i].no_proxy), guarded(S("v.vault.azure.net"))),
                         bypass[i].bypassed);
}

static void test_connect_names_the_host_and_carries_the_user_in_base64(void **state)
{
    (void)state;
    struct proxy proxy = {.user = S("")};
    slice bare = S("CONNECT v.vault.azure.net:443 HTTP/1.1\r\nHost: v.vault.azure.net:443\r\n\r\n");
    slice user = S("CONNECT h:8443 HTTP/1.1\r\nHost: h:8443\r\nProxy-Authorization: Basic bWU6P3N+fj8/\r\n\r\n");
    for (size_t short_of = 0; short_of < 2; short_of++) {
        size_t cap = bare.len - short_of;
        struct buf to = {guarded_room(cap), 0, cap, false};
        assert_int_equal(proxy_connect(&proxy, S("v.vault.azure.net"), 443, &to), short_of == 0);
        if (short_of == 0)
            assert_slice(buf_slice(&to), bare);
    }
    proxy.user = S("me:?s~~??");
    for (size_t cap = 0; cap <= user.len; cap++) {
        struct buf to = {guarded_room(cap), 0, cap, false};
        assert_int_equal(proxy_connect(&proxy, S("h"), 8443, &to), cap == user.len);
        if (cap == user.len)
            assert_slice(buf_slice(&to), user);
    }
}

static void test_no_host_adds_a_line_to_the_request(void **state)
{
    (void)state;
    uint8_t room[1024];
    struct proxy proxy = {.user = S("")};
    struct buf to = BUF(room);
    assert_false(proxy_connect(&proxy, S("h\r\nX: y"), 443, &to));
    assert_false(proxy_connect(&proxy, S("h h"), 443, &to));
    assert_false(proxy_connect(&proxy, S(""), 443, &to));
    assert_int_equal(to.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_proxy_is_its_host_port_and_decoded_user),
        cmocka_unit_test(test_what_is_no_proxy_that_we_serve_leaves_nothing_behind),
        cmocka_unit_test(test_a_room_too_small_gives_no_shorter_proxy),
        cmocka_unit_test(test_a_password_is_as_long_as_a_request_can_carry_and_no_longer),
        cmocka_unit_test(test_no_proxy_names_hosts_and_all_below_them),
        cmocka_unit_test(test_connect_names_the_host_and_carries_the_user_in_base64),
        cmocka_unit_test(test_no_host_adds_a_line_to_the_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
