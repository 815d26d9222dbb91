/* From fetched items to bytes and files: what get, write and exec share.
 *
 * Shape:   session_gather and session_fetch; deliver_values; then deliver_files, and exec's environment.
 * Memory:  in the session's arena.
 */
#ifndef AZFOB_COMMAND_DELIVER_H
#define AZFOB_COMMAND_DELIVER_H

#include "command/session.h"

/* False: it is optional, and there is no such secret: no variable, no file. */
bool deliver_is_there(const struct session *session, const struct use *use);

/* What this use wants of its item's value. Errors: as select_value; M_NO_MEMORY. */
err deliver_value(struct session *session, const struct use *use, slice *out);

/* The same for each use that is there, into use->value. Errors: all are printed but the first, which is given. */
err deliver_values(struct session *session);

/* One file with the mode and owner of the options (-o). Errors: as files_write. */
err deliver_file(struct session *session, slice path, slice content);

/* All uses that are files, or none. One that says no owner belongs to --user, who could not read it else, or to us. */
err deliver_files(struct session *session);

#endif
