#include "lib/cm.h"

#include "lib/guard.h"
#include "system/random.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the kernel answers, in turn; then it answers itself. */
static const int *errors;
static size_t failures, asked;

ssize_t getrandom(void *bytes, size_t len, unsigned flags)
{
    asked++;
    if (flags != GRND_NONBLOCK) {
        errno = EINVAL;
        return -1;
    }
    if (failures == 0)
        return syscall(SYS_getrandom, bytes, len, flags);
    failures--;
    errno = *errors++;
    return -1;
}

static enum random fill_after(const int *errors_then, size_t count, uint8_t *bytes, size_t len)
{
    errors = errors_then;
    failures = count;
    asked = 0;
    return random_fill(bytes, len);
}

static void test_all_of_the_bytes_are_filled_and_never_the_same(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 256; len += 16) {
        uint8_t *one = guarded_room(len), *two = guarded_room(len);
        assert_int_equal(fill_after(NULL, 0, one, len), RANDOM_OK);
        assert_int_equal(fill_after(NULL, 0, two, len), RANDOM_OK);
        /* Sixteen bytes that are left as they were, or are the same twice: once in 2^128. */
        for (size_t i = 0; i + 16 <= len; i += 16) {
            assert_true(memcmp(one + i, two + i, 16) != 0);
            assert_true(memcmp(one + i, "\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5", 16) != 0);
        }
    }
}

static void test_a_signal_in_between_is_no_failure(void **state)
{
    static const int errors_then[] = {EINTR, EINTR, EINTR};
    uint8_t bytes[32];
    (void)state;
    assert_int_equal(fill_after(errors_then, 3, bytes, sizeof bytes), RANDOM_OK);
    assert_int_equal(asked, 4);
}

static void test_not_yet_is_told_from_never(void **state)
{
    static const struct {
        int error;
        enum random verdict;
    } rows[] = {{EAGAIN, RANDOM_LATER}, {ENOSYS, RANDOM_NEVER}, {EPERM, RANDOM_NEVER}, {EFAULT, RANDOM_NEVER}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t bytes[32];
        assert_int_equal(fill_after(&rows[i].error, 1, bytes, sizeof bytes), rows[i].verdict);
        assert_int_equal(asked, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_of_the_bytes_are_filled_and_never_the_same),
        cmocka_unit_test(test_a_signal_in_between_is_no_failure),
        cmocka_unit_test(test_not_yet_is_told_from_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
