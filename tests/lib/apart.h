/* A part of a test that changes its own process, in a process of its own.
 *
 * Shape:   static int part(void) { HOLDS(x == 1); return 0; } ... assert_int_equal(apart(part), 0);
 * Errors:  apart gives the line that did not hold; the signal plus SIGNALLED, when one has ended it.
 */
#ifndef AZFOB_TESTS_LIB_APART_H
#define AZFOB_TESTS_LIB_APART_H

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIGNALLED = 1000000, NOT_ENDED = -1 };

/* cmocka's assertions jump back into the group of tests, which must not go on in the child. */
#define HOLDS(claim)                                                                                                   \
    do {                                                                                                               \
        if (!(claim))                                                                                                  \
            return __LINE__;                                                                                           \
    } while (0)

static inline int apart(int (*part)(void))
{
    int status;
    /* An exit status has eight bits, a line has more. */
    int *line = mmap(NULL, sizeof *line, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (line == MAP_FAILED)
        abort();
    *line = NOT_ENDED;
    pid_t child = fork();
    if (child < 0)
        abort();
    if (child == 0) {
        *line = part();
        _exit(0);
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    int answer = WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) : *line;
    munmap(line, sizeof *line);
    return answer;
}

#endif
