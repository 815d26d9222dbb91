#include "lib/cm.h"
#include "lib/guard.h"

#include "wire/wrapped.h"

#define KEY  "https://v.vault.azure.net/keys/disk/0123456789abcdef0123456789abcdef"
#define TEXT "azfob-wrapped 1\nkey: " KEY "\nalgorithm: RSA-OAEP-256\nvalue: AP_-Zm9v\n"

static const slice bytes = S_INIT("\x00\xff\xfe"
                                  "foo");

/* From text that ends at an unreadable page into room that does. */
static enum wrapped_verdict read_text(slice text, struct wrapped *out, unsigned *line)
{
    struct buf value = {guarded_room(WRAPPED_VALUE_BYTES_MAX), 0, WRAPPED_VALUE_BYTES_MAX, false};
    enum wrapped_verdict verdict = wrapped_read(guarded(text), &value, out, line);
    assert_int_equal(value.len, verdict == WRAPPED_OK ? out->value.len : 0);
    assert_false(value.full);
    return verdict;
}

static void test_what_was_written_is_read_back(void **state)
{
    uint8_t room[256];
    struct buf text = BUF(room);
    struct wrapped in = {S(KEY), S("RSA-OAEP-256"), bytes}, out;
    unsigned line;
    (void)state;
    assert_true(wrapped_write(&in, &text));
    assert_slice(buf_slice(&text), S(TEXT));
    assert_int_equal(read_text(buf_slice(&text), &out, &line), WRAPPED_OK);
    assert_slice(out.key, in.key);
    assert_slice(out.algorithm, in.algorithm);
    assert_slice(out.value, bytes);
}

