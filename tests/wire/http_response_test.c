#include "lib/cm.h"
#include "lib/guard.h"

#include "base/buf.h"
#include "wire/http_response.h"

/* The caller's buffer may move between arrivals: here it moves at each, and always ends at an unreadable page. */
static uint8_t *arrive(uint8_t *room, size_t cap, slice text)
{
    memcpy(room + cap - text.len, text.at, text.len);
    return room + cap - text.len;
}

/* Byte by byte, MORE before each; how many bytes it took. */
static enum http feed_pieces(struct http_head *head, slice text, size_t *used)
{
    uint8_t *room = guarded_room(text.len);
    enum http verdict = HTTP_MORE;
    http_head_start(head);
    for (*used = 0; verdict == HTTP_MORE && *used < text.len;) {
        ++*used;
        verdict = http_head_feed(head, arrive(room, text.len, slice_first(text, *used)), *used);
    }
    return verdict;
}

static enum http feed_whole(struct http_head *head, slice text)
{
    uint8_t *room = guarded_room(text.len);
    http_head_start(head);
    return http_head_feed(head, arrive(room, text.len, text), text.len);
}

static void assert_same(const struct http_head *a, const struct http_head *b)
{
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->minor, b->minor);
    assert_slice(a->reason, b->reason);
    assert_int_equal(a->fields, b->fields);
    for (size_t i = 0; i < a->fields; i++) {
        assert_slice(a->field[i].name, b->field[i].name);
        assert_slice(a->field[i].value, b->field[i].value);
    }
    assert_int_equal(a->bytes, b->bytes);
    assert_int_equal(a->framing, b->framing);
    assert_true(a->length == b->length);
    assert_int_equal(a->keep_alive, b->keep_alive);
}

/* Whole, in pieces, and with a body behind that must stay untouched: one answer. */
static enum http feed(struct http_head *head, slice text, size_t *used)
{
    static struct http_head whole, followed;
    static uint8_t room[70000];
    slice behind = S("\n \r\nHTTP/1.1 body: here");
    struct buf longer = BUF(room);
    enum http verdict = feed_pieces(head, text, used);
    assert_int_equal(feed_whole(&whole, text), verdict);
    buf_put(&longer, text);
    buf_put(&longer, behind);
    assert_false(longer.full);
    http_head_start(&followed);
    enum http with_more = http_head_feed(&followed, room, longer.len);
    assert_slice(slice_after(buf_slice(&longer), text.len), behind);
    if (verdict == HTTP_DONE) {
        assert_int_equal(head->bytes, *used);
        assert_same(head, &whole);
        assert_same(head, &followed);
        assert_int_equal(with_more, HTTP_DONE);
    }
    return verdict;
}

#define OK_LINE "HTTP/1.1 200 OK\r\n"

