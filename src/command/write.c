/* write TARGET=REF...: fetch all, check all, then write all files or none. */
#include "command/deliver.h"
#include "command/table.h"

err write_run(struct session *session)
{
    err e = session_gather(session, 1u << TARGET_FILE, plan_assign, false);
    if (!failed(e) && session->plan.uses == 0)
        e = err_make(M_NO_ASSIGNMENT);
    if (!failed(e))
        e = session_fetch(session, false);
    if (!failed(e))
        e = deliver_values(session);
    return failed(e) ? e : deliver_files(session);
}
