/* Where a value goes: TARGET=REF.
 *
 *   assignment = target "=" REF                       the first "=" divides
 *   target     = path                                 has a "/": a file
 *              / "@" variable                         a sealed memory file, whose path the variable holds
 *              / variable                             of CMD's environment
 *   variable   = ( ALPHA / "_" ) *( ALPHA / DIGIT / "_" )
 *
 * Memory:  slices into the caller's text.
 * Errors:  64, rows TARGET_* of base/messages.h: %1 is what was written, %5 is left to the caller for the place.
 * Source:  product contract, "Targets and manifests".
 */
#ifndef AZFOB_PLAN_TARGET_H
#define AZFOB_PLAN_TARGET_H

#include "base/err.h"

enum target_kind {
    TARGET_OUTPUT, /* standard output: `get` without -o */
    TARGET_VARIABLE,
    TARGET_MEMFILE,
    TARGET_FILE,
};

/* What nobody has told. OWNER_KEEP is chown(2)'s word for leaving it as it is. */
#define OWNER_KEEP   UINT32_MAX
#define MODE_DEFAULT UINT16_MAX
enum { FILE_MODE = 0400 };

struct target {
    enum target_kind kind;
    slice name;           /* the variable, or the path; for TARGET_OUTPUT the secret's name */
    uint16_t mode;        /* of a file: MODE_DEFAULT unless told; plan_add puts in the command's */
    uint32_t user, group; /* the same, OWNER_KEEP */
};

struct assignment {
    struct target target;
    slice ref;
};

/* Divides and checks the target; the reference is only cut out. */
err target_read(slice text, struct assignment *out);

/* One target. */
err target_of(slice text, struct target *out);

/* "0440": at most 0777. No set-id bits on a file that holds a secret. */
bool target_mode(slice text, uint16_t *mode);

/* "UID", "UID:GID", ":GID", numbers only: what is left out is untouched. */
bool target_owner(slice text, uint32_t *user, uint32_t *group);

/* Do they name the same place? Variable and memory file share a name space. Paths are compared by their text, with
 * "//" and "/./" as "/". */
bool target_same(const struct target *a, const struct target *b);

#endif
