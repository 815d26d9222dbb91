#include "system/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* One run of texts: errno number, then its words. */
static const struct {
    uint8_t number;
    char words[31];
} reasons[] = {
    {EPERM, "operation not permitted"},
    {ENOENT, "no such file or folder"},
    {EIO, "input/output error"},
    {E2BIG, "argument list too long"},
    {ENOEXEC, "not an executable format"},
    {EBADF, "closed"},
    {EAGAIN, "no resources at the moment"},
    {ENOMEM, "not enough memory"},
    {EACCES, "permission denied"},
    {EEXIST, "it exists"},
    {EXDEV, "another file system"},
    {ENOTDIR, "not a folder"},
    {EISDIR, "it is a folder"},
    {EINVAL, "invalid argument"},
    {ENFILE, "too many open files"},
    {EMFILE, "too many open files"},
    {ETXTBSY, "file is busy"},
    {EFBIG, "file too large"},
    {ENOSPC, "no space left"},
    {EROFS, "read-only file system"},
    {EPIPE, "nobody reads it"},
    {ENAMETOOLONG, "name too long"},
    {ENOSYS, "the kernel has no such call"},
    {ELOOP, "too many symbolic links"},
    {EDQUOT, "disk quota exceeded"},
    {ENXIO, "no such device"},
    {ECONNREFUSED, "connection refused"},
    {ECONNRESET, "connection reset"},
    {ENETUNREACH, "no route to the network"},
    {EHOSTUNREACH, "no route to the host"},
    {ENETDOWN, "the network is down"},
    {ETIMEDOUT, "connection timed out"},
    {EADDRNOTAVAIL, "no address of our own yet"},
    {EAFNOSUPPORT, "address family not supported"},
};

slice system_reason(int error)
{
    static char other[16] = "error ";
    for (size_t i = 0; i < COUNT(reasons); i++)
        if (reasons[i].number == error)
            return slice_of(reasons[i].words);
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
