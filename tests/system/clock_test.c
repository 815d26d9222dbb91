#include "lib/cm.h"

#include "system/clock.h"

#include <time.h>

#include "version.h"

/* Both clocks, as this test wants them: the program's own function is in the way of the libc's. */
static struct timespec monotonic, realtime;

int clock_gettime(clockid_t clock, struct timespec *now)
{
    *now = clock == CLOCK_MONOTONIC ? monotonic : realtime;
    return clock == CLOCK_MONOTONIC || clock == CLOCK_REALTIME ? 0 : -1;
}

static void test_milliseconds_are_cut_from_the_clock_that_nobody_can_set(void **state)
{
    static const struct {
        struct timespec now;
        int64_t ms;
    } rows[] = {
        {{0, 0}, 0},
        {{0, 999999}, 0},
        {{0, 1000000}, 1},
        {{5, 999999999}, 5999},
        {{100L * 365 * 86400, 1}, 100LL * 365 * 86400 * 1000},
    };
    (void)state;
    realtime = (struct timespec){7, 0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        monotonic = rows[i].now;
        assert_true(clock_ms() == rows[i].ms);
    }
}

static void test_a_clock_before_this_program_is_set_forward_where_certificates_are_judged(void **state)
{
    static const struct {
        int64_t now, floored;
    } rows[] = {
        {0, AZFOB_BUILD_DATE}, /* a machine without a clock starts in 1970 */
        {-1, AZFOB_BUILD_DATE},
        {AZFOB_BUILD_DATE - 1, AZFOB_BUILD_DATE},
        {AZFOB_BUILD_DATE, AZFOB_BUILD_DATE},
        {AZFOB_BUILD_DATE + 1, AZFOB_BUILD_DATE + 1},
        {AZFOB_BUILD_DATE * 2, AZFOB_BUILD_DATE * 2},
    };
    (void)state;
    monotonic = (struct timespec){7, 0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        realtime = (struct timespec){(time_t)rows[i].now, 999999999};
        assert_true(clock_unix() == rows[i].now);
        assert_true(clock_unix_floored() == rows[i].floored);
    }
    assert_true(AZFOB_BUILD_DATE > 1700000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_milliseconds_are_cut_from_the_clock_that_nobody_can_set),
        cmocka_unit_test(test_a_clock_before_this_program_is_set_forward_where_certificates_are_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
