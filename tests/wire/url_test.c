#include "lib/cm.h"
#include "lib/guard.h"

#include "wire/url.h"

static const struct {
    slice text;
    bool https, has_port;
    slice host;
    uint16_t port;
    slice path, query, fragment, target;
    bool has_query, has_fragment;
} good[] = {
#define PLAIN false, false
    {S_INIT("https://v.vault.azure.net"), true, false, S_INIT("v.vault.azure.net"), 443, S_INIT(""), S_INIT(""),
     S_INIT(""), S_INIT(""), PLAIN},
    {S_INIT("http://h"), false, false, S_INIT("h"), 80, S_INIT(""), S_INIT(""), S_INIT(""), S_INIT(""), PLAIN},
    {S_INIT("HTTPS://V.Vault.Azure.NET/"), true, false, S_INIT("V.Vault.Azure.NET"), 443, S_INIT("/"), S_INIT(""),
     S_INIT(""), S_INIT("/"), PLAIN},
    /* a recorded nextLink */
    {S_INIT("https://v.vault.azure.net:443/secrets?api-version=7.0&$skiptoken=eyJ+/=&maxresults=2"), true, true,
     S_INIT("v.vault.azure.net"), 443, S_INIT("/secrets"), S_INIT("api-version=7.0&$skiptoken=eyJ+/=&maxresults=2"),
     S_INIT(""), S_INIT("/secrets?api-version=7.0&$skiptoken=eyJ+/=&maxresults=2"), true, false},
    {S_INIT("http://localhost:40342/metadata/identity/oauth2/token"), false, true, S_INIT("localhost"), 40342,
     S_INIT("/metadata/identity/oauth2/token"), S_INIT(""), S_INIT(""), S_INIT("/metadata/identity/oauth2/token"),
     PLAIN},
    {S_INIT("http://[::1]:65535/a?b#c?d#e"), false, true, S_INIT("::1"), 65535, S_INIT("/a"), S_INIT("b"),
     S_INIT("c?d#e"), S_INIT("/a?b"), true, true},
    {S_INIT("http://[fd00::1]"), false, false, S_INIT("fd00::1"), 80, S_INIT(""), S_INIT(""), S_INIT(""), S_INIT(""),
     PLAIN},
    {S_INIT("http://169.254.169.254:1"), false, true, S_INIT("169.254.169.254"), 1, S_INIT(""), S_INIT(""), S_INIT(""),
     S_INIT(""), PLAIN},
    {S_INIT("https://h?q"), true, false, S_INIT("h"), 443, S_INIT(""), S_INIT("q"), S_INIT(""), S_INIT("?q"), true,
     false},
    {S_INIT("https://h?"), true, false, S_INIT("h"), 443, S_INIT(""), S_INIT(""), S_INIT(""), S_INIT("?"), true, false},
    {S_INIT("https://h#"), true, false, S_INIT("h"), 443, S_INIT(""), S_INIT(""), S_INIT(""), S_INIT(""), false, true},
    {S_INIT("https://h/a@b:c%zz%00//.."), true, false, S_INIT("h"), 443, S_INIT("/a@b:c%zz%00//.."), S_INIT(""),
     S_INIT(""), S_INIT("/a@b:c%zz%00//.."), PLAIN},
};

static void test_a_url_is_split_where_it_stands(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct url url;
        size_t fault = 99;
        assert_true(url_read(guarded(good[i].text), &url, &fault));
        assert_int_equal(fault, 99);
        assert_int_equal(url.https, good[i].https);
        assert_int_equal(url.has_port, good[i].has_port);
        assert_slice(url.host, good[i].host);
        assert_int_equal(url.port, good[i].port);
        assert_slice(url.path, good[i].path);
        assert_slice(url.query, good[i].query);
        assert_slice(url.fragment, good[i].fragment);
        assert_slice(url.target, good[i].target);
        assert_int_equal(url.has_query, good[i].has_query);
        assert_int_equal(url.has_fragment, good[i].has_fragment);
    }
}

