/* What all commands share: the arena, the options, the plan's setting, and the way to the network.
 *
 * Shape:   main makes the session and reads the options; a command fills a plan, looks at its mistakes, opens the
 *          network, fetches, and hands the results to output/.
 * Memory:  the session is in the arena, and so is all that it points to but argv and envp.
 */
#ifndef AZFOB_COMMAND_SESSION_H
#define AZFOB_COMMAND_SESSION_H

#include "azure/cloud.h"
#include "fetch/items.h"

enum { NOTES_BYTES = 64 * 1024 };

struct session {
    struct arena *arena;
    struct buf notes;
    char **envp;
    struct options options;
    struct plan_setting plan_setting;
    struct plan plan;
    struct trace trace;
    struct identity_setting identity;
    struct fetch fetch;
    bool fetch_open;
};

/* Prints one error as the contract has it. */
void session_say(err e);

/* The arena has no room for this. */
err session_full(const struct session *session, slice what);

/* An empty plan with room for `uses` uses, for these targets (1 << enum target_kind). */
err session_plan(struct session *session, unsigned targets, size_t uses);

/* session_plan, and all that it is to hold: each operand, read by `operand` (plan_assign, plan_output), the manifests, and with
 * `environment` the references there; then session_mistakes. */
err session_gather(struct session *session, unsigned targets, bool (*operand)(struct plan *plan, slice text),
                   bool environment);

/* Prints all mistakes of the plan. The error is the first; OK when there are none. */
err session_mistakes(const struct session *session);

/* The setting of the identity, from options and environment. */
void session_identity(struct session *session);

/* The proxy and the hosts that are reached without it, of the environment. */
void session_proxy(struct session *session, struct fetch_setting *setting);

/* Reads --ca, chooses the identity, starts the clock of --timeout. */
err session_open(struct session *session);

/* session_open, then all items of the plan; nothing when it has none. When it fails, the failures of other items are printed here; the one that is
 * given is left to the caller. */
err session_fetch(struct session *session, bool bundles);

void session_close(struct session *session);

/* The cloud that AZURE_AUTHORITY_HOST names, else the public one. */
err session_cloud(const struct session *session, const struct cloud **cloud);

#endif
