#include "lib/cm.h"

#include "lib/apart.h"
#include "system/process.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* The kernel's own headers are not there beside musl: seccomp(2), capabilities(7), bpf as in linux/filter.h. */
enum {
    NO_SETUID_FIXUP = 1 << 2,
    MODE_FILTER = 2,
    LOAD_WORD = 0x20,
    JUMP_IF_EQUAL = 0x15,
    ANSWER = 0x06,
    ANSWER_ERROR = 0x00050000,
    ANSWER_ALLOW = 0x7fff0000
};
struct filter_step {
    uint16_t code;
    uint8_t if_true, if_false;
    uint32_t operand;
};
struct filter {
    unsigned short steps;
    const struct filter_step *step;
};

static void handler(int number)
{
    (void)number;
}

/* --- harden --- */

static int occupy_all(void)
{
    struct stat here;
    char byte;
    for (int fd = 0; fd <= 2; fd++)
        close(fd);
    process_harden();
    for (int fd = 0; fd <= 2; fd++) {
        HOLDS(fstat(fd, &here) == 0);
        HOLDS(write(fd, "x", 1) < 0 && errno == EBADF);
        HOLDS(read(fd, &byte, 1) < 0 && errno == EBADF);
        HOLDS(fcntl(fd, F_GETFD) == FD_CLOEXEC); /* to CMD it is closed, as it was to us */
    }
    int next = open("/", O_PATH);
    HOLDS(next == 3);
    return 0;
}

static int occupy_one(void)
{
    int ends[2];
    struct stat before, after;
    HOLDS(pipe(ends) == 0 && dup2(ends[0], 0) == 0 && dup2(ends[1], 2) == 2);
    close(ends[0]);
    close(ends[1]);
    close(1);
    HOLDS(fstat(0, &before) == 0);
    process_harden();
    HOLDS(fstat(0, &after) == 0 && before.st_ino == after.st_ino && fcntl(0, F_GETFD) == 0);
    HOLDS(write(2, "x", 1) == 1);
    HOLDS(write(1, "x", 1) < 0 && errno == EBADF);
    HOLDS(open("/", O_PATH) == 3);
    return 0;
}

static void test_a_closed_standard_descriptor_stays_as_good_as_closed(void **state)
{
    (void)state;
    assert_int_equal(apart(occupy_all), 0);
    assert_int_equal(apart(occupy_one), 0);
}

static int no_dump(void)
{
    struct rlimit given = {4096, 8192}, now;
    HOLDS(setrlimit(RLIMIT_CORE, &given) == 0);
    HOLDS(prctl(PR_SET_DUMPABLE, 1) == 0);
    process_harden();
    HOLDS(prctl(PR_GET_DUMPABLE) == 0);
    HOLDS(getrlimit(RLIMIT_CORE, &now) == 0 && now.rlim_cur == 0 && now.rlim_max == 8192);
    process_restore();
    HOLDS(getrlimit(RLIMIT_CORE, &now) == 0 && now.rlim_cur == 4096 && now.rlim_max == 8192);
    return 0;
}

static void test_no_core_dump_is_made_until_the_limit_is_given_back(void **state)
{
    (void)state;
    assert_int_equal(apart(no_dump), 0);
}

static bool is_mask(const sigset_t *wanted)
{
    sigset_t now;
    bool same = sigprocmask(SIG_SETMASK, NULL, &now) == 0;
    for (int number = 1; number < NSIG; number++)
        same = same && sigismember(&now, number) == sigismember(wanted, number);
    return same;
}

