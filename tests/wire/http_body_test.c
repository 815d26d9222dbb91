#include "lib/cm.h"
#include "lib/guard.h"

#include "base/buf.h"
#include "wire/http_body.h"

static struct http_head head_of(enum http_framing framing, uint64_t length)
{
    return (struct http_head){.status = 200, .minor = 1, .framing = framing, .length = length};
}

/* Feeds all of `in`, as a caller does: again until it is empty or the body is not MORE. */
static enum http feed_all(struct http_body *body, slice *in, struct buf *content)
{
    enum http verdict = body->verdict;
    slice run;
    while (verdict == HTTP_MORE && in->len) {
        size_t before = in->len;
        verdict = http_body_feed(body, in, &run);
        assert_true(in->len < before);
        buf_put(content, run);
    }
    return verdict;
}

static enum http feed_whole(const struct http_head *head, slice text, struct buf *content, size_t *used)
{
    struct http_body body;
    slice in = guarded(text);
    http_body_start(&body, head);
    enum http verdict = feed_all(&body, &in, content);
    *used = text.len - in.len;
    return verdict;
}

/* Byte by byte, with MORE before each. */
static enum http feed_pieces(const struct http_head *head, slice text, struct buf *content, size_t *used)
{
    struct http_body body;
    enum http verdict = http_body_start(&body, head);
    slice all = guarded(text);
    for (*used = 0; verdict == HTTP_MORE && *used < text.len; ++*used) {
        slice in = slice_first(slice_after(all, *used), 1);
        verdict = feed_all(&body, &in, content);
        assert_int_equal(in.len, 0);
    }
    return verdict;
}

/* Three ways; `used` and the content must agree. */
static enum http feed(const struct http_head *head, slice text, struct buf *content, size_t *used)
{
    static uint8_t rooms[3][70000];
    struct buf whole = BUF(rooms[0]), followed = BUF(rooms[1]), longer = BUF(rooms[2]);
    size_t used_whole, used_followed;
    enum http verdict = feed_pieces(head, text, content, used);
    assert_int_equal(feed_whole(head, text, &whole, &used_whole), verdict);
    assert_int_equal(used_whole, *used);
    assert_slice(buf_slice(&whole), buf_slice(content));
    if (verdict == HTTP_DONE) {
        buf_put(&longer, slice_first(text, *used));
        buf_text(&longer, "\r\n0\r\n\r\nHTTP/1.1 200 OK");
        assert_int_equal(feed_whole(head, buf_slice(&longer), &followed, &used_followed), HTTP_DONE);
        assert_int_equal(used_followed, *used);
        assert_slice(buf_slice(&followed), buf_slice(content));
    }
    return verdict;
}

static void test_no_body_is_done_before_it_starts(void **state)
{
    const struct http_head heads[] = {head_of(HTTP_NO_BODY, 0), head_of(HTTP_NO_BODY, 5), head_of(HTTP_LENGTH, 0)};
    (void)state;
    for (size_t i = 0; i < COUNT(heads); i++) {
        struct http_body body;
        slice in = guarded(S("HTTP/1.1 next")), content = S("x");
        assert_int_equal(http_body_start(&body, &heads[i]), HTTP_DONE);
        assert_int_equal(http_body_feed(&body, &in, &content), HTTP_DONE);
        assert_int_equal(in.len, 13);
        assert_int_equal(content.len, 0);
        assert_int_equal(http_body_end(&body), HTTP_DONE);
    }
}

static void test_a_length_is_exact(void **state)
{
    struct http_head head = head_of(HTTP_LENGTH, 5);
    uint8_t room[16];
    size_t used;
    (void)state;
    struct buf content = BUF(room);
    assert_int_equal(feed(&head, S("12345HTTP/1.1 200 OK"), &content, &used), HTTP_DONE);
    assert_int_equal(used, 5);
    assert_slice(buf_slice(&content), S("12345"));
    content = BUF(room);
    assert_int_equal(feed(&head, S("1234"), &content, &used), HTTP_MORE);
    assert_slice(buf_slice(&content), S("1234"));
}

static void test_a_body_cut_short_is_an_error(void **state)
{
    const struct http_head heads[] = {head_of(HTTP_LENGTH, 5), head_of(HTTP_CHUNKED, 0)};
    static const slice texts[] = {S_INIT("12345"), S_INIT("3;x\r\nabc\r\n0\r\nT: t\r\n\r\n")};
    (void)state;
    for (size_t i = 0; i < COUNT(heads); i++) {
        for (size_t n = 0; n <= texts[i].len; n++) {
            uint8_t room[16];
            struct buf content = BUF(room);
            struct http_body body;
            slice in = guarded(slice_first(texts[i], n));
            http_body_start(&body, &heads[i]);
            feed_all(&body, &in, &content);
            assert_int_equal(http_body_end(&body), n == texts[i].len ? HTTP_DONE : HTTP_BAD);
            assert_int_equal(http_body_end(&body), n == texts[i].len ? HTTP_DONE : HTTP_BAD);
            in = guarded(S("5"));
            slice run = S("x");
            assert_int_equal(http_body_feed(&body, &in, &run), n == texts[i].len ? HTTP_DONE : HTTP_BAD);
            assert_int_equal(in.len, 1);
            assert_int_equal(run.len, 0);
        }
    }
}

