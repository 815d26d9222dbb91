/* The plan: what is to be fetched, each secret once, and what each is used for. Complete before any I/O.
 *
 * An item is one secret of one vault. A use is one wish for it: where the value goes and what is wanted of it. All
 * mistakes are gathered, so that a user mends all at once.
 *
 * Shape:   plan_start; then plan_output, plan_assign, plan_manifest as the command has them; plan_environment last,
 *          because what is asked for by name hides what the environment has; then look at `mistakes`. With none,
 *          fetch fills the items and output walks the uses in order.
 * Memory:  the caller gives the room in plan_start and keeps it, and all texts, until the run ends. None of it is
 *          secret but what fetch puts into the items.
 * Errors:  mistake[0 .. mistakes): rows of base/messages.h with their place in %5. The run's status is the first one's.
 * Source:  product contract, "References", "Targets and manifests".
 */
#ifndef AZFOB_PLAN_PLAN_H
#define AZFOB_PLAN_PLAN_H

#include "azure/talk.h"
#include "plan/ref.h"
#include "plan/target.h"

enum { PLAN_VAULTS_MAX = 64, PLAN_MISTAKES_MAX = 32, PLAN_BUCKETS = 256 };

struct vault {
    struct endpoint to;
    slice resource; /* what its tokens are for; empty: outside the known clouds, so ask it first */
};

enum item_state { ITEM_WAITING, ITEM_FETCHING, ITEM_FULL, ITEM_MISSING, ITEM_FAILED };

struct item {
    const struct ref *ref; /* of its first use: name, version, kind */
    const struct vault *vault;
    bool optional; /* every use of it is */
    uint32_t next; /* private: of the same hash, +1 */

    /* fetch's. ITEM_WAITING is 0. */
    enum item_state state;
    slice value;          /* the bytes */
    slice bundle;         /* the JSON object, where it was asked for */
    struct failure error; /* ITEM_FAILED, ITEM_MISSING */
};

struct use {
    struct ref ref; /* settled; decode, part, pointer, optional: what is wanted of the value */
    struct target target;
    uint32_t item;
    /* A variable's value is made of all its uses, one behind the other: before, the value, after. */
    slice before, after;
    bool joined;   /* belongs to the variable of the use before this one */
    uint32_t next; /* private: of the same hash, +1 */
    slice value;   /* the command's: what it wants of the item's value */
};

/* What of the command the plan has to know. Nothing of it is changed. */
struct plan_setting {
    slice suffix;            /* of vaults of this cloud: "vault.azure.net" */
    const struct ref *vault; /* the default vault; NULL or without a name: none */
    const slice *allow_host; /* hosts outside the known clouds that may have a token */
    size_t allow_hosts;
    unsigned targets;     /* 1 << enum target_kind for each that the command serves */
    uint16_t mode;        /* of files that say none themselves */
    uint32_t user, group; /* the same; OWNER_KEEP */
};

struct plan {
    struct item *item;
    size_t items;
    struct use *use;
    size_t uses;
    struct vault vault[PLAN_VAULTS_MAX];
    size_t vaults;
    struct failure mistake[PLAN_MISTAKES_MAX];
    size_t mistakes; /* more than PLAN_MISTAKES_MAX are not kept */

    /* private */
    const struct plan_setting *setting;
    size_t max;        /* of items, and of uses */
    struct buf *notes; /* hosts, and texts for mistakes */
    slice place;       /* what is being read: a manifest's name, a variable's; empty: the command line */
    uint64_t line;     /* of the manifest; 0: no manifest */
    bool discreet; /* a value of the environment: what follows the fault may be a secret that stands there in plain */
    uint32_t item_bucket[PLAN_BUCKETS], use_bucket[PLAN_BUCKETS];
};

/* Room for at most `max` items and as many uses. Both arrays stay untouched until they are needed, so that pages that
 * nobody needs cost nothing. `notes` wants 16 KiB and more. */
void plan_start(struct plan *plan, const struct plan_setting *setting, struct item *item, struct use *use, size_t max,
                struct buf *notes);

/* One use; of a TARGET_OUTPUT the name may be empty, and is then the secret's. False: it was a mistake. */
bool plan_add(struct plan *plan, slice ref, const struct target *target);

/* get REF */
bool plan_output(struct plan *plan, slice ref);

/* TARGET=REF */
bool plan_assign(struct plan *plan, slice text);

/* `name` is the file's, for messages. */
void plan_manifest(struct plan *plan, slice name, slice content);

/* Every variable that holds references, but those that are targets already and our own (AZFOB_*). */
void plan_environment(struct plan *plan, char *const *envp);

/* The vault of a settled reference that is no use (list, keys). NULL, or one that may have no token: a mistake tells. */
const struct vault *plan_vault(struct plan *plan, const struct ref *ref);

/* Two outputs of one name are a mistake: for formats that name them. */
void plan_check_names(struct plan *plan);

/* Puts a mistake of the caller's own on the list. */
void plan_mistake(struct plan *plan, err e);

#endif
