#include "output/init.h"

#include "system/clock.h"
#include "system/file.h"
#include "system/process.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SIGNALLED = 128, DESCRIPTORS_KEPT = 3, CHILD_STACK_BYTES = 16384 };

/* SIGTTOU, which this would bring us from the background, is blocked in all of this file. */
static void give_terminal(pid_t from, pid_t to)
{
    if (tcgetpgrp(STDIN_FILENO) == from)
        (void)tcsetpgrp(STDIN_FILENO, to);
}

struct start {
    const struct launch *what;
    err e;
};

/* In our memory, until execve: what it writes to `e` we can read. */
static int be_child(void *argument)
{
    struct start *start = argument;
    pid_t parents = getpgrp();
    (void)setpgid(0, 0);
    give_terminal(parents, getpgrp());
    start->e = launch(start->what);
    return EXIT_IS_NOT_RUN;
}

err init_start(const struct launch *what, int *child)
{
    _Alignas(16) char stack[CHILD_STACK_BYTES];
    struct start start = {what, OK};
    sigset_t all;
    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    /* We may have been given SIGCHLD ignored; then the kernel would reap, and CMD's status be lost. CMD is given it as we were:
     * process_restore knows. */
    (void)signal(SIGCHLD, SIG_DFL);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    /* What vfork is, but on a stack of its own: a function that returns twice is hard to be right about. */
    *child = clone(be_child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &start);
    if (*child < 0)
        return err_make(M_NO_PROCESS, S("no new process"), system_reason(errno));
    if (failed(start.e)) {
        while (waitpid(*child, NULL, 0) < 0 && errno == EINTR)
            continue;
        give_terminal(*child, getpgrp());
    }
    return start.e;
}

/* Waits for the next signal, at most until kill_at (0: for ever). 0: that moment has come. */
static int next_signal(int64_t kill_at)
{
    sigset_t all;
    sigfillset(&all);
    for (;;) {
        int64_t left = kill_at ? kill_at - clock_ms() : 0;
        struct timespec wait = {left > 0 ? left / 1000 : 0, left > 0 ? (long)(left % 1000) * 1000000 : 0};
        int number = sigtimedwait(&all, NULL, kill_at ? &wait : NULL);
        if (number > 0)
            return number;
        if (errno == EAGAIN)
            return 0;
    }
}

/* The shell that started us waits for us, not for CMD. What it does with the terminal meanwhile is its affair; when we go on
 * in the foreground, CMD gets it again. PID 1 cannot be stopped. */
static void stop_too(pid_t child)
{
    (void)raise(SIGSTOP);
    give_terminal(getpgrp(), child);
}

/* Reaps all that can be reaped. True: CMD was among them, and *status is ours. */
static bool reap(pid_t child, int *status)
{
    bool ended = false;
    for (;;) {
        siginfo_t who = {.si_pid = 0};
        /* First only looked at: until CMD is reaped, no stranger can have its number as a group. */
        if (waitid(P_ALL, 0, &who, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) || who.si_pid == 0)
            return ended;
        bool stopped = who.si_code == CLD_STOPPED;
        if (who.si_pid == child && !stopped) {
            (void)kill(-child, SIGTERM);
            *status = who.si_code == CLD_EXITED ? who.si_status : SIGNALLED + who.si_status;
            ended = true;
        }
        (void)waitpid(who.si_pid, NULL, WUNTRACED | WNOHANG);
        if (who.si_pid == child && stopped)
            stop_too(child);
    }
}

static bool asks_to_end(int number)
{
    return number == SIGTERM || number == SIGINT || number == SIGQUIT || number == SIGHUP;
}

int init_run(int child, uint32_t kill_after_ms)
{
    int64_t kill_at = 0;
    int status = 0;
    process_close_from(DESCRIPTORS_KEPT);
    for (;;) {
        int number = next_signal(kill_at);
        if (number == SIGCHLD) {
            if (reap(child, &status))
                break;
            continue;
        }
        if (number == 0)
            kill_at = 0;
        else if (asks_to_end(number) && kill_after_ms && !kill_at)
            kill_at = clock_ms() + kill_after_ms;
        (void)kill(-child, number ? number : SIGKILL);
    }
    give_terminal(child, getpgrp());
    return status;
}
