/* Two clocks: one for waiting, which nobody can set, and the civil one, which may be wrong on a machine that boots. */
#ifndef AZFOB_SYSTEM_CLOCK_H
#define AZFOB_SYSTEM_CLOCK_H

#include <stdint.h>

/* Milliseconds since some moment (CLOCK_MONOTONIC). */
int64_t clock_ms(void);

/* Unix seconds as the machine believes. */
int64_t clock_unix(void);

/* The same, but never before this program was built: the floor at which certificates are judged. */
int64_t clock_unix_floored(void);

#endif
