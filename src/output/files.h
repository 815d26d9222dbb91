/* Files, all or nothing.
 *
 * Prepare: each file is made nameless (O_TMPFILE) in the target's folder, given its owner and mode, then its content, and
 *          synced. Nothing that can be seen has changed yet.
 * Commit:  each is given its name. Where an old file stands, the two change places at once (RENAME_EXCHANGE), so that the
 *          old one is kept until the last file is in its place.
 * Undo:    when one of these fails, all that were done are put back.
 * Signals are blocked meanwhile: a run ends before or behind these steps, never between them.
 *
 * Where the file system has no nameless files, or there is no /proc to name them, they have names: ".azfob-" and 16 hex
 * digits. SIGKILL or a power cut can leave such a file, also between the two steps of a commit; the next run that writes into
 * the folder removes it. Where there is no RENAME_EXCHANGE the old file is kept by a hard link.
 *
 * Target:  nothing, or a file: replaced by a new one. A symbolic link is itself replaced, never followed. A FIFO or a
 *          device, and anything in /dev but /dev/shm (there links are followed: /dev/stdout), is opened and written to. That is
 *          done behind Prepare and before Commit, since it cannot be undone; a FIFO waits for its reader. A folder or a
 *          socket is an error.
 * No change, no touch: a file that has the content, mode and owner already keeps its inode and times.
 * Owner:   the one given, else the user that we run as, whoever owned the old file: a stranger who was first to create the
 *          target must not be given the secret.
 *
 * Memory:  the array of files is the caller's and holds no secret of its own; slices as ever. `scratch` is room where
 *          the content of old files is compared: FILES_SCRATCH_BYTES at least, in the arena.
 * Errors:  the first one, with the path as %1. 73: M_FILE_FOLDER, M_FILE_CREATE. 74: M_FILE_WRITE. No file was
 *          changed, and none of ours is left. M_FILE_UNDO: one could not be put back; %3 names the old one. One descriptor a file is
 *          open at a time, so the limit on descriptors bounds their number.
 */
#ifndef AZFOB_OUTPUT_FILES_H
#define AZFOB_OUTPUT_FILES_H

#include "plan/target.h"

enum { FILES_SCRATCH_BYTES = 4096, FILES_NAME_BYTES = 24 };

struct output_file {
    /* the caller's */
    slice path;
    slice content;
    uint16_t mode;
    uint32_t user, group; /* OWNER_KEEP: whose we are */

    /* private */
    slice name; /* the path's last component */
    int folder; /* open on the rest of it */
    int fd;     /* of a nameless file */
    uint8_t state;
    bool replaces; /* there was one */
    char spare[FILES_NAME_BYTES];
};

struct files_setting {
    bool mkdir;  /* make the folders above, too */
    bool always; /* write even what is right already */
};

err files_write(struct output_file *file, size_t files, struct files_setting setting, struct buf *scratch);

#endif
