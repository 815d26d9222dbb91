/* The items of a plan, fetched: the workload of get, write and exec.
 *
 * Memory:  values and bundles are copied into the arena.
 * Errors:  the first failure; every item that failed keeps its own in item->error.
 */
#ifndef AZFOB_FETCH_ITEMS_H
#define AZFOB_FETCH_ITEMS_H

#include "fetch/fetch.h"
#include "plan/plan.h"

struct items_setting {
    bool bundles;   /* the whole JSON object of each secret is kept too */
    bool challenge; /* no token is sent before the vault has asked for one */
    bool all; /* what a vault says of one secret (missing, refused) does not end the run: look at each item's error */
};

err fetch_items(struct fetch *fetch, struct plan *plan, struct items_setting setting);

#endif
