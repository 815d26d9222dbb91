/* --init: staying as the parent of CMD, and as the init of a container when we are PID 1.
 *
 * - CMD runs in a process group of its own in our session; when standard input is our terminal, that group has it.
 * - Every signal that we are sent is sent on to CMD's group, but SIGCHLD, and but what no process can catch.
 * - Orphans are reaped: as PID 1, or as a subreaper when we are not.
 * - When CMD is stopped from its terminal (Ctrl-Z) we stop too, so that the shell above notices, and go on together.
 * - When CMD has ended its group is sent SIGTERM, and we end with its status, or 128 + the signal that killed it.
 * - kill_after: so long after a SIGTERM, SIGINT, SIGQUIT or SIGHUP was sent on, CMD's group is sent SIGKILL.
 *
 * CMD is started as by vfork: it runs in our memory until its execve, so that the environment in the arena, which no
 * fork inherits, is there and no copy is made; and why an execve failed is known here, as 126 or 127.
 *
 * Shape:   init_start; arena_wipe, since who stays must keep no secret; init_run; exit with what it gives.
 * Source:  what tini, dumb-init and catatonit promise; signal(7), PR_SET_CHILD_SUBREAPER in prctl(2).
 */
#ifndef AZFOB_OUTPUT_INIT_H
#define AZFOB_OUTPUT_INIT_H

#include "output/launch.h"

/* Errors: as launch, and M_NO_PROCESS; no child is left then. From here on all signals are blocked. */
err init_start(const struct launch *what, int *child);

/* Until CMD ends; closes all descriptors but 0 to 2 first. 0: never kill. Gives the exit status. */
int init_run(int child, uint32_t kill_after_ms);

#endif