static const struct {
    slice text;
    size_t fault;
} bad[] = {
    {S_INIT(""), 0},
    {S_INIT("h"), 1},
    {S_INIT("https"), 5},
    {S_INIT("https:/"), 7},
    {S_INIT("https://"), 8},
    {S_INIT("httpss://h"), 5},
    {S_INIT("ftp://h"), 0},
    {S_INIT(" https://h"), 0},
    {S_INIT("//h"), 0},
    {S_INIT("https:h"), 6},
    {S_INIT("https:\\\\h"), 6},
    {S_INIT("https:///x"), 8},
    {S_INIT("https://:443"), 8},
    {S_INIT("https://?q"), 8},
    {S_INIT("https://user@h"), 12},
    {S_INIT("https://user:pass@h"), 13},
    {S_INIT("https://evil.com@v.vault.azure.net/"), 16},
    {S_INIT("https://evil.com%40v"), 16},
    {S_INIT("https://h.\\@x/"), 10},
    {S_INIT("https://h\\x"), 9},
    {S_INIT("https://h x/"), 9},
    {S_INIT("https://h\tx"), 9},
    {S_INIT("https://h\0x"), 9},
    {S_INIT("https://h\n"), 9},
    {S_INIT("https://\xc3\xa9.net"), 8},
    {S_INIT("https://h\xe3\x80\x82net"), 9}, /* an ideographic full stop */
    {S_INIT("https://-h"), 8},
    {S_INIT("https://h."), 8},
    {S_INIT("https://h..x"), 8},
    {S_INIT("https://1.2.3"), 8},
    {S_INIT("https://256.1.1.1"), 8},
    {S_INIT("https://2130706433"), 8},
    {S_INIT("https://0x7f000001"), 8},
    {S_INIT("https://h:"), 10},
    {S_INIT("https://h:/"), 10},
    {S_INIT("https://h:0"), 10},
    {S_INIT("https://h:65536"), 10},
    {S_INIT("https://h:18446744073709551697"), 10},
    {S_INIT("https://h:-1"), 10},
    {S_INIT("https://h:80a"), 10},
    {S_INIT("https://h:80:80"), 10},
    {S_INIT("https://[::1"), 12},
    {S_INIT("https://[]"), 8},
    {S_INIT("https://[::g]"), 8},
    {S_INIT("https://[1.2.3.4]"), 8},
    {S_INIT("https://[h]"), 8},
    {S_INIT("https://[::1%25eth0]"), 8},
    {S_INIT("https://[::1]x"), 13},
    {S_INIT("https://[::1]@h"), 13},
    {S_INIT("https://::1/"), 8},
    {S_INIT("https://h/a b"), 11},
    {S_INIT("https://h/\x7f"), 10},
    {S_INIT("https://h/\xc3\xa9"), 10},
    {S_INIT("https://h/a\r\nHost: x"), 11},
    {S_INIT("https://h/?a\\b"), 12},
    {S_INIT("https://h/#a\0b"), 12},
};

static void test_what_is_no_url_is_refused_at_the_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct url url = {.port = 7};
        size_t fault = 99;
        assert_false(url_read(guarded(bad[i].text), &url, &fault));
        assert_int_equal(fault, bad[i].fault);
        assert_int_equal(url.port, 7);
    }
}

#define TEN   "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define LABEL FIFTY TEN "abc" /* 63 */