static const struct {
    slice text;
    unsigned status, minor;
    slice reason;
    size_t fields;
    enum http_framing framing;
    uint64_t length;
    bool keep_alive;
} good[] = {
    {S_INIT(OK_LINE "\r\n"), 200, 1, S_INIT("OK"), 0, HTTP_UNTIL_CLOSE, 0, false},
    {S_INIT(OK_LINE "Content-Length: 0\r\n\r\n"), 200, 1, S_INIT("OK"), 1, HTTP_LENGTH, 0, true},
    {S_INIT(OK_LINE "content-length:12\r\n\r\n"), 200, 1, S_INIT("OK"), 1, HTTP_LENGTH, 12, true},
    {S_INIT(OK_LINE "Content-Length: \t 12 \t\r\n\r\n"), 200, 1, S_INIT("OK"), 1, HTTP_LENGTH, 12, true},
    {S_INIT(OK_LINE "Content-Length: 7\r\nContent-Length: 7\r\n\r\n"), 200, 1, S_INIT("OK"), 2, HTTP_LENGTH, 7, true},
    {S_INIT(OK_LINE "Content-Length: 4611686018427387903\r\n\r\n"), 200, 1, S_INIT("OK"), 1, HTTP_LENGTH,
     4611686018427387903, true},
    {S_INIT(OK_LINE "Transfer-Encoding: Chunked\r\n\r\n"), 200, 1, S_INIT("OK"), 1, HTTP_CHUNKED, 0, true},
    {S_INIT(OK_LINE "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"), 200, 1, S_INIT("OK"), 2, HTTP_CHUNKED,
     0, false},
    {S_INIT(OK_LINE "Content-Length: 1\r\nConnection: x , CLOSE\r\n\r\n"), 200, 1, S_INIT("OK"), 2, HTTP_LENGTH, 1,
     false},
    {S_INIT(OK_LINE "Connection: keep-alive\r\nConnection: close\r\nContent-Length: 1\r\n\r\n"), 200, 1, S_INIT("OK"),
     3, HTTP_LENGTH, 1, false},
    {S_INIT(OK_LINE "Connection: closed\r\nContent-Length: 1\r\n\r\n"), 200, 1, S_INIT("OK"), 2, HTTP_LENGTH, 1, true},
    {S_INIT("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n"), 200, 0, S_INIT("OK"), 1, HTTP_LENGTH, 1, false},
    {S_INIT("HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: Keep-Alive\r\n\r\n"), 200, 0, S_INIT("OK"), 2,
     HTTP_LENGTH, 1, true},
    {S_INIT("HTTP/1.1 429\r\nContent-Length: 0\r\n\r\n"), 429, 1, S_INIT(""), 1, HTTP_LENGTH, 0, true},
    {S_INIT("HTTP/1.1 429 \r\nContent-Length: 0\r\n\r\n"), 429, 1, S_INIT(""), 1, HTTP_LENGTH, 0, true},
    {S_INIT("HTTP/1.1 500 Sorry:\t\xc3\xa9 \r\n\r\n"), 500, 1, S_INIT("Sorry:\t\xc3\xa9 "), 0, HTTP_UNTIL_CLOSE, 0,
     false},
    {S_INIT("HTTP/1.1 100 Continue\r\n\r\n"), 100, 1, S_INIT("Continue"), 0, HTTP_NO_BODY, 0, true},
    {S_INIT("HTTP/1.1 599 x\r\n\r\n"), 599, 1, S_INIT("x"), 0, HTTP_UNTIL_CLOSE, 0, false},
    {S_INIT("HTTP/1.1 204 No Content\r\n\r\n"), 204, 1, S_INIT("No Content"), 0, HTTP_NO_BODY, 0, true},
    {S_INIT("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"), 204, 1, S_INIT("No Content"), 1, HTTP_NO_BODY, 0,
     true},
    /* A body where none may be is not read as the next answer. */
    {S_INIT("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"), 204, 1, S_INIT("No Content"), 1, HTTP_NO_BODY, 0,
     false},
    {S_INIT("HTTP/1.1 304 N\r\nTransfer-Encoding: chunked\r\n\r\n"), 304, 1, S_INIT("N"), 1, HTTP_NO_BODY, 0, false},
    {S_INIT("HTTP/1.1 200 OK\nContent-Length: 3\n\n"), 200, 1, S_INIT("OK"), 1, HTTP_LENGTH, 3, true},
    {S_INIT("HTTP/1.1 200 OK\r\nContent-Length: 3\n\r\n"), 200, 1, S_INIT("OK"), 1, HTTP_LENGTH, 3, true},
    {S_INIT(OK_LINE "Content-Length:\r\n 3\r\n\r\n"), 200, 1, S_INIT("OK"), 1, HTTP_LENGTH, 3, true},
    {S_INIT(OK_LINE "X: \r\n \r\n\t\r\n\r\n"), 200, 1, S_INIT("OK"), 1, HTTP_UNTIL_CLOSE, 0, false},
};

static void test_a_head_is_read_the_same_however_it_arrives(void **state)
{
    static struct http_head head;
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        size_t used;
        assert_int_equal(feed(&head, good[i].text, &used), HTTP_DONE);
        assert_int_equal(used, good[i].text.len);
        assert_int_equal(head.status, good[i].status);
        assert_int_equal(head.minor, good[i].minor);
        assert_slice(head.reason, good[i].reason);
        assert_int_equal(head.fields, good[i].fields);
        assert_int_equal(head.framing, good[i].framing);
        assert_true(head.length == good[i].length);
        assert_int_equal(head.keep_alive, good[i].keep_alive);
    }
}

