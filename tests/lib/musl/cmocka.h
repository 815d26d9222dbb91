/* The few macros of cmocka that our tests use, for the build against musl, where there is no cmocka.
 *
 * Says what happens in TAP (the Test Anything Protocol), as cmocka does with CMOCKA_MESSAGE_OUTPUT=TAP. A failed assertion ends
 * its test, not the program.
 */
#ifndef AZFOB_TESTS_MUSL_CMOCKA_H
#define AZFOB_TESTS_MUSL_CMOCKA_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*run)(void **state);
};

static jmp_buf cmocka_end_of_test;

static inline _Noreturn void cmocka_fail(const char *what, const char *file, int line)
{
    printf("# %s:%d: %s\n", file, line, what);
    longjmp(cmocka_end_of_test, 1);
}

static inline void cmocka_same_number(uintmax_t a, uintmax_t b, int want, const char *what, const char *file, int line)
{
    if ((a == b) == want)
        return;
    printf("# %#jx, %#jx\n", a, b);
    cmocka_fail(what, file, line);
}

static inline int cmocka_run(const char *group, const struct CMUnitTest *tests, size_t count)
{
    /* volatile: it lives through longjmp. */
    volatile size_t failed = 0;
    setvbuf(stdout, NULL, _IONBF, 0);
    printf("1..%zu\n# %s, musl\n", count, group);
    for (volatile size_t i = 0; i < count; i++) {
        void *state = NULL;
        if (setjmp(cmocka_end_of_test) == 0) {
            tests[i].run(&state);
            printf("ok %zu - %s\n", i + 1, tests[i].name);
        } else {
            failed++;
            printf("not ok %zu - %s\n", i + 1, tests[i].name);
        }
    }
    return (int)failed;
}

/* clang-format off */
#define cmocka_unit_test(test) { #test, test }
/* clang-format on */
#define cmocka_run_group_tests(tests, setup, teardown)                                                                 \
    ((void)sizeof(setup), (void)sizeof(teardown), cmocka_run(#tests, tests, sizeof(tests) / sizeof((tests)[0])))

#define cmocka_assert(true_, what) ((true_) ? (void)0 : cmocka_fail(what, __FILE__, __LINE__))
#define cmocka_numbers(a, b, want, what)                                                                               \
    cmocka_same_number((uintmax_t)(a), (uintmax_t)(b), want, what, __FILE__, __LINE__)

#define assert_true(a)             cmocka_assert((a), #a)
#define assert_false(a)            cmocka_assert(!(a), "not " #a)
#define assert_null(a)             cmocka_assert((a) == NULL, #a " is NULL")
#define assert_non_null(a)         cmocka_assert((a) != NULL, #a " is not NULL")
#define assert_ptr_equal(a, b)     cmocka_assert((const void *)(a) == (const void *)(b), #a " is " #b)
#define assert_int_equal(a, b)     cmocka_numbers(a, b, 1, #a " == " #b)
#define assert_int_not_equal(a, b) cmocka_numbers(a, b, 0, #a " != " #b)
#define assert_in_range(a, low, high)                                                                                  \
    cmocka_assert((uintmax_t)(a) >= (uintmax_t)(low) && (uintmax_t)(a) <= (uintmax_t)(high), #a " is in range")
#define assert_string_equal(a, b)    cmocka_assert(strcmp((a), (b)) == 0, #a " reads " #b)
#define assert_memory_equal(a, b, n) cmocka_assert(memcmp((a), (b), (n)) == 0, #a " has the bytes of " #b)

#endif
