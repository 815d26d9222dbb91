/* A file in memory only: sealed, so that neither CMD nor anybody else can change it, and inherited by CMD.
 *
 * It is read by its descriptor, or by opening /proc/self/fd/N where there is a /proc. It has no name anywhere and ends with the
 * last process that has it.
 *
 * Errors:  71: M_MEMFILE, with the variable as %1; nothing is left open.
 * Source:  memfd_create(2), fcntl(2) "File sealing".
 */
#ifndef AZFOB_OUTPUT_MEMFILE_H
#define AZFOB_OUTPUT_MEMFILE_H

#include "base/err.h"

enum { MEMFILE_PATH_BYTES = 32 };

/* `name` is the variable, for messages. The file belongs to `user` and `group` (OWNER_KEEP of plan/target.h: to us) and
 * nobody else may open it. */
err memfile_make(slice name, slice content, uint32_t user, uint32_t group, int *fd);

/* "/proc/self/fd/N" */
void memfile_path(int fd, struct buf *to);

#endif