static void test_a_host_name_has_labels_that_dns_can_hold(void **state)
{
    static const slice names[] = {
        S_INIT("a"),         S_INIT("localhost"),
        S_INIT("a-b.c_d.e"), S_INIT("1.2.3.4a"),
        S_INIT("0x7g"),      S_INIT("0x7f.x"),
        S_INIT("1.com"),     S_INIT("xn--9caa.x"),
        S_INIT("_a._b"),     S_INIT(LABEL "." LABEL "." LABEL "." FIFTY TEN "a"), /* 253 */
    };
    static const slice others[] = {
        S_INIT(""),
        S_INIT("."),
        S_INIT("a."),
        S_INIT(".a"),
        S_INIT("a..b"),
        S_INIT("-a"),
        S_INIT("a-"),
        S_INIT("a.-b"),
        S_INIT("a-.b"),
        S_INIT("a b"),
        S_INIT("a\0b"),
        S_INIT("a/b"),
        S_INIT("a:1"),
        S_INIT("a@b"),
        S_INIT("\xc3\xa9"),
        S_INIT("1.2.3.4"),
        S_INIT("a.1"),
        S_INIT("127"),
        S_INIT("0x7f000001"),
        S_INIT("127.0X1"),
        S_INIT("a.0x"),
        S_INIT("99999999999999999999999"),
        S_INIT("*.a"),
        S_INIT("[::1]"),
        S_INIT(LABEL "d"),
        S_INIT("a." LABEL "d"),
        S_INIT(LABEL "." LABEL "." LABEL "." FIFTY TEN "ab"), /* 254 */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        assert_true(host_is_name(guarded(names[i])));
    for (size_t i = 0; i < COUNT(others); i++)
        assert_false(host_is_name(guarded(others[i])));
}

static const struct {
    slice text;
    size_t len;
    uint8_t bytes[16];
} addresses[] = {
    {S_INIT("0.0.0.0"), 4, {0}},
    {S_INIT("169.254.169.254"), 4, {169, 254, 169, 254}},
    {S_INIT("255.255.255.255"), 4, {255, 255, 255, 255}},
    {S_INIT("::"), 16, {0}},
    {S_INIT("::1"), 16, {[15] = 1}},
    {S_INIT("1::"), 16, {0, 1}},
    {S_INIT("1::2"), 16, {0, 1, [15] = 2}},
    {S_INIT("1:2:3:4:5:6:7:8"), 16, {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8}},
    {S_INIT("1:2:3:4:5:6:7::"), 16, {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7}},
    {S_INIT("::2:3:4:5:6:7:8"), 16, {0, 0, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8}},
    {S_INIT("1:2:3::5:6:7:8"), 16, {0, 1, 0, 2, 0, 3, 0, 0, 0, 5, 0, 6, 0, 7, 0, 8}},
    {S_INIT("FDec:0A::ffff"), 16, {0xfd, 0xec, 0, 0x0a, [14] = 0xff, 0xff}},
    {S_INIT("::ffff:1.2.3.4"), 16, {[10] = 0xff, 0xff, 1, 2, 3, 4}},
    {S_INIT("1:2:3:4:5:6:7.8.9.10"), 16, {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 7, 8, 9, 10}},
    {S_INIT("::1.2.3.4"), 16, {[12] = 1, 2, 3, 4}},
    {S_INIT("2a01:111:f100:2000::a83e:3384"),
     16,
     {0x2a, 0x01, 0x01, 0x11, 0xf1, 0, 0x20, 0, [12] = 0xa8, 0x3e, 0x33, 0x84}},
};

static void test_an_address_is_read_in_each_of_its_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(addresses); i++) {
        uint8_t *out = guarded_room(16);
        assert_int_equal(host_address(guarded(addresses[i].text), out), addresses[i].len);
        assert_memory_equal(out, addresses[i].bytes, addresses[i].len);
    }
}

