#include "lib/cm.h"
#include "lib/guard.h"

#include "wire/http_request.h"

static uint8_t room[512];

static void test_a_request_is_these_bytes(void **state)
{
    struct buf to = BUF(room);
    (void)state;
    assert_true(http_request_start(&to, S("GET"), S("/secrets/a?api-version=7.4"), S("v.vault.azure.net")));
    assert_true(http_request_header(&to, S("Accept"), S("application/json")));
    assert_true(http_request_header(&to, S("X-Empty"), S("")));
    assert_true(http_request_header(&to, S("X-Inside"), S("a \t b")));
    assert_true(http_request_end(&to, (slice){NULL, 0}));
    assert_slice(buf_slice(&to), S("GET /secrets/a?api-version=7.4 HTTP/1.1\r\n"
                                   "Host: v.vault.azure.net\r\n"
                                   "Accept: application/json\r\n"
                                   "X-Empty: \r\n"
                                   "X-Inside: a \t b\r\n"
                                   "\r\n"));
}

static void test_a_body_comes_with_its_length(void **state)
{
    struct buf to = BUF(room);
    (void)state;
    assert_true(http_request_start(&to, S("POST"), S("/keys/k//wrapkey"), S("[::1]:8080")));
    assert_true(http_request_end(&to, guarded(S("{\"a\":\0\r\n}"))));
    assert_slice(buf_slice(&to), S("POST /keys/k//wrapkey HTTP/1.1\r\nHost: [::1]:8080\r\n"
                                   "Content-Length: 9\r\n\r\n{\"a\":\0\r\n}"));
    to = BUF(room);
    assert_true(http_request_end(&to, S("")));
    assert_slice(buf_slice(&to), S("Content-Length: 0\r\n\r\n"));
}

static void test_no_part_can_hold_a_byte_that_may_not_stand_there(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        uint8_t bytes[3] = {'a', (uint8_t)c, 'b'};
        slice part = guarded((slice){bytes, 3});
        bool letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool token = letter || (c && c < 128 && strchr("!#$%&'*+-.^_`|~", (int)c));
        bool visible = c > 32 && c < 127;
        struct buf to = BUF(room);
        assert_int_equal(http_request_start(&to, part, S("/"), S("h")), token);
        assert_int_equal(to.len > 0, token);
        to = BUF(room);
        assert_int_equal(http_request_start(&to, S("GET"), part, S("h")), visible);
        assert_int_equal(to.len > 0, visible);
        to = BUF(room);
        assert_int_equal(http_request_start(&to, S("GET"), S("/"), part), visible);
        assert_int_equal(to.len > 0, visible);
        to = BUF(room);
        assert_int_equal(http_request_header(&to, part, S("v")), token);
        assert_int_equal(to.len > 0, token);
        to = BUF(room);
        assert_int_equal(http_request_header(&to, S("n"), part), visible || c == ' ' || c == '\t');
        assert_int_equal(to.len > 0, visible || c == ' ' || c == '\t');
    }
}

static void test_parts_that_must_be_there_are_there(void **state)
{
    struct buf to = BUF(room);
    (void)state;
    assert_false(http_request_start(&to, S(""), S("/"), S("h")));
    assert_false(http_request_start(&to, S("GET"), S(""), S("h")));
    assert_false(http_request_start(&to, S("GET"), S("/"), S("")));
    assert_false(http_request_header(&to, S(""), S("v")));
    assert_false(http_request_header(&to, S("n"), S(" v")));
    assert_false(http_request_header(&to, S("n"), S("v\t")));
    assert_false(http_request_header(&to, S("n"), S(" ")));
    assert_false(http_request_header(&to, S("n"), S("v\r\nn2: v2")));
    assert_int_equal(to.len, 0);
}

static bool write_all(struct buf *to)
{
    http_request_start(to, S("GET"), S("/"), S("h"));
    http_request_header(to, S("n"), S("v"));
    return http_request_end(to, S("body"));
}

static void test_what_does_not_fit_is_found_at_the_end(void **state)
{
    struct buf to = BUF(room);
    (void)state;
    assert_true(write_all(&to));
    size_t whole = to.len;
    for (size_t cap = 0; cap < whole; cap++) {
        to = (struct buf){guarded_room(cap), 0, cap, false};
        assert_false(write_all(&to));
        assert_true(to.full);
    }
    to = (struct buf){guarded_room(whole), 0, whole, false};
    assert_true(write_all(&to));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_is_these_bytes),
        cmocka_unit_test(test_a_body_comes_with_its_length),
        cmocka_unit_test(test_no_part_can_hold_a_byte_that_may_not_stand_there),
        cmocka_unit_test(test_parts_that_must_be_there_are_there),
        cmocka_unit_test(test_what_does_not_fit_is_found_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
