#include "system/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define REASONS(R)                                                                                                     \
    R(EPERM, "operation not permitted")                                                                                \
    R(ENOENT, "no such file or folder")                                                                                \
    R(EIO, "input/output error")                                                                                       \
    R(E2BIG, "argument list too long")                                                                                 \
    R(ENOEXEC, "not an executable format")                                                                             \
    R(EBADF, "closed")                                                                                                 \
    R(EAGAIN, "no resources at the moment")                                                                            \
    R(ENOMEM, "not enough memory")                                                                                     \
    R(EACCES, "permission denied")                                                                                     \
    R(EEXIST, "it exists")                                                                                             \
    R(EXDEV, "another file system")                                                                                    \
    R(ENOTDIR, "not a folder")                                                                                         \
    R(EISDIR, "it is a folder")                                                                                        \
    R(EINVAL, "invalid argument")                                                                                      \
    R(ENFILE, "too many open files")                                                                                   \
    R(EMFILE, "too many open files")                                                                                   \
    R(ETXTBSY, "file is busy")                                                                                         \
    R(EFBIG, "file too large")                                                                                         \
    R(ENOSPC, "no space left")                                                                                         \
    R(EROFS, "read-only file system")                                                                                  \
    R(EPIPE, "nobody reads it")                                                                                        \
    R(ENAMETOOLONG, "name too long")                                                                                   \
    R(ENOSYS, "the kernel has no such call")                                                                           \
    R(ELOOP, "too many symbolic links")                                                                                \
    R(EDQUOT, "disk quota exceeded")                                                                                   \
    R(ENXIO, "no such device")                                                                                         \
    R(ECONNREFUSED, "connection refused")                                                                              \
    R(ECONNRESET, "connection reset")                                                                                  \
    R(ENETUNREACH, "no route to the network")                                                                          \
    R(EHOSTUNREACH, "no route to the host")                                                                            \
    R(ENETDOWN, "the network is down")                                                                                 \
    R(ETIMEDOUT, "connection timed out")                                                                               \
    R(EADDRNOTAVAIL, "no address of our own yet")                                                                      \
    R(EAFNOSUPPORT, "address family not supported")

static const uint8_t numbers[] = {
#define R(number, words) number,
    REASONS(R)
#undef R
};

static const char reasons[] =
#define R(number, words) words "\0"
    REASONS(R)
#undef R
    ;

slice system_reason(int error)
{
    static char other[16] = "error ";
    slice known = texts_of(reasons, numbers, COUNT(numbers), error);
    if (known.len)
        return known;
    struct buf text = {(uint8_t *)other, 6, sizeof other, false};
    buf_number(&text, (uint64_t)(unsigned)error);
    return buf_slice(&text);
}

static err read_all(int fd, slice path, struct buf *out)
{
    for (;;) {
        uint8_t one;
        bool more = out->cap > out->len;
        /* At the end of the room one byte more tells whether the file just fits. */
        ssize_t got = more ? read(fd, out->at + out->len, out->cap - out->len) : read(fd, &one, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_make(M_FILE_READ, path, system_reason(errno));
        if (got == 0)
            return OK;
        if (!more)
            return err_number(err_make(M_FILE_TOO_BIG, path), (int64_t)out->cap);
        out->len += (size_t)got;
    }
}

err file_read(slice path, struct buf *out)
{
    char name[4096];
    if (slice_equal(path, S("-")))
        return read_all(STDIN_FILENO, S("standard input"), out);
    if (path.len >= sizeof name || slice_find(path, 0) < path.len)
        return err_make(M_FILE_READ, path, system_reason(ENAMETOOLONG));
    memcpy(name, path.at, path.len);
    name[path.len] = 0;
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_make(M_FILE_READ, path, system_reason(errno));
    err e = read_all(fd, path, out);
    close(fd);
    return e;
}
