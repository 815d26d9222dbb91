#include "output/memfile.h"

#include "system/descriptor.h"
#include "system/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of Linux 6.3, where a machine may forbid memory files that could be executed. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x8U
#endif

static int make_sealable(void)
{
    int fd = memfd_create("azfob", MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    return fd < 0 && errno == EINVAL ? memfd_create("azfob", MFD_ALLOW_SEALING) : fd;
}

static int fill(int fd, slice content, uint32_t user, uint32_t group)
{
    /* A memory file starts as 0777: who may open /proc/PID/fd of a process that has it could open it. */
    if (((user & group) != UINT32_MAX && fchown(fd, user, group)) || fchmod(fd, 0400))
        return errno;
    int error = descriptor_write(fd, content);
    /* CMD may read the descriptor itself, which has our position. */
    if (!error &&
        (lseek(fd, 0, SEEK_SET) || fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)))
        error = errno;
    return error;
}

err memfile_make(slice name, slice content, uint32_t user, uint32_t group, int *fd)
{
    int made = make_sealable();
    int error = made < 0 ? errno : fill(made, content, user, group);
    if (error) {
        if (made >= 0)
            close(made);
        return err_make(M_MEMFILE, name, system_reason(error));
    }
    *fd = made;
    return OK;
}

void memfile_path(int fd, struct buf *to)
{
    buf_put(to, S("/proc/self/fd/"));
    buf_number(to, (uint64_t)fd);
}
