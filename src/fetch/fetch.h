/* Grants the wants of talks until all pieces of a workload are done or one has failed. The one place where a talk meets a
 * stream; the tokens of a run live here, one for each resource.
 *
 * The connection to the vault and the talk with the identity start together: whichever is later sets the pace.
 *
 *   pieces 1 .. N --> up to LANES_MAX lanes, each with its stream, one exchange at a time --.
 *   identity talk, its own stream --> token slot of each resource -------------------------->+--> done
 *
 * Shape:   fetch_open once; fetch_run for each workload, or fetch_token; fetch_close in any case.
 * Memory:  everything is taken from the arena; tokens live until the run ends. What a piece gives points into its lane's
 *          answer: `finish` must copy what it wants to keep.
 * Errors:  the first failure that cannot be retried ends the run, and is what fetch_run gives; no further piece is
 *          begun. Pieces that are under way get up to LAST_ANSWERS_MS to say their own, so that a user mends all at once.
 */
#ifndef AZFOB_FETCH_FETCH_H
#define AZFOB_FETCH_FETCH_H

#include "azure/identity.h"
#include "azure/vault.h"
#include "fetch/exchange.h"
#include "fetch/trace.h"
#include "plan/option.h"
#include "system/arena.h"

/* Measured, 100 secrets from the stand-in over a line of 0, 20 and 80 ms round trip, in ms:
 *
 *   lanes     1     2     4     6     8    12    16
 *   0 ms     66    74    99   130   121   176   202      each handshake costs both sides processor time
 *   20 ms  2158  1157   649   477   389   340   337
 *   80 ms  8516  4423  2339  1644  1290  1049   890
 *
 * Eight take a fifth of the time of one over a line of some length; more gain little there, and lose where the vault is near.
 * With 20 secrets (20 ms) 1 lane takes 498, 8 take 159 ms: a lane is worth its handshake from about three pieces on. */
enum { LANES_MAX = 8, PIECES_A_LANE = 3, TOKENS_MAX = 4, LAST_ANSWERS_MS = 1000 };

struct fetch;
struct lane;

struct fetch_setting {
    struct arena *arena;
    struct buf *notes;
    struct trace *trace;
    struct identity_setting *identity;
    struct roots roots;
    const struct resolve *resolve; /* --resolve */
    size_t resolves;
    struct proxy
        proxy; /* HTTPS_PROXY, for vaults only. No name: none; no port: its name is that of a variable that says no proxy */
    slice no_proxy;
    int64_t timeout_ms; /* for the whole run */
    bool timeout_given; /* else 410 of the instance metadata service may stretch it */
    int64_t wait_ms;    /* of these, while the machine is still coming up */
    unsigned lanes_max; /* 0: LANES_MAX */
    /* Told of each TLS connection when its first answer has come; NULL: nobody wants to know. */
    void (*met)(void *context, const struct fetch *fetch, const struct lane *lane);
    void *met_context;
};

union operation {
    struct vault_talk vault;
    struct secret_get get;
    struct secret_list list;
    struct secret_set set;
    struct key_wrap wrap;
};

/* What there is to do. The callbacks get `context` and the index of a piece. */
struct workload {
    void *context;
    size_t pieces;
    /* Where this piece is. */
    struct endpoint (*where)(void *context, size_t piece);
    /* Fills the operation, zeroed before: tell and what it needs; `to`, `request` and `notes` are filled here afterwards. */
    void (*prepare)(void *context, size_t piece, union operation *operation);
    /* The piece is done, or has failed: takes the results. Gives OK to go on, or the error that ends the run. */
    err (*finish)(void *context, size_t piece, union operation *operation, err failure);
};

struct token_slot {
    slice resource;
    struct buf token; /* empty: not here yet */
    struct caller caller;
    int64_t expires_at;
    unsigned generation; /* how often it was fetched */
    bool wanted;
};

struct fetch {
    struct fetch_setting setting;
    struct loop loop;
    int64_t wait_until;
    int64_t vault_quiet_until; /* a vault that throttles one lane is left alone by all */
    bool stretched;
    struct identity identity;
    struct lane *asker; /* the identity's own lane */
    struct token_slot token[TOKENS_MAX];
    struct token_slot *asking;
    struct lane *lane[LANES_MAX];
    size_t lanes;
    slice session_host;
    bool has_session;
    struct tls_session session;
    int64_t vault_date; /* the Date of the last answer over a verified connection; 0: none yet */
};

/* The deadline runs from here. */
err fetch_open(struct fetch *fetch, const struct fetch_setting *setting);
err fetch_run(struct fetch *fetch, const struct workload *work);
err fetch_token(struct fetch *fetch, slice resource, struct token_slot **slot);
void fetch_close(struct fetch *fetch);

#endif
