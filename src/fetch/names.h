/* The names of a vault's secrets, or with a name the versions of that one, fetched: the workload of list.
 *
 * Errors: the first failure; keep's too.
 */
#ifndef AZFOB_FETCH_NAMES_H
#define AZFOB_FETCH_NAMES_H

#include "fetch/fetch.h"
#include "plan/plan.h"

typedef err names_keep(void *context, const struct listed_secret *listed);

err fetch_names(struct fetch *fetch, const struct vault *vault, slice name, bool challenge, names_keep *keep,
                void *context);

#endif
