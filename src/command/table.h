/* The commands, in the order in which --help shows them. */
#ifndef AZFOB_COMMAND_TABLE_H
#define AZFOB_COMMAND_TABLE_H

#include "command/session.h"

struct command {
    slice name;
    unsigned bit; /* enum command_bit: which options it takes */
    err (*run)(struct session *session);
    slice operands;
    slice summary; /* one line */
};

extern const struct command commands[];
extern const size_t commands_count;

err get_run(struct session *session);
err write_run(struct session *session);
err exec_run(struct session *session);
err list_run(struct session *session);
err check_run(struct session *session);
err token_run(struct session *session);
err unwrap_run(struct session *session);
err wrap_run(struct session *session);
err set_run(struct session *session);

/* --help of one command, or of all (NULL), on standard output. */
err help_show(const struct command *command);
err version_show(void);

#endif