static void test_until_close_only_the_close_ends_it(void **state)
{
    struct http_head head = head_of(HTTP_UNTIL_CLOSE, 0);
    uint8_t room[64];
    struct buf content = BUF(room);
    struct http_body body;
    slice in = guarded(S("0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"));
    (void)state;
    assert_int_equal(http_body_start(&body, &head), HTTP_MORE);
    assert_int_equal(feed_all(&body, &in, &content), HTTP_MORE);
    assert_slice(buf_slice(&content), S("0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"));
    assert_int_equal(http_body_end(&body), HTTP_DONE);
    assert_int_equal(http_body_start(&body, &head), HTTP_MORE);
    assert_int_equal(http_body_end(&body), HTTP_DONE);
}

static void test_more_than_2_to_32_bytes_are_counted(void **state)
{
    struct http_head head = head_of(HTTP_LENGTH, HTTP_LENGTH_END - 1);
    struct http_body body;
    slice in = guarded(S("abc")), content;
    (void)state;
    http_body_start(&body, &head);
    assert_int_equal(http_body_feed(&body, &in, &content), HTTP_MORE);
    assert_true(body.left == HTTP_LENGTH_END - 4);
}

static const struct {
    slice text, content;
} good[] = {
    {S_INIT("0\r\n\r\n"), S_INIT("")},
    {S_INIT("000\r\n\r\n"), S_INIT("")},
    {S_INIT("1\r\na\r\n0\r\n\r\n"), S_INIT("a")},
    {S_INIT("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), S_INIT("abcde")},
    {S_INIT("2\r\n\r\n\r\n0\r\n\r\n"), S_INIT("\r\n")},
    {S_INIT("5\r\n0\r\n\r\n\r\n0\r\n\r\n"), S_INIT("0\r\n\r\n")},
    {S_INIT("A\r\n0123456789\r\n0\r\n\r\n"), S_INIT("0123456789")},
    {S_INIT("a\r\n0123456789\r\n0\r\n\r\n"), S_INIT("0123456789")},
    {S_INIT("00000000000000000000000000000000000001\r\na\r\n0\r\n\r\n"), S_INIT("a")},
    {S_INIT("0001  \r\na\r\n0\t\r\n\r\n"), S_INIT("a")},
    {S_INIT("1;x\r\na\r\n0;y=\"z\"\r\n\r\n"), S_INIT("a")},
    {S_INIT("1 ; x = \"\\\";\t\xc3\xa9\"\r\na\r\n0\r\n\r\n"), S_INIT("a")},
    {S_INIT("1;5\r\na\r\n0\r\n\r\n"), S_INIT("a")},
    {S_INIT("1\na\n0\n\n"), S_INIT("a")},
    {S_INIT("1\r\na\n0\r\n\n"), S_INIT("a")},
    {S_INIT("0\r\nA: b\r\nContent-Length: 9\r\n\r\n"), S_INIT("")},
    {S_INIT("0\r\nA: b\n folded\n\n"), S_INIT("")},
};

static void test_chunks_give_their_data_and_nothing_else(void **state)
{
    struct http_head head = head_of(HTTP_CHUNKED, 0);
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        uint8_t room[64];
        struct buf content = BUF(room);
        size_t used;
        assert_int_equal(feed(&head, good[i].text, &content, &used), HTTP_DONE);
        assert_int_equal(used, good[i].text.len);
        assert_slice(buf_slice(&content), good[i].content);
    }
}

static const struct {
    slice text;
    size_t used; /* with the byte that is wrong */
    slice content;
} bad[] = {
    {S_INIT("\r\n"), 2, S_INIT("")},
    {S_INIT("\n"), 1, S_INIT("")},
    {S_INIT(" 1\r\n"), 1, S_INIT("")},
    {S_INIT(";x\r\n"), 1, S_INIT("")},
    {S_INIT("-1\r\n"), 1, S_INIT("")},
    {S_INIT("+1\r\n"), 1, S_INIT("")},
    {S_INIT("0x1\r\n"), 2, S_INIT("")},
    {S_INIT("g\r\n"), 1, S_INIT("")},
    {S_INIT("1g\r\n"), 2, S_INIT("")},
    {S_INIT("1 1\r\n"), 3, S_INIT("")},
    {S_INIT("1\0\r\n"), 2, S_INIT("")},
    {S_INIT("1\ra"), 3, S_INIT("")},
    {S_INIT("1\r\r\n"), 3, S_INIT("")},
    {S_INIT("1;\x7f\r\n"), 3, S_INIT("")},
    {S_INIT("1;a\rb\r\n"), 5, S_INIT("")},
    {S_INIT("4000000000000000\r\n"), 16, S_INIT("")},
    {S_INIT("10000000000000001\r\n"), 17, S_INIT("")},
    {S_INIT("ffffffffffffffff\r\n"), 16, S_INIT("")},
    {S_INIT("1\r\nab"), 5, S_INIT("a")},
    {S_INIT("1\r\na0\r\n\r\n"), 5, S_INIT("a")},
    {S_INIT("1\r\na\r0\r\n\r\n"), 6, S_INIT("a")},
    {S_INIT("1\r\na \r\n"), 5, S_INIT("a")},
    {S_INIT("1\r\na\r\n\r\n"), 8, S_INIT("a")},
    {S_INIT("0\r\n\r0"), 5, S_INIT("")},
    {S_INIT("0\r\nA: \0\r\n\r\n"), 7, S_INIT("")},
    {S_INIT("0\r\nA\rB\r\n\r\n"), 6, S_INIT("")},
    {S_INIT("0\r\n\x1b\r\n\r\n"), 4, S_INIT("")},
};

static void test_wrong_chunks_are_refused_at_the_wrong_byte(void **state)
{
    struct http_head head = head_of(HTTP_CHUNKED, 0);
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        uint8_t room[64];
        struct buf content = BUF(room);
        size_t used;
        assert_int_equal(feed(&head, bad[i].text, &content, &used), HTTP_BAD);
        assert_int_equal(used, bad[i].used);
        assert_slice(buf_slice(&content), bad[i].content);
    }
}

