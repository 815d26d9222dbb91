/* What this process does to itself, and how it undoes that before it becomes somebody else's program.
 *
 * Shape:   process_harden, first thing in main. Before execve: process_restore, then process_become.
 * Memory:  what was found at the start is kept here; no secret.
 */
#ifndef AZFOB_SYSTEM_PROCESS_H
#define AZFOB_SYSTEM_PROCESS_H

#include "base/err.h"

/* No core dump, no ptrace by the same user; descriptors 0 to 2 that were closed are occupied, so that no socket of
 * ours becomes standard output: writing there still fails. Remembers which signals were ignored and blocked, and blocks
 * none. */
void process_harden(void);

/* Signals, mask and limits as process_harden found them. Async-signal-safe. */
void process_restore(void);

/* This user, this group, no other group, for good; verified. Errors: M_PROCESS_USER. */
err process_become(uint32_t user, uint32_t group);

/* Closes all descriptors from `first` on. */
void process_close_from(unsigned first);

#endif
