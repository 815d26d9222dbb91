#include "system/descriptor.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

int descriptor_write(int fd, slice bytes)
{
    while (bytes.len) {
        ssize_t done = write(fd, bytes.at, bytes.len);
        if (done >= 0) {
            bytes = slice_after(bytes, (size_t)done);
        } else if (errno == EAGAIN) {
            struct pollfd ready = {.fd = fd, .events = POLLOUT};
            (void)poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}
