/* Dates in the forms that servers send, to Unix seconds. Second 60 is the next minute's first; fractions are cut.
 *
 * Memory:  nothing is kept; *seconds is untouched when the answer is false.
 * Source:  RFC 9110 section 5.6.7 (HTTP-date: IMF-fixdate, RFC 850, asctime); azure-protocol section 2.3.
 */
#ifndef AZFOB_WIRE_DATE_H
#define AZFOB_WIRE_DATE_H

#include "base/slice.h"

/* "Sun, 06 Nov 1994 08:49:37 GMT" and the two obsolete forms. The day's name is not checked against the date. */
bool date_http(slice text, int64_t *seconds);

/* Each form of expires_on that has been seen, but for plain numbers: "06/19/2019 23:42:01 +00:00", "1/16/2020 5:24:12 AM
 * +00:00", "09/14/2017 00:00:00 PM +00:00" (24 h with PM), "2024-10-18T19:51:37.0000000+00:00", "yyyy-MM-dd HH:mm:ss", RFC
 * 3339. Without an offset it is UTC. */
bool date_any(slice text, int64_t *seconds);

#endif
