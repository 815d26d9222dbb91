#include "lib/cm.h"
#include "lib/guard.h"

#include "wire/date.h"

struct row {
    slice text;
    int64_t seconds;
};

static const struct row http[] = {
    /* RFC 9110 section 5.6.7 */
    {S_INIT("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777},
    {S_INIT("Sunday, 06-Nov-94 08:49:37 GMT"), 784111777},
    {S_INIT("Sun Nov  6 08:49:37 1994"), 784111777},
    {S_INIT("Mon Nov 16 08:49:37 1994"), 784975777}, /* the day's name is not checked */
    {S_INIT("Thu, 01 Jan 1970 00:00:00 GMT"), 0},
    {S_INIT("Wed, 31 Dec 1969 23:59:59 GMT"), -1},
    {S_INIT("Thu, 29 Feb 2024 23:59:60 GMT"), 1709251200}, /* a leap second is the next one */
    {S_INIT("Fri, 31 Dec 9999 23:59:59 GMT"), 253402300799},
    {S_INIT("Tue, 19-Jan-38 03:14:08 GMT"), 2147483648},
    {S_INIT("Thu, 01-Jan-70 00:00:00 GMT"), 0},
};

static const struct row any[] = {
    {S_INIT("06/19/2019 23:42:01 +00:00"), 1560987721},
    {S_INIT("1/16/2020 5:24:12 AM +00:00"), 1579152252},
    {S_INIT("1/16/2020 5:24:12 PM +00:00"), 1579195452},
    {S_INIT("1/16/2020 12:24:12 AM +00:00"), 1579134252},
    {S_INIT("1/16/2020 12:24:12 PM +00:00"), 1579177452},
    {S_INIT("09/14/2017 00:00:00 PM +00:00"), 1505347200}, /* 24 h with PM */
    {S_INIT("09/14/2017 13:00:00 PM +00:00"), 1505394000},
    {S_INIT("09/14/2017 13:00:00"), 1505394000},
    {S_INIT("2024-10-18T19:51:37.0000000+00:00"), 1729281097},
    {S_INIT("2024-10-18T19:51:37.9999999Z"), 1729281097},
    {S_INIT("2024-10-18T21:51:37+02:00"), 1729281097},
    {S_INIT("2024-10-18T16:21:37-03:30"), 1729281097},
    {S_INIT("2024-10-18t19:51:37z"), 1729281097},
    {S_INIT("2024-10-18 19:51:37"), 1729281097},
    {S_INIT("2024-10-18 19:51:37 +00:00"), 1729281097},
    {S_INIT("10/18/2024 21:51:37 +02:00"), 1729281097},
    {S_INIT("2000-02-29T00:00:00Z"), 951782400},
    {S_INIT("0001-01-01T00:00:00+23:59"), -62135683140},
};

static void test_each_form_that_servers_send_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(http); i++) {
        int64_t seconds = 77;
        assert_true(date_http(guarded(http[i].text), &seconds));
        assert_true(seconds == http[i].seconds);
        assert_false(date_any(guarded(http[i].text), &seconds));
    }
    for (size_t i = 0; i < COUNT(any); i++) {
        int64_t seconds = 77;
        assert_true(date_any(guarded(any[i].text), &seconds));
        assert_true(seconds == any[i].seconds);
        assert_false(date_http(guarded(any[i].text), &seconds));
    }
}

