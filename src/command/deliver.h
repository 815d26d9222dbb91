/* From fetched items to bytes and files: what get, write and exec share.
 *
 * Memory:  in the session's arena.
 */
#ifndef AZFOB_COMMAND_DELIVER_H
#define AZFOB_COMMAND_DELIVER_H

#include "command/session.h"

/* What this use wants of its item's value. Errors: as select_value; M_NO_MEMORY. */
err deliver_value(struct session *session, const struct use *use, slice *out);

/* One file with the mode and owner of the options (-o). Errors: as files_write. */
err deliver_file(struct session *session, slice path, slice content);

#endif
