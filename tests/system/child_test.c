#include "lib/cm.h"

#include "lib/apart.h"
#include "system/child.h"

#include <signal.h>
#include <sys/prctl.h>

static void handler(int number)
{
    (void)number;
}

/* But for those that the sanitizers keep for themselves. */
static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGCHLD, SIGWINCH};

static int look_at_signals(void)
{
    struct sigaction action;
    for (size_t i = 0; i < COUNT(signals); i++)
        HOLDS(sigaction(signals[i], NULL, &action) == 0 && action.sa_handler == SIG_DFL);
    return 0;
}

static int end_of(pid_t child)
{
    int status;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return NOT_ENDED;
    return WEXITSTATUS(status);
}

static int handlers_and_mask(void)
{
    sigset_t some, before, after;
    HOLDS(signal(SIGTERM, handler) != SIG_ERR && signal(SIGUSR1, handler) != SIG_ERR &&
          signal(SIGHUP, SIG_IGN) != SIG_ERR);
    sigemptyset(&some);
    sigaddset(&some, SIGUSR2);
    HOLDS(sigprocmask(SIG_SETMASK, &some, NULL) == 0);
    pid_t child = child_fork();
    HOLDS(child >= 0);
    sigprocmask(SIG_SETMASK, NULL, &after);
    bool same = true;
    for (int number = 1; number < NSIG; number++)
        same = same && sigismember(&after, number) == sigismember(&some, number);
    if (child == 0)
        _exit(!same || look_at_signals());
    HOLDS(same && end_of(child) == 0);
    /* The parent's are as they were. */
    struct sigaction action;
    HOLDS(sigaction(SIGTERM, NULL, &action) == 0 && action.sa_handler == handler);
    HOLDS(sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler == SIG_IGN);
    HOLDS(sigprocmask(SIG_SETMASK, NULL, &before) == 0 && sigismember(&before, SIGTERM) == 0);
    return 0;
}

static void test_a_child_runs_none_of_our_handlers(void **state)
{
    (void)state;
    assert_int_equal(apart(handlers_and_mask), 0);
}

static void wait_for_end(int fd)
{
    char byte;
    while (read(fd, &byte, 1) > 0)
        continue;
}

/* The grandchild says that it is there, then its parent may end. Its own gate is opened only when that has been seen: so it has
 * been killed, or it would end well. */
static int parent_ends_first(void)
{
    int first[2], second[2], said[2], status;
    pid_t child, grandchild;
    HOLDS(pipe(first) == 0 && pipe(second) == 0 && pipe(said) == 0);
    HOLDS(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    child = fork();
    if (child == 0) {
        close(first[1]);
        close(second[1]);
        if (child_fork() == 0) {
            grandchild = getpid();
            if (write(said[1], &grandchild, sizeof grandchild) == sizeof grandchild)
                wait_for_end(second[0]);
            _exit(0);
        }
        wait_for_end(first[0]);
        _exit(0);
    }
    HOLDS(read(said[0], &grandchild, sizeof grandchild) == sizeof grandchild);
    close(first[1]);
    HOLDS(end_of(child) == 0);
    close(second[1]);
    HOLDS(waitpid(grandchild, &status, 0) == grandchild);
    HOLDS(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return 0;
}

/* Then the child may come to life without one, and must see that by itself. */
static int parent_ends_at_once(void)
{
    int gate[2], status;
    HOLDS(pipe(gate) == 0 && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(gate[1]);
        if (child_fork() == 0) {
            wait_for_end(gate[0]);
            _exit(0);
        }
        _exit(0);
    }
    HOLDS(end_of(child) == 0);
    close(gate[1]);
    HOLDS(waitpid(-1, &status, 0) > 0);
    HOLDS(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
    return 0;
}

static void test_a_child_does_not_outlive_its_parent(void **state)
{
    (void)state;
    assert_int_equal(apart(parent_ends_first), 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(apart(parent_ends_at_once), 0);
}

/* One that would run for ever, and ignores what it can. */
static pid_t start_endless(void)
{
    pid_t child = child_fork();
    if (child == 0) {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_SETMASK, &all, NULL);
        for (;;)
            pause();
    }
    return child;
}

static int end_and_look(void)
{
    pid_t endless = start_endless(), ended = child_fork();
    if (ended == 0)
        _exit(3);
    HOLDS(endless > 0 && ended > 0);
    child_end(endless);
    child_end(ended);
    /* Neither runs, and neither is a zombie. */
    HOLDS(waitpid(-1, NULL, 0) < 0 && errno == ECHILD);
    HOLDS(kill(endless, 0) < 0 && errno == ESRCH);
    HOLDS(kill(ended, 0) < 0 && errno == ESRCH);
    return 0;
}

/* The kernel reaps then, at any time. */
static int end_where_nobody_waits(void)
{
    HOLDS(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
    return end_and_look();
}

static int end_among_signals(void)
{
    HOLDS(signal(SIGCHLD, handler) != SIG_ERR);
    return end_and_look();
}

static void test_an_ended_child_is_gone_and_no_zombie(void **state)
{
    (void)state;
    assert_int_equal(apart(end_and_look), 0);
    assert_int_equal(apart(end_where_nobody_waits), 0);
    assert_int_equal(apart(end_among_signals), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_child_runs_none_of_our_handlers),
        cmocka_unit_test(test_a_child_does_not_outlive_its_parent),
        cmocka_unit_test(test_an_ended_child_is_gone_and_no_zombie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
