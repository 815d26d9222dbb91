#include "lib/cm.h"

#include "azure/answers.h"
#include "azure/retry.h"

static bool pause_of(enum retry_service service, unsigned status, slice fields, unsigned tries, uint32_t random,
                     uint32_t *pause)
{
    struct answer answer;
    assert_true(answer_with(&answer, status, fields, S("")));
    return retry_pause(service, &answer.head, tries, random, pause);
}

static void test_only_what_may_pass_is_asked_again(void **state)
{
    static const struct {
        unsigned status;
        bool imds, vault;
    } rows[] = {
        {400, false, false}, {401, false, false}, {403, false, false}, {404, true, false}, {405, false, false},
        {408, true, true},   {409, false, false}, {410, true, false},  {429, true, true},  {500, true, true},
        {502, true, true},   {503, true, true},   {504, true, true},   {599, true, true},  {301, false, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t pause;
        assert_int_equal(pause_of(RETRY_IMDS, rows[i].status, S(""), 1, 7, &pause), rows[i].imds);
        assert_int_equal(pause_of(RETRY_VAULT, rows[i].status, S(""), 1, 7, &pause), rows[i].vault);
    }
}

static void test_a_pause_grows_with_the_tries_and_stays_bounded(void **state)
{
    (void)state;
    for (unsigned tries = 1; tries < 100; tries++)
        for (uint32_t random = 0; random < 5; random++) {
            uint32_t pause;
            assert_true(pause_of(RETRY_VAULT, 429, S(""), tries, random * 0x33333333u, &pause));
            assert_true(pause >= 500 && pause <= 500 + 32000);
        }
    uint32_t pause;
    assert_true(pause_of(RETRY_IMDS, 500, S(""), 1, 0, &pause));
    assert_int_equal(pause, 1000); /* documented: at least a second */
    assert_true(pause_of(RETRY_IMDS, 410, S(""), 30, UINT32_MAX, &pause));
    assert_true(pause >= 5000 && pause <= 25000); /* 70 s of 410 are asked several times */
}

static void test_retry_after_is_a_floor_in_all_its_forms(void **state)
{
    static const struct {
        slice fields;
        uint32_t floor_ms;
    } rows[] = {
        {S_INIT("Retry-After: 7\r\n"), 7000},
        {S_INIT("retry-after-ms: 1500\r\n"), 1500},
        {S_INIT("x-ms-retry-after-ms: 2500\r\nRetry-After: 9\r\n"), 2500},
        {S_INIT("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:47 GMT\r\n"), 10000},
        {S_INIT("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:30 GMT\r\n"), 0},
        {S_INIT("Retry-After: Sun, 06 Nov 1994 08:49:47 GMT\r\n"), 0}, /* no Date to count from */
        {S_INIT("Retry-After: 99999999999\r\n"), 3600000},
        {S_INIT("Retry-After: 99999999999999999999999\r\n"), 0},
        {S_INIT("Retry-After: -1\r\n"), 0},
        {S_INIT("Retry-After: soon\r\n"), 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer answer;
        uint32_t pause;
        assert_true(answer_with(&answer, 503, rows[i].fields, S("")));
        assert_int_equal(retry_after_ms(&answer.head), rows[i].floor_ms);
        assert_true(retry_pause(RETRY_VAULT, &answer.head, 1, 0, &pause));
        assert_int_equal(pause, rows[i].floor_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_may_pass_is_asked_again),
        cmocka_unit_test(test_a_pause_grows_with_the_tries_and_stays_bounded),
        cmocka_unit_test(test_retry_after_is_a_floor_in_all_its_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