static void test_the_largest_size_is_below_2_to_62(void **state)
{
    struct http_head head = head_of(HTTP_CHUNKED, 0);
    struct http_body body;
    slice in = guarded(S("03FFFFFFFFFFFFFFF\r\n")), content;
    (void)state;
    http_body_start(&body, &head);
    assert_int_equal(http_body_feed(&body, &in, &content), HTTP_MORE);
    assert_int_equal(in.len, 0);
    assert_true(body.left == HTTP_LENGTH_END - 1);
}

static uint8_t room[70000];

/* Size lines and trailers of exactly `bytes`, line ends included. */
static slice long_size(size_t bytes, char filler)
{
    struct buf text = BUF(room);
    buf_byte(&text, '0');
    if (filler != '0')
        buf_byte(&text, filler == ' ' ? ' ' : ';');
    while (text.len < bytes - 2)
        buf_byte(&text, (uint8_t)filler);
    buf_text(&text, "\r\n\r\n");
    return buf_slice(&text);
}

static slice long_trailers(size_t bytes)
{
    struct buf text = BUF(room);
    buf_text(&text, "0\r\n");
    while (text.len < 3 + bytes - 4)
        buf_text(&text, text.len % 100 < 98 || text.len + 2 > 3 + bytes - 4 ? "x" : "\r\n");
    buf_text(&text, "\r\n\r\n");
    return buf_slice(&text);
}

static void test_what_is_passed_over_is_bounded(void **state)
{
    struct http_head head = head_of(HTTP_CHUNKED, 0);
    uint8_t none[1];
    struct buf content = BUF(none);
    size_t used;
    (void)state;
    for (const char *filler = "0 x"; *filler; filler++) {
        assert_int_equal(feed(&head, long_size(HTTP_CHUNK_LINE_MAX, *filler), &content, &used), HTTP_DONE);
        assert_int_equal(feed(&head, long_size(HTTP_CHUNK_LINE_MAX + 1, *filler), &content, &used), HTTP_BAD);
        assert_int_equal(used, HTTP_CHUNK_LINE_MAX + 1);
    }
    assert_int_equal(feed(&head, long_trailers(HTTP_TRAILER_BYTES_MAX), &content, &used), HTTP_DONE);
    assert_int_equal(feed(&head, long_trailers(HTTP_TRAILER_BYTES_MAX + 1), &content, &used), HTTP_BAD);
    assert_int_equal(used, 3 + HTTP_TRAILER_BYTES_MAX + 1);
    assert_int_equal(content.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_body_is_done_before_it_starts),
        cmocka_unit_test(test_a_length_is_exact),
        cmocka_unit_test(test_a_body_cut_short_is_an_error),
        cmocka_unit_test(test_until_close_only_the_close_ends_it),
        cmocka_unit_test(test_more_than_2_to_32_bytes_are_counted),
        cmocka_unit_test(test_chunks_give_their_data_and_nothing_else),
        cmocka_unit_test(test_wrong_chunks_are_refused_at_the_wrong_byte),
        cmocka_unit_test(test_the_largest_size_is_below_2_to_62),
        cmocka_unit_test(test_what_is_passed_over_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
