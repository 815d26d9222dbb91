#include "lib/cm.h"

#include "lib/guard.h"
#include "output/print.h"

/* Measured, composed into exactly that much room, which ends at an unreadable page. */
static err compose(enum format format, const struct named *entry, size_t entries, slice *out)
{
    size_t bytes;
    err e = print_measure(format, entry, entries, &bytes);
    if (failed(e))
        return e;
    struct buf room = {guarded_room(bytes), 0, bytes, false};
    print_compose(format, entry, entries, &room);
    assert_false(room.full);
    *out = buf_slice(&room);
    return e;
}

static const struct named two[] = {{S_INIT("db-password"), S_INIT("it's \"50%\"\\n")}, {S_INIT("Empty1"), S_INIT("")}};

static void test_each_format_says_names_and_values_in_the_order_asked(void **state)
{
    (void)state;
    static const struct {
        enum format format;
        slice want;
    } rows[] = {
        {FORMAT_JSON, S_INIT("{\"db-password\": \"it's \\\"50%\\\"\\\\n\", \"Empty1\": \"\"}\n")},
        {FORMAT_ENV, S_INIT("db_password='it'\\''s \"50%\"\\n'\nEmpty1=''\n")},
        {FORMAT_DOTENV, S_INIT("db_password='it\\'s \"50%\"\\\\n'\nEmpty1=''\n")},
        {FORMAT_NULL, S_INIT("it's \"50%\"\\n\0\0")},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        slice out = S("");
        assert_int_equal(err_message(compose(rows[i].format, two, COUNT(two), &out)), M_NONE);
        assert_slice(out, rows[i].want);
    }
}

static void test_what_a_format_cannot_say_is_named_and_never_altered(void **state)
{
    (void)state;
    enum { J = 1 << FORMAT_JSON, E = 1 << FORMAT_ENV, D = 1 << FORMAT_DOTENV, N = 1 << FORMAT_NULL };
    static const struct {
        slice value;
        unsigned good;
    } rows[] = {
        {S_INIT("a\0b"), J},
        {S_INIT("\0"), J},
        {S_INIT("\xff"), E | N},
        {S_INIT("a\xc3"), E | N},
        {S_INIT("\xed\xa0\x80"), E | N}, /* a surrogate */
        {S_INIT("${HOME}"), J | E | N},
        {S_INIT("x${"), J | E | N},
        {S_INIT("$HOME $("), J | E | D | N},
        {S_INIT("C:\\"), J | E | N},
        {S_INIT("\\'"), J | E | D | N},
        {S_INIT("a\r\nb"), J | E | D | N},
        {S_INIT("\x7f\x01\x1b[0m"), J | E | D | N},
        {S_INIT("\xf0\x9f\x94\x91"), J | E | D | N},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        for (unsigned format = FORMAT_JSON; format <= FORMAT_NULL; format++) {
            struct named entry[] = {{S("first"), S("x")}, {S("second"), guarded(rows[i].value)}};
            slice out = S("");
            err e = compose((enum format)format, entry, 2, &out);
            assert_int_equal(failed(e), !(rows[i].good >> format & 1));
            if (failed(e)) {
                assert_int_equal(err_message(e), M_PRINT_TEXT);
                assert_int_equal(err_status(e), EXIT_IS_DATA);
                assert_slice(e->arg[0], S("second"));
            }
        }
}

static void test_a_name_that_starts_with_a_digit_is_no_variable(void **state)
{
    (void)state;
    struct named entry = {S("1st"), S("x")};
    slice out;
    assert_int_equal(err_message(compose(FORMAT_ENV, &entry, 1, &out)), M_PRINT_NAME);
    assert_int_equal(err_message(compose(FORMAT_DOTENV, &entry, 1, &out)), M_PRINT_NAME);
    assert_int_equal(err_message(compose(FORMAT_JSON, &entry, 1, &out)), M_NONE);
    assert_int_equal(err_message(compose(FORMAT_NULL, &entry, 1, &out)), M_NONE);
}

static void test_what_is_measured_is_always_enough(void **state)
{
    (void)state;
    static uint8_t worst[4][256];
    static const uint8_t fill[4] = {1, '\'', '\\', '"'};
    for (size_t i = 0; i < 4; i++) {
        memset(worst[i], fill[i], sizeof worst[i] - 1);
        worst[i][sizeof worst[i] - 1] = '.';
        for (unsigned format = FORMAT_JSON; format <= FORMAT_NULL; format++) {
            struct named entry[] = {{S("a"), {worst[i], sizeof worst[i]}}, {S("b"), S("\r")}};
            slice out = S("");
            assert_int_equal(err_message(compose((enum format)format, entry, 2, &out)), M_NONE);
        }
    }
}

static void test_no_secrets_at_all_are_an_empty_answer(void **state)
{
    (void)state;
    slice out = S("x");
    assert_int_equal(err_message(compose(FORMAT_JSON, NULL, 0, &out)), M_NONE);
    assert_slice(out, S("{}\n"));
    assert_int_equal(err_message(compose(FORMAT_ENV, NULL, 0, &out)), M_NONE);
    assert_slice(out, S(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_format_says_names_and_values_in_the_order_asked),
        cmocka_unit_test(test_what_a_format_cannot_say_is_named_and_never_altered),
        cmocka_unit_test(test_a_name_that_starts_with_a_digit_is_no_variable),
        cmocka_unit_test(test_what_is_measured_is_always_enough),
        cmocka_unit_test(test_no_secrets_at_all_are_an_empty_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
