/* Civil time in UTC from Unix seconds and back: the proleptic Gregorian calendar, no time zones, no libc.
 *
 * Source: RFC 3339 section 5.6 for the text; the calendar's 400-year cycle has 146097 days.
 */
#ifndef AZFOB_BASE_UTC_H
#define AZFOB_BASE_UTC_H

#include "base/buf.h"

enum { UTC_TEXT_BYTES = 20 };

/* "2026-11-24T12:34:56Z"; years 1970 to 9999, else the nearest of these. */
void utc_write(struct buf *to, int64_t seconds);

/* Days from 1970-01-01 to this date. False: no such date. */
bool utc_days(int64_t year, int64_t month, int64_t day, int64_t *days);

#endif
