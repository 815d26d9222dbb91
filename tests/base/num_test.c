#include "lib/cm.h"
#include "lib/guard.h"

#include "base/num.h"

struct row {
    slice text;
    bool good;
    uint64_t n;
};

static void assert_rows(const struct row *rows, size_t count, bool (*read)(slice text, uint64_t *out))
{
    for (size_t i = 0; i < count; i++) {
        uint64_t n = 77;
        assert_int_equal(read(guarded(rows[i].text), &n), rows[i].good);
        assert_true(n == (rows[i].good ? rows[i].n : 77));
    }
}

static void test_decimal_is_digits_and_overflow_is_an_answer(void **state)
{
    static const struct row rows[] = {
        {S_INIT("0"), true, 0},
        {S_INIT("007"), true, 7},
        {S_INIT("18446744073709551615"), true, UINT64_MAX},
        {S_INIT("00018446744073709551615"), true, UINT64_MAX},
        {S_INIT("18446744073709551616"), false, 0},
        {S_INIT("18446744073709551620"), false, 0},
        {S_INIT("99999999999999999999"), false, 0},
        {S_INIT("184467440737095516150"), false, 0},
        {S_INIT(""), false, 0},
        {S_INIT("-1"), false, 0},
        {S_INIT("+1"), false, 0},
        {S_INIT(" 1"), false, 0},
        {S_INIT("1 "), false, 0},
        {S_INIT("1a"), false, 0},
        {S_INIT("a"), false, 0},
        {S_INIT("1\0"), false, 0},
        {S_INIT("0x1"), false, 0},
        {S_INIT("1.0"), false, 0},
    };
    (void)state;
    assert_rows(rows, COUNT(rows), num_decimal);
}

static void test_octal_is_digits_to_7(void **state)
{
    static const struct row rows[] = {
        {S_INIT("0400"), true, 0400},
        {S_INIT("777"), true, 0777},
        {S_INIT("1777777777777777777777"), true, UINT64_MAX},
        {S_INIT("2000000000000000000000"), false, 0},
        {S_INIT("8"), false, 0},
        {S_INIT("0o400"), false, 0},
        {S_INIT(""), false, 0},
    };
    (void)state;
    assert_rows(rows, COUNT(rows), num_octal);
}

static void test_a_hex_digit_has_either_case(void **state)
{
    static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        const char *found = c ? strchr(lower, (int)c) : NULL, *other = c ? strchr(upper, (int)c) : NULL;
        int want = found ? (int)(found - lower) : other ? (int)(other - upper) : -1;
        assert_int_equal(num_hex_digit((uint8_t)c), want);
    }
}

static void test_a_duration_has_a_unit_and_is_a_day_at_most(void **state)
{
    static const struct row rows[] = {
        {S_INIT("500ms"), true, 500},
        {S_INIT("30s"), true, 30000},
        {S_INIT("5m"), true, 300000},
        {S_INIT("24h"), true, DURATION_MS_MAX},
        {S_INIT("1440m"), true, DURATION_MS_MAX},
        {S_INIT("86400s"), true, DURATION_MS_MAX},
        {S_INIT("86400000ms"), true, DURATION_MS_MAX},
        {S_INIT("0s"), true, 0},
        {S_INIT("25h"), false, 0},
        {S_INIT("1441m"), false, 0},
        {S_INIT("86401s"), false, 0},
        {S_INIT("86400001ms"), false, 0},
        {S_INIT("5124095576030431h"), false, 0}, /* would wrap */
        {S_INIT("18446744073709551616ms"), false, 0},
        {S_INIT(""), false, 0},
        {S_INIT("5"), false, 0},
        {S_INIT("s"), false, 0},
        {S_INIT("5 s"), false, 0},
        {S_INIT("-5s"), false, 0},
        {S_INIT("5S"), false, 0},
        {S_INIT("5sec"), false, 0},
        {S_INIT("1.5s"), false, 0},
        {S_INIT("1m30s"), false, 0},
        {S_INIT("5d"), false, 0},
        {S_INIT("5us"), false, 0},
    };
    (void)state;
    assert_rows(rows, COUNT(rows), num_duration_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimal_is_digits_and_overflow_is_an_answer),
        cmocka_unit_test(test_octal_is_digits_to_7),
        cmocka_unit_test(test_a_hex_digit_has_either_case),
        cmocka_unit_test(test_a_duration_has_a_unit_and_is_a_day_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
