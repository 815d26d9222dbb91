#include "system/child.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t child_fork(void)
{
    sigset_t all, before;
    pid_t parent = getpid();
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t child = _Fork(); /* there are neither threads nor handlers for fork to look after */
    if (child == 0) {
        for (int number = 1; number < NSIG; number++)
            (void)signal(number, SIG_DFL);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        /* The parent may have ended before that was said. As PID 1 of its own namespace it is never 0's child here. */
        if (getppid() != parent)
            _exit(1);
    }
    int error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return child;
}

void child_end(pid_t child)
{
    siginfo_t ended;
    /* Where SIGCHLD is ignored, as our parent may have left it, the kernel has reaped the child, and its number may already
     * be somebody else's. */
    if (waitid(P_PID, (id_t)child, &ended, WEXITED | WNOHANG | WNOWAIT) && errno == ECHILD)
        return;
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
}