/* `used`: with which byte the head is refused, when it comes byte by byte. */
static const struct {
    slice text;
    size_t used;
} bad[] = {
    {S_INIT("\r\n"), 2},
    {S_INIT("\n"), 1},
    {S_INIT("\x15\x03\x03\0\x02"), 1}, /* a TLS alert */
    {S_INIT("SSH-2.0-x\r\n"), 11},
    {S_INIT("HTTP/1.2 200 OK\r\n"), 17},
    {S_INIT("HTTP/2 200\r\n"), 12},
    {S_INIT("HTTP/1.10 200 OK\r\n"), 18},
    {S_INIT("http/1.1 200 OK\r\n"), 17},
    {S_INIT(" HTTP/1.1 200 OK\r\n"), 18},
    {S_INIT("HTTP/1.1  200 OK\r\n"), 18},
    {S_INIT("HTTP/1.1 2000 OK\r\n"), 18},
    {S_INIT("HTTP/1.1 20 OK\r\n"), 16},
    {S_INIT("HTTP/1.1 20\r\n"), 13},
    {S_INIT("HTTP/1.1 \r\n"), 11},
    {S_INIT("HTTP/1.1 -20 OK\r\n"), 17},
    {S_INIT("HTTP/1.1 099 OK\r\n"), 17},
    {S_INIT("HTTP/1.1 600 OK\r\n"), 17},
    {S_INIT("HTTP/1.1 200\tOK\r\n"), 17},
    {S_INIT("HTTP/1.1 200OK\r\n"), 16},
    {S_INIT("HTTP/1.1 200 O\0K\r\n"), 15},
    {S_INIT("HTTP/1.1 200 O\rK\r\n"), 16},
    {S_INIT("HTTP/1.1 200 OK\r\r\n"), 17},
    {S_INIT("HTTP/1.1 200 \x7f\r\n"), 14},
    {S_INIT("HTTP/1.1 200 \x1b[2J\r\n"), 14},
    {S_INIT(OK_LINE " folded: first\r\n\r\n"), 35},
    {S_INIT(OK_LINE "\t\r\n\r\n"), 22},
    {S_INIT(OK_LINE "no colon\r\n\r\n"), 29},
    {S_INIT(OK_LINE ": no name\r\n\r\n"), 30},
    {S_INIT(OK_LINE "A : b\r\n\r\n"), 26},
    {S_INIT(OK_LINE "A b: c\r\n\r\n"), 27},
    {S_INIT(OK_LINE "\xc3\xa9: c\r\n\r\n"), 26},
    {S_INIT(OK_LINE "A: b\0c\r\n\r\n"), 22},
    {S_INIT(OK_LINE "A: b\rc\r\n\r\n"), 23},
    {S_INIT(OK_LINE "A: b\r\n\rC: d\r\n\r\n"), 25},
    {S_INIT(OK_LINE "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 66},
    {S_INIT(OK_LINE "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"), 66},
    {S_INIT(OK_LINE "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), 75},
    {S_INIT(OK_LINE "Transfer-Encoding: gzip, chunked\r\n\r\n"), 53},
    {S_INIT(OK_LINE "Transfer-Encoding: chunked,\r\n\r\n"), 48},
    {S_INIT(OK_LINE "Transfer-Encoding: identity\r\n\r\n"), 48},
    {S_INIT(OK_LINE "Transfer-Encoding:\r\n\r\n"), 39},
    {S_INIT(OK_LINE "Transfer-Encoding: \vchunked\r\n\r\n"), 37},
    {S_INIT("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), 47},
    {S_INIT(OK_LINE "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"), 57},
    {S_INIT(OK_LINE "Content-Length: 1, 1\r\n\r\n"), 41},
    {S_INIT(OK_LINE "Content-Length: +1\r\n\r\n"), 39},
    {S_INIT(OK_LINE "Content-Length: -1\r\n\r\n"), 39},
    {S_INIT(OK_LINE "Content-Length: 0x1\r\n\r\n"), 40},
    {S_INIT(OK_LINE "Content-Length: 1 1\r\n\r\n"), 40},
    {S_INIT(OK_LINE "Content-Length:\r\n\r\n"), 36},
    {S_INIT(OK_LINE "Content-Length: 4611686018427387904\r\n\r\n"), 56},
    {S_INIT(OK_LINE "Content-Length: 18446744073709551617\r\n\r\n"), 57},
    {S_INIT(OK_LINE "Content-Length: 1\r\n 1\r\n\r\n"), 42},
};

static void test_what_is_no_head_is_refused_and_stays_refused(void **state)
{
    static struct http_head head;
    static uint8_t more[] = OK_LINE "\r\n";
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        size_t used;
        assert_int_equal(feed(&head, bad[i].text, &used), HTTP_BAD);
        assert_int_equal(used, bad[i].used);
        assert_int_equal(http_head_feed(&head, more, sizeof more - 1), HTTP_BAD);
    }
}

static void test_an_unfinished_head_is_more_at_each_byte(void **state)
{
    static struct http_head head;
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        for (size_t n = 0; n < good[i].text.len; n++)
            assert_int_equal(feed_whole(&head, slice_first(good[i].text, n)), HTTP_MORE);
    }
}

static void test_done_sticks(void **state)
{
    static struct http_head head;
    uint8_t bytes[] = "HTTP/1.1 204 x\r\n\r\nHTTP/1.1 500 y\r\n\r\n";
    (void)state;
    http_head_start(&head);
    assert_int_equal(http_head_feed(&head, bytes, 18), HTTP_DONE);
    assert_int_equal(http_head_feed(&head, bytes, sizeof bytes - 1), HTTP_DONE);
    assert_int_equal(head.status, 204);
    assert_int_equal(head.bytes, 18);
}

static void test_a_head_can_be_started_again_behind_a_1xx(void **state)
{
    static struct http_head head;
    uint8_t bytes[] = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 y\r\nA: b\r\n\r\n";
    slice value;
    (void)state;
    http_head_start(&head);
    assert_int_equal(http_head_feed(&head, bytes, sizeof bytes - 1), HTTP_DONE);
    assert_int_equal(head.status, 103);
    size_t first = head.bytes;
    http_head_start(&head);
    assert_int_equal(http_head_feed(&head, bytes + first, sizeof bytes - 1 - first), HTTP_DONE);
    assert_int_equal(head.status, 204);
    assert_int_equal(head.fields, 1);
    assert_false(http_head_field(&head, S("Link"), &value));
}

static void test_a_field_is_found_by_its_name_in_any_case(void **state)
{
    static struct http_head head;
    slice value = S("untouched");
    size_t used;
    (void)state;
    assert_int_equal(feed(&head,
                          S(OK_LINE "X-Ms-Request-Id:  a b\t\r\nEmpty:\r\nTwice: 1\r\nTWICE: 2\r\n"
                                    "Folded: one,\r\n two,\r\n\t three \r\n\r\n"),
                          &used),
                     HTTP_DONE);
    assert_true(http_head_field(&head, S("x-ms-request-id"), &value));
    assert_slice(value, S("a b"));
    assert_true(http_head_field(&head, S("EMPTY"), &value));
    assert_slice(value, S(""));
    assert_true(http_head_field(&head, S("twice"), &value));
    assert_slice(value, S("1"));
    assert_true(http_head_field(&head, S("folded"), &value));
    assert_slice(value, S("one,   two,  \t three"));
    assert_slice(head.field[3].value, S("2"));
    value = S("untouched");
    assert_false(http_head_field(&head, S("x-ms-request"), &value));
    assert_false(http_head_field(&head, S(""), &value));
    assert_slice(value, S("untouched"));
}

/* --- limits --- */

static uint8_t room[HTTP_HEAD_BYTES_MAX + 2];

static slice with_line(size_t line)
{
    struct buf text = BUF(room);
    buf_text(&text, OK_LINE "A:");
    for (size_t i = 2; i < line; i++)
        buf_byte(&text, 'x');
    buf_text(&text, "\r\n\r\n");
    return buf_slice(&text);
}

static void test_the_longest_line_is_taken_and_one_byte_more_is_not(void **state)
{
    static struct http_head head;
    size_t used;
    (void)state;
    assert_int_equal(feed(&head, with_line(HTTP_LINE_BYTES_MAX), &used), HTTP_DONE);
    assert_int_equal(head.field[0].value.len, HTTP_LINE_BYTES_MAX - 2);
    assert_int_equal(feed(&head, with_line(HTTP_LINE_BYTES_MAX + 1), &used), HTTP_BAD);
    assert_int_equal(used, 17 + HTTP_LINE_BYTES_MAX + 1);
}

static slice with_bytes(size_t bytes)
{
    struct buf text = BUF(room);
    buf_text(&text, OK_LINE);
    while (text.len < bytes - 4) {
        buf_byte(&text, 'A');
        buf_byte(&text, ':');
        while (text.len < bytes - 4 && text.len % 4096)
            buf_byte(&text, 'x');
        buf_text(&text, "\r\n");
    }
    text.len = bytes - 4;
    buf_text(&text, "\r\n\r\n");
    return buf_slice(&text);
}

static void test_the_longest_head_is_taken_and_one_byte_more_is_not(void **state)
{
    static struct http_head head;
    size_t used;
    (void)state;
    assert_int_equal(feed(&head, with_bytes(HTTP_HEAD_BYTES_MAX), &used), HTTP_DONE);
    assert_int_equal(head.bytes, HTTP_HEAD_BYTES_MAX);
    /* Refused with the last byte that fits: a buffer of that size would wait for ever for the next. */
    assert_int_equal(feed(&head, with_bytes(HTTP_HEAD_BYTES_MAX + 1), &used), HTTP_BAD);
    assert_int_equal(used, HTTP_HEAD_BYTES_MAX);
}

static void test_64_fields_are_taken_and_65_are_not(void **state)
{
    static struct http_head head;
    (void)state;
    for (size_t fields = HTTP_FIELDS_MAX; fields <= HTTP_FIELDS_MAX + 1; fields++) {
        struct buf text = BUF(room);
        size_t used;
        buf_text(&text, OK_LINE);
        for (size_t i = 0; i < fields; i++)
            buf_text(&text, "a:b\r\n");
        buf_text(&text, "\r\n");
        assert_int_equal(feed(&head, buf_slice(&text), &used), fields == HTTP_FIELDS_MAX ? HTTP_DONE : HTTP_BAD);
    }
    assert_int_equal(head.fields, HTTP_FIELDS_MAX);
}

static void test_tokens_and_text_are_what_rfc_9110_says(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        uint8_t byte = (uint8_t)c;
        bool token = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c && c < 128 && strchr("!#$%&'*+-.^_`|~", (int)c));
        assert_int_equal(http_is_token(guarded((slice){&byte, 1})), token);
        assert_int_equal(http_is_text_byte(byte), c == '\t' || (c >= 32 && c != 127));
    }
    assert_false(http_is_token(guarded(S(""))));
    assert_false(http_is_token(guarded(S("a b"))));
    assert_true(http_is_token(guarded(S("x-ms"))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_head_is_read_the_same_however_it_arrives),
        cmocka_unit_test(test_what_is_no_head_is_refused_and_stays_refused),
        cmocka_unit_test(test_an_unfinished_head_is_more_at_each_byte),
        cmocka_unit_test(test_done_sticks),
        cmocka_unit_test(test_a_head_can_be_started_again_behind_a_1xx),
        cmocka_unit_test(test_a_field_is_found_by_its_name_in_any_case),
        cmocka_unit_test(test_the_longest_line_is_taken_and_one_byte_more_is_not),
        cmocka_unit_test(test_the_longest_head_is_taken_and_one_byte_more_is_not),
        cmocka_unit_test(test_64_fields_are_taken_and_65_are_not),
        cmocka_unit_test(test_tokens_and_text_are_what_rfc_9110_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
