#include "command/table.h"
err check_run(struct session *session)
{
    return err_make(M_INTERNAL, session->options.client_id);
}