static void test_what_is_no_address_is_none(void **state)
{
    static const slice texts[] = {
        S_INIT(""),
        S_INIT("1"),
        S_INIT("1.2.3"),
        S_INIT("1.2.3.4."),
        S_INIT(".1.2.3.4"),
        S_INIT("1.2.3.4.5"),
        S_INIT("1..3.4"),
        S_INIT("256.2.3.4"),
        S_INIT("01.2.3.4"),
        S_INIT("1.2.3.00"),
        S_INIT("0x1.2.3.4"),
        S_INIT("1.2.3.4 "),
        S_INIT("1.2.3.-4"),
        S_INIT("1.2.3.4294967297"),
        S_INIT(":"),
        S_INIT(":::"),
        S_INIT("1"),
        S_INIT("1:2:3:4:5:6:7"),
        S_INIT("1:2:3:4:5:6:7:8:9"),
        S_INIT("1:2:3:4:5:6:7:8::"),
        S_INIT("::1:2:3:4:5:6:7:8"),
        S_INIT("1:2:3:4::5:6:7:8"),
        S_INIT("1::2::3"),
        S_INIT("1:::2"),
        S_INIT(":1:2:3:4:5:6:7:8"),
        S_INIT("1:2:3:4:5:6:7:8:"),
        S_INIT("1:"),
        S_INIT(":1"),
        S_INIT("12345::"),
        S_INIT("g::"),
        S_INIT("::1%eth0"),
        S_INIT("[::1]"),
        S_INIT("::1.2.3"),
        S_INIT("::1.2.3.4:5"),
        S_INIT("::1.2.3.4."),
        S_INIT("1:2:3:4:5:6:7:1.2.3.4"),
        S_INIT("1.2.3.4::"),
        S_INIT("::256.1.1.1"),
        S_INIT("1::2:"),
        S_INIT("::1/64"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_int_equal(host_address(guarded(texts[i]), guarded_room(16)), 0);
}

static void test_below_means_at_least_one_label_more(void **state)
{
    static const struct {
        slice host, parent;
        bool below;
    } rows[] = {
        {S_INIT("v.vault.azure.net"), S_INIT("vault.azure.net"), true},
        {S_INIT("V.VAULT.azure.NET"), S_INIT("vault.Azure.net"), true},
        {S_INIT("a.b.vault.azure.net"), S_INIT("vault.azure.net"), true},
        {S_INIT("vault.azure.net"), S_INIT("azure.net"), true},
        {S_INIT("vault.azure.net"), S_INIT("vault.azure.net"), false},
        {S_INIT(".vault.azure.net"), S_INIT("vault.azure.net"), false},
        {S_INIT("evilvault.azure.net"), S_INIT("vault.azure.net"), false},
        {S_INIT("vault.azure.net"), S_INIT("ault.azure.net"), false},
        {S_INIT("v.vault.azure.net.evil.com"), S_INIT("vault.azure.net"), false},
        {S_INIT("azure.net"), S_INIT("vault.azure.net"), false},
        {S_INIT("v.vault.azure.net"), S_INIT(".vault.azure.net"), false},
        {S_INIT("a.b"), S_INIT("b"), true},
        {S_INIT("a."), S_INIT(""), false},
        {S_INIT("ab"), S_INIT(""), false},
        {S_INIT(""), S_INIT("a"), false},
        {S_INIT(""), S_INIT(""), false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(host_is_below(guarded(rows[i].host), guarded(rows[i].parent)), rows[i].below);
}

static void test_only_unreserved_bytes_stay_as_they_are(void **state)
{
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        uint8_t byte = (uint8_t)c, room[4], digits[3] = {'%', 0, 0};
        struct buf out = BUF(room);
        digits[1] = (uint8_t) "0123456789ABCDEF"[c >> 4];
        digits[2] = (uint8_t) "0123456789ABCDEF"[c & 15];
        url_encode(&out, guarded((slice){&byte, 1}));
        slice want = c && strchr(unreserved, (int)c) ? (slice){&byte, 1} : (slice){digits, 3};
        assert_slice(buf_slice(&out), want);
    }
    uint8_t room[40];
    struct buf out = BUF(room);
    url_encode(&out, guarded(S("https://vault.azure.net")));
    assert_slice(buf_slice(&out), S("https%3A%2F%2Fvault.azure.net"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_url_is_split_where_it_stands),
        cmocka_unit_test(test_what_is_no_url_is_refused_at_the_fault),
        cmocka_unit_test(test_a_host_name_has_labels_that_dns_can_hold),
        cmocka_unit_test(test_an_address_is_read_in_each_of_its_forms),
        cmocka_unit_test(test_what_is_no_address_is_none),
        cmocka_unit_test(test_below_means_at_least_one_label_more),
        cmocka_unit_test(test_only_unreserved_bytes_stay_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
