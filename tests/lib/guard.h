/* Memory that ends at an unreadable page: reading or writing one byte too far is a crash, not luck.
 *
 * An empty slice lies wholly behind the end: to look at it at all is the crash.
 *
 * Memory:  never freed, because tests are short: two mappings a call, of the 65530 that the kernel gives.
 */
#ifndef AZFOB_TESTS_LIB_GUARD_H
#define AZFOB_TESTS_LIB_GUARD_H

#include "base/slice.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* n writable bytes, all 0xa5: zeros would hide a terminating NUL that nobody wrote. */
static inline uint8_t *guarded_room(size_t n)
{
    enum { PAGE = 4096 };
    size_t pages = (n + PAGE - 1) / PAGE * PAGE;
    uint8_t *start = mmap(NULL, pages + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED || mprotect(start + pages, PAGE, PROT_NONE) != 0)
        abort();
    memset(start, 0xa5, pages);
    return start + pages - n;
}

/* A copy of these bytes. */
static inline slice guarded(slice s)
{
    uint8_t *at = guarded_room(s.len);
    if (s.len)
        memcpy(at, s.at, s.len);
    return (slice){at, s.len};
}

#endif
