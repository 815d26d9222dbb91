/* System calls without what musl does around them for others. The linker puts these in the place of musl's own (--wrap, in the
 * Makefile), as those of net/getaddrinfo.c.
 *
 *   fchmod, fchown   musl goes by /proc/self/fd where the descriptor is O_PATH; ours are open files
 *   fcntl            musl knows record locks and owners, and can be cancelled; we seal memory files
 *   pipe2            musl does without it on kernels before 2.6.27
 */
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* On 32 bits the old call has users of 16 bits. */
#ifndef SYS_fchown32
#define SYS_fchown32 SYS_fchown
#endif

int __wrap_fchmod(int fd, mode_t mode);
int __wrap_fchown(int fd, uid_t user, gid_t group);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_pipe2(int fd[2], int flags);

int __wrap_fchmod(int fd, mode_t mode)
{
    return (int)syscall(SYS_fchmod, fd, mode);
}

int __wrap_fchown(int fd, uid_t user, gid_t group)
{
    return (int)syscall(SYS_fchown32, fd, user, group);
}

int __wrap_fcntl(int fd, int command, ...)
{
    va_list given;
    va_start(given, command);
    int argument = va_arg(given, int);
    va_end(given);
    return (int)syscall(SYS_fcntl, fd, command, argument);
}

int __wrap_pipe2(int fd[2], int flags)
{
    return (int)syscall(SYS_pipe2, fd, flags);
}
