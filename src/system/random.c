#include "system/random.h"

#include <errno.h>
#include <sys/random.h>

enum random random_fill(uint8_t *bytes, size_t len)
{
    ssize_t got;
    do
        got = getrandom(bytes, len, GRND_NONBLOCK);
    while (got < 0 && errno == EINTR);
    if (got >= 0 && (size_t)got == len)
        return RANDOM_OK;
    return got < 0 && errno == EAGAIN ? RANDOM_LATER : RANDOM_NEVER;
}
