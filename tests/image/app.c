/* The program that the container is for, static like azfob. It tells what it was given, and does what its argument says:
 *
 *   app show NAME...      the value of each variable, the content of each file (a NAME with "/"), and what this process is
 *   app exit N            ends with this status
 *   app wait              "ready", then each signal that comes, and ends with status 7 at SIGTERM
 *   app orphan            leaves a grandchild behind that ends at once, and waits as above
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void show_file(const char *path)
{
    char content[4096];
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, content, sizeof content - 1);
    if (n < 0) {
        printf("%s: %s\n", path, strerror(errno));
        return;
    }
    content[n] = 0;
    printf("%s=%s\n", path, content);
    close(fd);
}

static void show_self(void)
{
    printf("pid=%d uid=%d gid=%d no_new_privs=%d seccomp=%d\n", getpid(), getuid(), getgid(),
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
    for (int fd = 3; fd < 64; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            printf("descriptor %d is open\n", fd);
    extern char **environ;
    for (char **entry = environ; *entry; entry++)
        if (strncmp(*entry, "AZFOB_", 6) == 0)
            printf("left %s\n", *entry);
}

static int wait_for_signals(void)
{
    sigset_t all;
    int number = 0;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    puts("ready");
    while (sigwait(&all, &number) == 0 && number != SIGTERM)
        if (number != SIGCHLD)
            printf("signal %d\n", number);
    puts("SIGTERM");
    return 7;
}

static void leave_orphan(void)
{
    pid_t child = fork();
    if (child == 0) {
        if (fork() == 0)
            _exit(0);
        _exit(0);
    }
    (void)waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "exit") == 0)
        return atoi(argv[2]);
    if (strcmp(what, "orphan") == 0)
        leave_orphan();
    if (strcmp(what, "orphan") == 0 || strcmp(what, "wait") == 0)
        return wait_for_signals();
    show_self();
    for (int i = 2; i < argc; i++)
        if (strchr(argv[i], '/'))
            show_file(argv[i]);
        else
            printf("%s=%s\n", argv[i], getenv(argv[i]) ? getenv(argv[i]) : "(none)");
    return 0;
}
