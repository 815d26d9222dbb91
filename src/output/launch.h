/* Becoming CMD: its environment, its user, execve.
 *
 * Environment: what we were given, without AZFOB_*, and without what would let CMD ask for tokens where that is asked
 *          (IDENTITY_*, MSI_*, AZURE_*, IMDS_*); then what is added, which replaces what has the same name.
 * Shape:   environment_start; environment_inherit unless --only; for each variable environment_set and its bytes with
 *          environment_put, or environment_remove; environment_end. Then launch, or init_start.
 * Memory:  pointers in `entry`, added variables in `text`: both the caller's, in the arena; inherited ones stay where they
 *          are. execve copies them; the kernel drops the arena with the rest of our memory.
 * Errors:  65 M_LAUNCH_NUL: a value with a NUL byte, with the variable as %1. 71 M_NO_MEMORY. 126 M_LAUNCH_TOO_LONG,
 *          M_LAUNCH_INTERPRETER, M_LAUNCH_FAILED; 127 M_LAUNCH_MISSING; of process_become M_PROCESS_USER.
 * Source:  POSIX.1-2024 XCU 2.8.2 (126 and 127), 2.9.1.4 (PATH).
 */
#ifndef AZFOB_OUTPUT_LAUNCH_H
#define AZFOB_OUTPUT_LAUNCH_H

#include "base/err.h"

struct environment {
    char **entry;
    size_t entries, entries_max;
    struct buf text;
    slice name;           /* of the variable that is being written */
    struct failure error; /* the first one; sticks */
};

/* Room for `max` pointers, the final NULL included. Text: for each variable its name, its bytes, and 2. */
void environment_start(struct environment *env, char **entry, size_t max, struct buf text);
void environment_inherit(struct environment *env, char *const *envp, bool drop_identity);

/* Begins a variable. */
void environment_set(struct environment *env, slice name);
void environment_put(struct environment *env, slice bytes);

/* It is not to be there: an optional secret that does not exist. */
void environment_remove(struct environment *env, slice name);

err environment_end(struct environment *env);

struct launch {
    char *const *argv; /* CMD and its arguments, NULL-terminated */
    char *const *envp; /* entry of a finished environment */
    slice path;        /* our PATH, where CMD is searched for when it has no "/" */
    bool has_user;
    uint32_t user, group;
};

/* Signals, mask and limits as they were given to us, the user, then execve. Comes back only when it failed; then the user may have
 * been changed already. All descriptors of ours must be close-on-exec but those that CMD is to have. */
err launch(const struct launch *what);

#endif
