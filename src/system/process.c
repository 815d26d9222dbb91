#include "system/process.h"

#include "system/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct {
    sigset_t blocked, ignored;
    struct rlimit core;
} given;

/* A descriptor that takes up the number and does nothing else: reading and writing fail as if it were closed. "/"
 * exists even where there is no /dev/null. */
static void occupy_standard_descriptors(void)
{
    int fd;
    do
        fd = open("/", O_PATH | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}

/* The libc's setrlimit stops all threads for old kernels, with two thousand bytes of locks. */
static bool limit_core(const struct rlimit *new, struct rlimit *old)
{
    return syscall(SYS_prlimit64, 0, RLIMIT_CORE, new, old) == 0;
}

void process_harden(void)
{
    sigset_t none;
    occupy_standard_descriptors();
    (void)prctl(PR_SET_DUMPABLE, 0);
    /* Only the soft limit: the hard one could not be given back to CMD. */
    if (limit_core(NULL, &given.core))
        (void)limit_core(&(struct rlimit){0, given.core.rlim_max}, NULL);
    sigemptyset(&given.ignored);
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
            sigaddset(&given.ignored, number);
    }
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, &given.blocked);
}

void process_restore(void)
{
    (void)limit_core(&given.core, NULL);
    for (int number = 1; number < NSIG; number++)
        (void)signal(number, sigismember(&given.ignored, number) == 1 ? SIG_IGN : SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &given.blocked, NULL);
}

/* The libc's functions also change all other threads, which needs a thousand bytes of signals and locks. There is one thread
 * here. On some 32-bit machines the plain calls take 16-bit numbers. */
#ifdef SYS_setresuid32
enum { SET_GROUPS = SYS_setgroups32, SET_GROUP = SYS_setresgid32, SET_USER = SYS_setresuid32 };
#else
enum { SET_GROUPS = SYS_setgroups, SET_GROUP = SYS_setresgid, SET_USER = SYS_setresuid };
#endif

static bool set_all(uint32_t user, uint32_t group)
{
    /* The user last: it takes the right to do the rest. */
    return syscall(SET_GROUPS, 0, NULL) == 0 && syscall(SET_GROUP, group, group, group) == 0 &&
           syscall(SET_USER, user, user, user) == 0;
}

static bool is_for_good(uint32_t user, uint32_t group)
{
    uid_t u[3];
    gid_t g[3];
    if (getresuid(&u[0], &u[1], &u[2]) || getresgid(&g[0], &g[1], &g[2]) || getgroups(0, NULL))
        return false;
    for (int i = 0; i < 3; i++)
        if (u[i] != user || g[i] != group)
            return false;
    /* A capability that was kept by mistake would allow this. */
    return user == 0 || syscall(SET_USER, -1, 0, -1) != 0;
}

err process_become(uint32_t user, uint32_t group)
{
    err e = OK;
    if (!set_all(user, group))
        e = err_make(M_PROCESS_USER, system_reason(errno));
    else if (!is_for_good(user, group))
        e = err_make(M_PROCESS_USER, S("it could be undone"));
    return err_number(e, user);
}

void process_close_from(unsigned first)
{
    enum { DESCRIPTORS_WITHOUT_CALL = 4096 };
    /* Linux 5.9; older container run-times also refuse it by a filter. */
    if (syscall(SYS_close_range, first, ~0U, 0) == 0)
        return;
    for (unsigned fd = first; fd < DESCRIPTORS_WITHOUT_CALL; fd++)
        close((int)fd);
}
