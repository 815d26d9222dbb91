#include "system/clock.h"

#include "version.h"

#include <time.h>

int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_unix(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

int64_t clock_unix_floored(void)
{
    int64_t now = clock_unix();
    return now > AZFOB_BUILD_DATE ? now : AZFOB_BUILD_DATE;
}
