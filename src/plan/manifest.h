/* A manifest (-f FILE): assignments, one a line.
 *
 *   manifest   = *( line ( LF / CRLF ) ) [ line ]
 *   line       = *blank [ assignment *( 1*blank setting ) ] *blank [ "#" text ]
 *   assignment = ( target / DQUOTE path DQUOTE ) "=" REF           quotes for a path with blanks or "="; no escapes
 *   setting    = "mode=" octal / "owner=" [ UID ] [ ":" GID ]      for files
 *   blank      = SP / HTAB
 *
 * A "#" is a comment only at the start of a line or behind a blank: a REF may have one of its own.
 *
 * Shape:   struct manifest m = {content, 0}; while (manifest_next(&m, &assignment, &e)) ...
 * Memory:  slices into the content.
 * Errors:  64, rows MANIFEST_* and TARGET_*; %5 is left to the caller. A line that is wrong is passed over, so that all
 *          mistakes of a file can be named in one run.
 * Source:  product contract, "Targets and manifests".
 */
#ifndef AZFOB_PLAN_MANIFEST_H
#define AZFOB_PLAN_MANIFEST_H

#include "plan/target.h"

struct manifest {
    slice rest;
    uint64_t line; /* of the assignment that was given last, 1-based */
};

/* The next assignment; false at the end. When *e has failed, this line is wrong and *out undefined. */
bool manifest_next(struct manifest *m, struct assignment *out, err *e);

#endif
