#include "lib/cm.h"
#include "lib/guard.h"

#include "base/utc.h"

static void test_known_seconds_are_known_dates(void **state)
{
    static const struct {
        int64_t seconds;
        slice text;
    } rows[] = {
        {0, S_INIT("1970-01-01T00:00:00Z")},
        {86399, S_INIT("1970-01-01T23:59:59Z")},
        {951782400, S_INIT("2000-02-29T00:00:00Z")},
        {1709251199, S_INIT("2024-02-29T23:59:59Z")},
        {1709251200, S_INIT("2024-03-01T00:00:00Z")},
        {1729281097, S_INIT("2024-10-18T19:51:37Z")},
        {2147483648, S_INIT("2038-01-19T03:14:08Z")},
        {4107542400, S_INIT("2100-03-01T00:00:00Z")},
        {253402300799, S_INIT("9999-12-31T23:59:59Z")},
        {253402300800, S_INIT("9999-12-31T23:59:59Z")},
        {INT64_MAX, S_INIT("9999-12-31T23:59:59Z")},
        {-1, S_INIT("1970-01-01T00:00:00Z")},
        {INT64_MIN, S_INIT("1970-01-01T00:00:00Z")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf to = {guarded_room(UTC_TEXT_BYTES), 0, UTC_TEXT_BYTES, false};
        utc_write(&to, rows[i].seconds);
        assert_slice(buf_slice(&to), rows[i].text);
    }
}

/* The calendar counted one day at a time, by the rule that everybody knows, is the judge. */
static void test_each_day_of_ten_thousand_years_has_its_number(void **state)
{
    int64_t want = -719162, days;
    (void)state;
    for (int64_t year = 1; year <= 9999; year++) {
        for (int64_t month = 1; month <= 12; month++) {
            bool leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
            int64_t last = month == 2 ? 28 + leap : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
            for (int64_t day = 1; day <= last; day++, want++) {
                if (!utc_days(year, month, day, &days) || days != want)
                    assert_int_equal(days, want);
            }
            assert_false(utc_days(year, month, last + 1, &days));
            assert_false(utc_days(year, month, 0, &days));
        }
    }
}

static void test_what_is_no_date_has_no_number(void **state)
{
    static const int64_t dates[][3] = {
        {0, 1, 1},
        {-1, 1, 1},
        {10000, 1, 1},
        {2024, 0, 1},
        {2024, 13, 1},
        {2023, 2, 29},
        {1900, 2, 29},
        {INT64_MAX, 1, 1},
        {INT64_MIN, 1, 1},
        {2024, INT64_MAX, 1},
        {2024, INT64_MIN, 1},
        {2024, 1, INT64_MAX},
        {2024, 1, INT64_MIN},
    };
    int64_t days = 77;
    (void)state;
    for (size_t i = 0; i < COUNT(dates); i++)
        assert_false(utc_days(dates[i][0], dates[i][1], dates[i][2], &days));
    assert_true(days == 77);
}

static void test_a_written_day_is_the_day_of_its_number(void **state)
{
    (void)state;
    for (int64_t year = 1970; year <= 9999; year += 7) {
        uint8_t room[UTC_TEXT_BYTES], want_room[UTC_TEXT_BYTES];
        struct buf have = BUF(room), want = BUF(want_room);
        int64_t month = year % 12 + 1, day = year % 28 + 1, days;
        assert_true(utc_days(year, month, day, &days));
        utc_write(&have, days * 86400);
        buf_padded(&want, (uint64_t)year, 4);
        buf_byte(&want, '-');
        buf_padded(&want, (uint64_t)month, 2);
        buf_byte(&want, '-');
        buf_padded(&want, (uint64_t)day, 2);
        buf_text(&want, "T00:00:00Z");
        assert_slice(buf_slice(&have), buf_slice(&want));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_seconds_are_known_dates),
        cmocka_unit_test(test_each_day_of_ten_thousand_years_has_its_number),
        cmocka_unit_test(test_what_is_no_date_has_no_number),
        cmocka_unit_test(test_a_written_day_is_the_day_of_its_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
