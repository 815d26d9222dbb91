/* From the status of an answer and the number of tries to a pause, or to the end of trying.
 *
 * The pause is a floor plus a random part up to base * 2^tries (full jitter), so that machines which came up together
 * do not come back together. A Retry-After is a floor of its own. Who asks keeps within the run's deadline: there is no
 * count of tries here, since a longer --timeout should mean more patience.
 *
 * Units:  milliseconds.
 * Source: azure-protocol sections 1.3, 1.4 (IMDS), 9.8 (vault).
 */
#ifndef AZFOB_AZURE_RETRY_H
#define AZFOB_AZURE_RETRY_H

#include "wire/http_response.h"

enum retry_service { RETRY_IMDS, RETRY_VAULT };

/* May the request that got this status be sent again? Then *pause_ms is how long to wait first. `tries` counts those
 * already made (1 after the first). `random` is any number, different each time. */
bool retry_pause(enum retry_service service, const struct http_head *head, unsigned tries, uint32_t random,
                 uint32_t *pause_ms);

/* For what no status tells: an answer that is transient by its text (AKV10046), a connection that failed. */
uint32_t retry_backoff(unsigned tries, uint32_t random);

/* Retry-After in seconds or as an HTTP-date, retry-after-ms, x-ms-retry-after-ms; 0: none, or not readable. At most an
 * hour. A date is counted from the answer's own Date, so that a wrong clock here does not matter. */
uint32_t retry_after_ms(const struct http_head *head);

#endif
