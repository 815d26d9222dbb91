/* A helper process of our own that must not outlive us, and must not run our signal handlers: these wipe the arena, which
 * a child does not have. */
#ifndef AZFOB_SYSTEM_CHILD_H
#define AZFOB_SYSTEM_CHILD_H

#include <sys/types.h>

/* As fork. In the child all signals have their default action, and it is killed when its parent ends. */
pid_t child_fork(void);

/* Kills it and waits until it is gone, so that no zombie is left to a program that we become. */
void child_end(pid_t child);

#endif
