/* The items of a plan, fetched: the workload of get, write and exec.
 *
 * Memory:  values and bundles are copied into the arena.
 * Errors:  the first failure; every item that failed keeps its own in item->error.
 */
#ifndef AZFOB_FETCH_ITEMS_H
#define AZFOB_FETCH_ITEMS_H

#include "fetch/fetch.h"
#include "plan/plan.h"

/* With `bundles` the whole JSON object of each secret is kept too. */
err fetch_items(struct fetch *fetch, struct plan *plan, bool bundles, bool challenge);

#endif