static void test_what_is_no_date_leaves_the_seconds_alone(void **state)
{
    static const slice texts[] = {
        S_INIT(""),
        S_INIT("-1"),
        S_INIT("0"),
        S_INIT("1586984735"),
        S_INIT(" Sun, 06 Nov 1994 08:49:37 GMT"),
        S_INIT("Sun, 06 Nov 1994 08:49:37 GMT "),
        S_INIT("Sun, 06 Nov 1994 08:49:37"),
        S_INIT("Sun, 06 Nov 1994 08:49:37 UTC"),
        S_INIT("Sun, 06 Nov 1994 08:49:37 +0000"),
        S_INIT("Sun, 6 Nov 1994 08:49:37 GMT"),
        S_INIT("Sun, 06 Nov 94 08:49:37 GMT"),
        S_INIT("Sun, 06 Nvo 1994 08:49:37 GMT"),
        S_INIT("Sun, 00 Nov 1994 08:49:37 GMT"),
        S_INIT("Sun, 31 Nov 1994 08:49:37 GMT"),
        S_INIT("Sun, 29 Feb 1900 08:49:37 GMT"),
        S_INIT("Sun, 06 Nov 0000 08:49:37 GMT"),
        S_INIT("Sun, 06 Nov 1994 24:00:00 GMT"),
        S_INIT("Sun, 06 Nov 1994 08:60:37 GMT"),
        S_INIT("Sun, 06 Nov 1994 08:49:61 GMT"),
        S_INIT("Sun, 06 Nov 1994 8:49:37 GMT"),
        S_INIT(", 06 Nov 1994 08:49:37 GMT"),
        S_INIT("Sun Nov 6 08:49:37 1994"),
        S_INIT("Sun Nov  16 08:49:37 1994"),
        S_INIT("13/01/2020 05:24:12"),
        S_INIT("Sun, 006 Nov 1994 08:49:37 GMT"),
        S_INIT("Sun, 06 Nov 1994 008:49:37 GMT"),
        S_INIT("Sun, 06 Nov 1994 08:049:37 GMT"),
        S_INIT("Sun, 06 Nov 1994 08:49:037 GMT"),
        S_INIT("Sunday, 06-Nov-094 08:49:37 GMT"),
        S_INIT("Sunday, 06-Nov-1994 08:49:37 GMT"),
        S_INIT("2024-010-18T19:51:37"),
        S_INIT("2024-10-018T19:51:37"),
        S_INIT("001/16/2020 5:24:12"),
        S_INIT("1/016/2020 5:24:12"),
        S_INIT("2024-10-18T19:51:37+000:00"),
        S_INIT("2024-10-18T19:51:37+00:000"),
        S_INIT("0/01/2020 05:24:12"),
        S_INIT("1/16/20 05:24:12"),
        S_INIT("1/16/2020"),
        S_INIT("1/16/2020 5:24"),
        S_INIT("1/16/2020 5:24:12 XM"),
        S_INIT("1/16/2020 5:24:12 AM PM"),
        S_INIT("1/16/2020 5:24:12 00:00"),
        S_INIT("2024-10-18"),
        S_INIT("2024-10-18T19:51"),
        S_INIT("2024-10-18X19:51:37"),
        S_INIT("2024-10-18T19:51:37."),
        S_INIT("2024-10-18T19:51:37.Z"),
        S_INIT("2024-10-18T19:51:37+00"),
        S_INIT("2024-10-18T19:51:37+0000"),
        S_INIT("2024-10-18T19:51:37+24:00"),
        S_INIT("2024-10-18T19:51:37+00:60"),
        S_INIT("2024-10-18T19:51:37+00:00Z"),
        S_INIT("2024-10-18T19:51:37 "),
        S_INIT("2024-10-18T19:51:37  +00:00"),
        S_INIT("2024-1-18T19:51:37"),
        S_INIT("02024-10-18T19:51:37"),
        S_INIT("+2024-10-18T19:51:37"),
        S_INIT("2024-10-18T-9:51:37"),
        S_INIT("2023-02-29T19:51:37"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        int64_t seconds = 77;
        assert_false(date_http(guarded(texts[i]), &seconds));
        assert_false(date_any(guarded(texts[i]), &seconds));
        assert_true(seconds == 77);
    }
}

/* What is read of a date that is cut short is either no date or the same day and clock without what was cut. */
static void test_a_date_cut_short_is_no_other_http_date(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(http); i++) {
        for (size_t n = 0; n < http[i].text.len; n++) {
            int64_t seconds = 77;
            assert_false(date_http(guarded(slice_first(http[i].text, n)), &seconds));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_form_that_servers_send_is_read),
        cmocka_unit_test(test_what_is_no_date_leaves_the_seconds_alone),
        cmocka_unit_test(test_a_date_cut_short_is_no_other_http_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