static void test_an_editor_s_line_ends_and_a_lost_last_one_do_no_harm(void **state)
{
    static const slice texts[] = {
        S_INIT("azfob-wrapped 1\nkey: https://h\nalgorithm: A256KW\nvalue: AP_-Zm9v"),
        S_INIT("azfob-wrapped 1\r\nkey: https://h\r\nalgorithm: A256KW\r\nvalue: AP_-Zm9v\r\n"),
        S_INIT("azfob-wrapped 1\nkey: https://h\r\nalgorithm: A256KW\nvalue: AP_-Zm9v\r\n"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct wrapped out;
        unsigned line;
        assert_int_equal(read_text(texts[i], &out, &line), WRAPPED_OK);
        assert_slice(out.key, S("https://h"));
        assert_slice(out.algorithm, S("A256KW"));
        assert_slice(out.value, bytes);
    }
}

static void test_a_text_cut_anywhere_is_refused_or_lost_only_its_end(void **state)
{
    slice whole = S(TEXT);
    (void)state;
    for (size_t n = 0; n < whole.len; n++) {
        struct wrapped out = {.key = S("untouched")};
        unsigned line = 0;
        enum wrapped_verdict verdict = read_text(slice_first(whole, n), &out, &line);
        if (n < S("azfob-wrapped ").len)
            assert_int_equal(verdict, WRAPPED_OTHER);
        else if (verdict == WRAPPED_OK)
            /* base64url cannot tell that whole groups are missing. The vault can: it refuses such a value. */
            assert_true(n >= whole.len - 8);
        else
            assert_int_equal(verdict, WRAPPED_BAD);
        if (verdict != WRAPPED_OK)
            assert_slice(out.key, S("untouched"));
    }
}

static void test_each_mistake_is_told_by_its_line(void **state)
{
    static const struct {
        slice text;
        enum wrapped_verdict verdict;
        unsigned line;
    } rows[] = {
        {S_INIT(""), WRAPPED_OTHER, 1},
        {S_INIT("\n"), WRAPPED_OTHER, 1},
        {S_INIT("AP_-Zm9v\n"), WRAPPED_OTHER, 1},
        {S_INIT(" azfob-wrapped 1\n"), WRAPPED_OTHER, 1},
        {S_INIT("AZFOB-WRAPPED 1\n"), WRAPPED_OTHER, 1},
        {S_INIT("azfob-wrapped 2\nkey: https://h\n"), WRAPPED_LATER, 1},
        {S_INIT("azfob-wrapped 11\n"), WRAPPED_LATER, 1},
        {S_INIT("azfob-wrapped \n"), WRAPPED_LATER, 1},
        {S_INIT("azfob-wrapped 1 \n"), WRAPPED_LATER, 1},
        {S_INIT("azfob-wrapped 1"), WRAPPED_BAD, 1},
        {S_INIT("azfob-wrapped 1\n"), WRAPPED_BAD, 2},
        {S_INIT("azfob-wrapped 1\n\nkey: https://h\n"), WRAPPED_BAD, 2},
        {S_INIT("azfob-wrapped 1\nkey:https://h\n"), WRAPPED_BAD, 2},
        {S_INIT("azfob-wrapped 1\nkey: http://h\n"), WRAPPED_BAD, 2},
        {S_INIT("azfob-wrapped 1\nkey: https://\n"), WRAPPED_BAD, 2},
        {S_INIT("azfob-wrapped 1\nkey: https://h x\n"), WRAPPED_BAD, 2},
        {S_INIT("azfob-wrapped 1\nkey: https://h\033\n"), WRAPPED_BAD, 2},
        {S_INIT("azfob-wrapped 1\nkey: https://h\0\n"), WRAPPED_BAD, 2},
        {S_INIT("azfob-wrapped 1\nalgorithm: A\nkey: https://h\n"), WRAPPED_BAD, 2},
        {S_INIT("azfob-wrapped 1\nkey: https://h\nalgorithm: \n"), WRAPPED_BAD, 3},
        {S_INIT("azfob-wrapped 1\nkey: https://h\nalgorithm: A B\n"), WRAPPED_BAD, 3},
        {S_INIT("azfob-wrapped 1\nkey: https://h\nalgorithm: A\"\n"), WRAPPED_BAD, 3},
        {S_INIT("azfob-wrapped 1\nkey: https://h\nkey: https://h\n"), WRAPPED_BAD, 3},
        {S_INIT("azfob-wrapped 1\nkey: https://h\nalgorithm: A\n"), WRAPPED_BAD, 4},
        {S_INIT("azfob-wrapped 1\nkey: https://h\nalgorithm: A\nvalue: \n"), WRAPPED_BAD, 4},
        {S_INIT("azfob-wrapped 1\nkey: https://h\nalgorithm: A\nvalue: Zg==\n"), WRAPPED_BAD, 4},
        {S_INIT("azfob-wrapped 1\nkey: https://h\nalgorithm: A\nvalue: Zh\n"), WRAPPED_BAD, 4}, /* bits left over */
        {S_INIT("azfob-wrapped 1\nkey: https://h\nalgorithm: A\nvalue: AA+/\n"), WRAPPED_BAD, 4},
        {S_INIT("azfob-wrapped 1\nkey: https://h\nalgorithm: A\nvalue: AAAA \n"), WRAPPED_BAD, 4},
        {S_INIT("azfob-wrapped 1\nkey: https://h\nalgorithm: A\nvalue: AAAA\n\n"), WRAPPED_BAD, 5},
        {S_INIT("azfob-wrapped 1\nkey: https://h\nalgorithm: A\nvalue: AAAA\niv: AAAA\n"), WRAPPED_BAD, 5},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct wrapped out;
        unsigned line = 0;
        assert_int_equal(read_text(rows[i].text, &out, &line), rows[i].verdict);
        assert_int_equal(line, rows[i].line);
    }
}

static void test_a_value_of_the_largest_size_fits_and_one_byte_more_does_not(void **state)
{
    static uint8_t value[WRAPPED_VALUE_BYTES_MAX + 1], room[WRAPPED_TEXT_BYTES_MAX];
    struct buf text = BUF(room);
    struct wrapped in = {S(KEY), S("RSA-OAEP-256"), {value, WRAPPED_VALUE_BYTES_MAX}}, out;
    unsigned line;
    (void)state;
    memset(value, 0xfb, sizeof value);
    assert_true(wrapped_write(&in, &text));
    assert_int_equal(read_text(buf_slice(&text), &out, &line), WRAPPED_OK);
    assert_slice(out.value, in.value);

    /* By hand, since it is not written. */
    text.len--;
    buf_text(&text, "-_v7\n");
    assert_int_equal(read_text(buf_slice(&text), &out, &line), WRAPPED_BAD);
    assert_int_equal(line, 4);
    in.value.len++;
    text.len = 0;
    assert_false(wrapped_write(&in, &text));
}

static void test_nothing_is_written_that_could_not_be_read(void **state)
{
    static const struct wrapped rows[] = {
        {S_INIT(""), S_INIT("A"), S_INIT("x")},
        {S_INIT("http://h"), S_INIT("A"), S_INIT("x")},
        {S_INIT("https://h\nalgorithm: B"), S_INIT("A"), S_INIT("x")},
        {S_INIT("https://h"), S_INIT(""), S_INIT("x")},
        {S_INIT("https://h"), S_INIT("A\n"), S_INIT("x")},
        {S_INIT("https://h"), S_INIT("A"), S_INIT("")},
    };
    uint8_t room[64];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf text = BUF(room);
        assert_false(wrapped_write(&rows[i], &text));
        assert_int_equal(text.len, 0);
    }
    for (size_t cap = 0; cap < S(TEXT).len; cap++) {
        struct wrapped in = {S(KEY), S("RSA-OAEP-256"), bytes};
        struct buf text = {guarded_room(cap), 0, cap, false};
        assert_false(wrapped_write(&in, &text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_written_is_read_back),
        cmocka_unit_test(test_an_editor_s_line_ends_and_a_lost_last_one_do_no_harm),
        cmocka_unit_test(test_a_text_cut_anywhere_is_refused_or_lost_only_its_end),
        cmocka_unit_test(test_each_mistake_is_told_by_its_line),
        cmocka_unit_test(test_a_value_of_the_largest_size_fits_and_one_byte_more_does_not),
        cmocka_unit_test(test_nothing_is_written_that_could_not_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