static int signals_given_back(void)
{
    sigset_t given, none;
    struct sigaction action;
    sigemptyset(&none);
    sigemptyset(&given);
    sigaddset(&given, SIGTERM);
    sigaddset(&given, SIGUSR1);
    HOLDS(sigprocmask(SIG_SETMASK, &given, NULL) == 0);
    HOLDS(signal(SIGHUP, SIG_IGN) != SIG_ERR && signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    process_harden();
    HOLDS(is_mask(&none));
    /* What we do with them ourselves. */
    HOLDS(signal(SIGPIPE, SIG_IGN) != SIG_ERR && signal(SIGTERM, handler) != SIG_ERR &&
          signal(SIGHUP, handler) != SIG_ERR);
    process_restore();
    HOLDS(is_mask(&given));
    HOLDS(sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler == SIG_IGN);
    HOLDS(sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
    HOLDS(sigaction(SIGTERM, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
    return 0;
}

static void test_signals_are_given_back_as_they_came(void **state)
{
    (void)state;
    assert_int_equal(apart(signals_given_back), 0);
}

/* --- become: these need root, as the product does for --user --- */

static bool is_user(uid_t user, gid_t group)
{
    uid_t u[3];
    gid_t g[3];
    if (getresuid(&u[0], &u[1], &u[2]) || getresgid(&g[0], &g[1], &g[2]))
        return false;
    for (int i = 0; i < 3; i++)
        if (u[i] != user || g[i] != group)
            return false;
    return true;
}

static int become_another(void)
{
    gid_t groups[2] = {7, 8};
    HOLDS(geteuid() == 0 && setgroups(2, groups) == 0);
    HOLDS(!failed(process_become(65534, 70000)));
    HOLDS(is_user(65534, 70000) && getgroups(0, NULL) == 0);
    HOLDS(setuid(0) < 0 && setgid(0) < 0 && seteuid(0) < 0);
    return 0;
}

static int become_root_again(void)
{
    HOLDS(geteuid() == 0 && setegid(7) == 0);
    HOLDS(!failed(process_become(0, 0)));
    HOLDS(is_user(0, 0) && getgroups(0, NULL) == 0);
    return 0;
}

static int become_without_the_right(void)
{
    HOLDS(geteuid() == 0 && setgroups(0, NULL) == 0 && setresgid(7, 7, 7) == 0 && setresuid(1000, 1000, 1000) == 0);
    err e = process_become(1001, 1001);
    HOLDS(e->message == M_PROCESS_USER && e->number[0] == 1001);
    HOLDS(slice_equal(e->arg[0], S("operation not permitted")));
    return 0;
}

/* Capabilities that survive a change of the user, as a run-time may set it up: then it is none. */
static int become_with_capabilities_kept(void)
{
    HOLDS(geteuid() == 0 && prctl(PR_SET_SECUREBITS, NO_SETUID_FIXUP) == 0);
    err e = process_become(65534, 65534);
    HOLDS(e->message == M_PROCESS_USER && e->number[0] == 65534);
    HOLDS(slice_equal(e->arg[0], S("it could be undone")));
    return 0;
}

static void test_another_user_is_become_whole_and_for_good(void **state)
{
    (void)state;
    assert_int_equal(apart(become_another), 0);
    assert_int_equal(apart(become_root_again), 0);
}

static void test_a_user_that_cannot_be_become_is_told(void **state)
{
    (void)state;
    assert_int_equal(apart(become_without_the_right), 0);
    assert_int_equal(apart(become_with_capabilities_kept), 0);
}

/* --- descriptors --- */

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static int close_from_twenty(void)
{
    static const int kept[] = {0, 1, 2, 10, 19}, closed[] = {20, 21, 500, 1023};
    for (size_t i = 0; i < COUNT(kept); i++)
        HOLDS(is_open(kept[i]) || dup2(0, kept[i]) == kept[i]);
    for (size_t i = 0; i < COUNT(closed); i++)
        HOLDS(dup2(0, closed[i]) == closed[i]);
    process_close_from(20);
    for (size_t i = 0; i < COUNT(kept); i++)
        HOLDS(is_open(kept[i]));
    for (size_t i = 0; i < COUNT(closed); i++)
        HOLDS(!is_open(closed[i]));
    return 0;
}

/* As if the kernel were older than the call. */
static int close_from_without_the_call(void)
{
    static const struct filter_step steps[] = {
        {LOAD_WORD, 0, 0, 0}, /* the number of the call */
        {JUMP_IF_EQUAL, 0, 1, SYS_close_range},
        {ANSWER, 0, 0, ANSWER_ERROR | ENOSYS},
        {ANSWER, 0, 0, ANSWER_ALLOW},
    };
    HOLDS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    HOLDS(prctl(PR_SET_SECCOMP, MODE_FILTER, &(struct filter){COUNT(steps), steps}) == 0);
    HOLDS(syscall(SYS_close_range, 100, 101, 0) < 0 && errno == ENOSYS);
    return close_from_twenty();
}

static void test_all_descriptors_from_one_on_are_closed(void **state)
{
    (void)state;
    assert_int_equal(apart(close_from_twenty), 0);
    assert_int_equal(apart(close_from_without_the_call), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_closed_standard_descriptor_stays_as_good_as_closed),
        cmocka_unit_test(test_no_core_dump_is_made_until_the_limit_is_given_back),
        cmocka_unit_test(test_signals_are_given_back_as_they_came),
        cmocka_unit_test(test_another_user_is_become_whole_and_for_good),
        cmocka_unit_test(test_a_user_that_cannot_be_become_is_told),
        cmocka_unit_test(test_all_descriptors_from_one_on_are_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
