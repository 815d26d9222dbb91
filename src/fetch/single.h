/* One operation on a vault: the workload of wrap, unwrap and set.
 *
 * Memory:  what the operation gives points into an answer, which lives until the next call of fetch.
 * Errors:  as fetch_run.
 */
#ifndef AZFOB_FETCH_SINGLE_H
#define AZFOB_FETCH_SINGLE_H

#include "fetch/fetch.h"

/* `operation` has tell and its inputs; at OK its results too. */
err fetch_single(struct fetch *fetch, struct endpoint to, union operation *operation);

#endif
