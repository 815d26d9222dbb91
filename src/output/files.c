#include "output/files.h"

#include "system/clock.h"
#include "system/descriptor.h"
#include "system/file.h"
#include "system/random.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h> /* for renameat2 only */
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum state {
    RIGHT,    /* nothing to do: it is as it should be */
    DIRECT,   /* a FIFO or a device */
    NAMELESS, /* complete, in fd */
    NAMED,    /* complete or not, as `spare` */
    PLACED,   /* under its name; the old one, if there was one, is `spare` */
};

enum { NAME_BYTES_MAX = 255, PATH_BYTES_MAX = 4095, PROC_PATH_BYTES = 32, SPARE_TRIES = 16 };

#define SPARE_START ".azfob-"

/* The name with its NUL, for the length of one call. Its length was checked when the folder was opened. */
struct leaf {
    char at[NAME_BYTES_MAX + 1];
};

static const char *terminated(slice text, char *room)
{
    if (text.len)
        memcpy(room, text.at, text.len);
    room[text.len] = 0;
    return room;
}

static err fault(uint16_t message, const struct output_file *file, int error)
{
    /* A path that is too long must leave room for saying so. */
    return err_make(message, slice_first(file->path, NOTE_BYTES_MAX), system_reason(error));
}

/* --- the folder --- */

static bool is_spare(const char *name)
{
    return strlen(name) == FILES_NAME_BYTES - 1 && memcmp(name, SPARE_START, sizeof SPARE_START - 1) == 0;
}

/* Removes what a run that was killed has left. Each run holds a shared lock on the folder as long as it works there, so who
 * gets the exclusive one is alone, and every such file is a left one. */
static void sweep(int folder, struct buf *scratch)
{
    enum { RECORD_LENGTH_AT = 16, NAME_AT = 19 }; /* in struct linux_dirent64 */
    if (flock(folder, LOCK_EX | LOCK_NB) == 0) {
        long bytes;
        while ((bytes = syscall(SYS_getdents64, folder, scratch->at, scratch->cap)) > 0) {
            uint16_t length;
            for (const uint8_t *at = scratch->at; at < scratch->at + bytes; at += length) {
                memcpy(&length, at + RECORD_LENGTH_AT, sizeof length);
                if (is_spare((const char *)at + NAME_AT))
                    (void)unlinkat(folder, (const char *)at + NAME_AT, 0);
            }
        }
    }
    (void)flock(folder, LOCK_SH | LOCK_NB);
}

static void make_folders(char *path)
{
    for (char *at = path + 1; *at; at++)
        if (*at == '/') {
            *at = 0;
            (void)mkdir(path, 0755);
            *at = '/';
        }
    (void)mkdir(path, 0755);
}

static bool in_dev(slice path)
{
    return slice_starts(path, S("/dev/")) && !slice_starts(path, S("/dev/shm/"));
}

static slice folder_of(const struct output_file *file)
{
    size_t len = file->path.len - file->name.len;
    return len ? slice_first(file->path, len) : S("./");
}

static err open_folder(struct output_file *all, struct output_file *file, bool mkdir, struct buf *scratch)
{
    char path[PATH_BYTES_MAX + 1];
    for (slice rest = file->path, before; rest.len;) {
        file->name = rest;
        slice_cut(&rest, '/', &before);
    }
    if (file->path.len == 0 || file->path.at[file->path.len - 1] == '/')
        return fault(M_FILE_FOLDER, file, 0);
    if (file->path.len > PATH_BYTES_MAX || file->name.len > NAME_BYTES_MAX)
        return fault(M_FILE_CREATE, file, ENAMETOOLONG);
    if (slice_find(file->path, 0) < file->path.len)
        return fault(M_FILE_CREATE, file, EINVAL);
    for (const struct output_file *other = all; other < file; other++)
        if (slice_equal(folder_of(other), folder_of(file))) {
            file->folder = other->folder;
            return OK;
        }
    terminated(folder_of(file), path);
    file->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file->folder < 0 && errno == ENOENT && mkdir) {
        make_folders(path);
        file->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    if (file->folder < 0)
        return fault(M_FILE_CREATE, file, errno);
    if (!in_dev(file->path))
        sweep(file->folder, scratch);
    return OK;
}

/* --- prepare --- */

static bool has_content(int fd, slice content, struct buf *scratch)
{
    for (;;) {
        ssize_t got = read(fd, scratch->at, scratch->cap);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0 && content.len == 0;
        if (!slice_equal((slice){scratch->at, (size_t)got}, slice_first(content, (size_t)got)))
            return false;
        content = slice_after(content, (size_t)got);
    }
}

static bool is_right(const struct output_file *file, const char *leaf, struct buf *scratch)
{
    struct stat is;
    /* O_NOATIME is refused for others' files, but these are not right anyway. */
    int fd = openat(file->folder, leaf, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOATIME | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool right = fstat(fd, &is) == 0 && S_ISREG(is.st_mode) && (is.st_mode & 07777) == file->mode &&
                 is.st_uid == (file->user == OWNER_KEEP ? geteuid() : file->user) &&
                 (file->group == OWNER_KEEP || is.st_gid == file->group) && (size_t)is.st_size == file->content.len &&
                 has_content(fd, file->content, scratch);
    close(fd);
    return right;
}

/* A name that nobody has, tried with `make` until it is free. */
static int with_spare_name(char spare[FILES_NAME_BYTES], int (*make)(const struct output_file *, const char *),
                           const struct output_file *file)
{
    static const char hex[] = "0123456789abcdef";
    uint64_t number;
    int made = -1;
    /* Not a secret, only free: O_EXCL guards it. */
    if (random_fill((uint8_t *)&number, sizeof number) != RANDOM_OK)
        number = (uint64_t)clock_ms() << 20 ^ (uint64_t)getpid();
    memcpy(spare, SPARE_START, sizeof SPARE_START);
    for (int tries = 0; tries < SPARE_TRIES && made < 0 && (tries == 0 || errno == EEXIST); tries++, number++) {
        for (unsigned digit = 0; digit < 16; digit++)
            spare[sizeof SPARE_START - 1 + digit] = hex[number >> 4 * digit & 15];
        spare[FILES_NAME_BYTES - 1] = 0;
        made = make(file, spare);
    }
    return made;
}

static int make_named(const struct output_file *file, const char *spare)
{
    return openat(file->folder, spare, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static void proc_path(int fd, char room[PROC_PATH_BYTES])
{
    struct buf path = {(uint8_t *)room, 0, PROC_PATH_BYTES, false};
    buf_text(&path, "/proc/self/fd/");
    buf_number(&path, (uint64_t)fd);
    buf_byte(&path, 0);
}

/* Only by /proc: the kernel wants a capability for linking a bare descriptor, and that cannot be asked beforehand. */
static bool can_be_named(int fd)
{
    char path[PROC_PATH_BYTES];
    struct stat by_path, by_fd;
    proc_path(fd, path);
    return stat(path, &by_path) == 0 && fstat(fd, &by_fd) == 0 && by_path.st_ino == by_fd.st_ino &&
           by_path.st_dev == by_fd.st_dev;
}

static err fill(const struct output_file *file, int fd)
{
    if (((file->user & file->group) != OWNER_KEEP && fchown(fd, file->user, file->group)) || fchmod(fd, file->mode))
        return fault(M_FILE_CREATE, file, errno);
    int error = descriptor_write(fd, file->content);
    if (!error && fsync(fd))
        error = errno;
    return error ? fault(M_FILE_WRITE, file, error) : OK;
}

static err make_new(struct output_file *file)
{
    int fd = openat(file->folder, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
    if (fd >= 0 && can_be_named(fd)) {
        file->fd = fd;
        file->state = NAMELESS;
        return fill(file, fd);
    }
    if (fd >= 0)
        close(fd);
    fd = with_spare_name(file->spare, make_named, file);
    if (fd < 0)
        return fault(M_FILE_CREATE, file, errno);
    file->state = NAMED;
    err e = fill(file, fd);
    if (close(fd) && !failed(e))
        e = fault(M_FILE_WRITE, file, errno);
    return e;
}

static err prepare(struct output_file *file, bool always, struct buf *scratch)
{
    struct leaf leaf;
    struct stat old = {.st_mode = 0};
    terminated(file->name, leaf.at);
    if (fstatat(file->folder, leaf.at, &old, AT_SYMLINK_NOFOLLOW) && errno != ENOENT)
        return fault(M_FILE_CREATE, file, errno);
    file->replaces = old.st_mode != 0;
    if (S_ISDIR(old.st_mode))
        return fault(M_FILE_FOLDER, file, 0);
    if (S_ISSOCK(old.st_mode))
        return err_make(M_FILE_CREATE, file->path, S("it is a socket"));
    if (S_ISFIFO(old.st_mode) || S_ISCHR(old.st_mode) || S_ISBLK(old.st_mode) || in_dev(file->path)) {
        file->state = DIRECT;
        return OK;
    }
    if (file->replaces && !always && is_right(file, leaf.at, scratch))
        return OK;
    return make_new(file);
}

static err write_direct(const struct output_file *file)
{
    struct leaf leaf;
    int fd = openat(file->folder, terminated(file->name, leaf.at),
                    O_WRONLY | O_NOCTTY | O_CLOEXEC | (in_dev(file->path) ? 0 : O_NOFOLLOW));
    if (fd < 0)
        return fault(M_FILE_CREATE, file, errno);
    int error = descriptor_write(fd, file->content);
    /* Most of these cannot be synced; a block device can. */
    if (!error && fsync(fd) && errno != EINVAL && errno != EROFS)
        error = errno;
    if (close(fd) && !error)
        error = errno;
    return error ? fault(M_FILE_WRITE, file, error) : OK;
}

/* --- commit and undo --- */

static int link_nameless(const struct output_file *file, const char *name)
{
    char path[PROC_PATH_BYTES];
    proc_path(file->fd, path);
    return linkat(AT_FDCWD, path, file->folder, name, AT_SYMLINK_FOLLOW);
}

static int link_old(const struct output_file *file, const char *name)
{
    struct leaf leaf;
    return linkat(file->folder, terminated(file->name, leaf.at), file->folder, name, 0);
}

/* `spare` becomes the file, and the old file `spare`. */
static bool change_places(struct output_file *file, const char *leaf)
{
    char kept[FILES_NAME_BYTES];
    if (renameat2(file->folder, file->spare, file->folder, leaf, RENAME_EXCHANGE) == 0)
        return true;
    /* This file system or kernel does not know it: keep the old one by a second name first. */
    if (with_spare_name(kept, link_old, file) < 0)
        return false;
    if (renameat(file->folder, file->spare, file->folder, leaf)) {
        int error = errno;
        (void)unlinkat(file->folder, kept, 0);
        errno = error;
        return false;
    }
    memcpy(file->spare, kept, sizeof kept);
    return true;
}

static bool place(struct output_file *file)
{
    struct leaf leaf;
    terminated(file->name, leaf.at);
    if (file->state == NAMELESS && !file->replaces) {
        if (link_nameless(file, leaf.at) == 0) {
            file->state = PLACED;
            return true;
        }
        if (errno != EEXIST)
            return false;
        file->replaces = true; /* by somebody, meanwhile */
    }
    if (file->state == NAMELESS) {
        if (with_spare_name(file->spare, link_nameless, file) < 0)
            return false;
        file->state = NAMED;
    }
    if (file->replaces ? !change_places(file, leaf.at)
                       : renameat(file->folder, file->spare, file->folder, leaf.at) != 0)
        return false;
    file->state = PLACED;
    return true;
}

static err undo(const struct output_file *file)
{
    struct leaf leaf;
    if (file->state == NAMED)
        (void)unlinkat(file->folder, file->spare, 0);
    /* Only what was placed has a name that was found short enough. */
    if (file->state != PLACED)
        return OK;
    terminated(file->name, leaf.at);
    int answer = file->replaces ? renameat(file->folder, file->spare, file->folder, leaf.at)
                                : unlinkat(file->folder, leaf.at, 0);
    return answer ? err_make(M_FILE_UNDO, file->path, system_reason(errno), slice_of(file->spare)) : OK;
}

/* The first one that was placed in each folder syncs it for all. */
static err sync_folder(const struct output_file *all, const struct output_file *file)
{
    for (const struct output_file *other = all; other < file; other++)
        if (other->state == PLACED && other->folder == file->folder)
            return OK;
    if (file->state == PLACED && fsync(file->folder) && errno != EINVAL)
        return fault(M_FILE_WRITE, file, errno);
    return OK;
}

static err commit(struct output_file *file, size_t files)
{
    err e = OK;
    for (size_t i = 0; i < files && !failed(e); i++)
        if ((file[i].state == NAMELESS || file[i].state == NAMED) && !place(&file[i]))
            e = fault(M_FILE_CREATE, &file[i], errno);
    for (size_t i = 0; i < files && !failed(e); i++)
        e = sync_folder(file, &file[i]);
    return e;
}

static void close_all(const struct output_file *file, size_t files)
{
    for (size_t i = files; i-- > 0;) {
        bool shared = false;
        for (size_t j = 0; j < i; j++)
            shared |= file[j].folder == file[i].folder;
        if (file[i].folder >= 0 && !shared)
            close(file[i].folder);
        if (file[i].fd >= 0)
            close(file[i].fd);
    }
}

static err end(struct output_file *file, size_t files, err e)
{
    for (size_t i = files; i-- > 0;)
        if (failed(e)) {
            err worse = undo(&file[i]);
            e = failed(worse) ? worse : e;
        } else if (file[i].state == PLACED && file[i].replaces) {
            (void)unlinkat(file[i].folder, file[i].spare, 0);
        }
    close_all(file, files);
    return e;
}

err files_write(struct output_file *file, size_t files, struct files_setting setting, struct buf *scratch)
{
    sigset_t all, before;
    err e = OK;
    for (size_t i = 0; i < files; i++) {
        file[i].folder = file[i].fd = -1;
        file[i].state = RIGHT;
    }
    sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, &before);
    for (size_t i = 0; i < files && !failed(e); i++) {
        e = open_folder(file, &file[i], setting.mkdir, scratch);
        if (!failed(e))
            e = prepare(&file[i], setting.always, scratch);
    }
    for (size_t i = 0; i < files && !failed(e); i++)
        if (file[i].state == DIRECT) {
            /* A FIFO may never have a reader: that wait, and only that, can be ended by a signal. */
            (void)sigprocmask(SIG_SETMASK, &before, NULL);
            e = write_direct(&file[i]);
            (void)sigprocmask(SIG_BLOCK, &all, NULL);
        }
    if (!failed(e))
        e = commit(file, files);
    e = end(file, files, e);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return e;
}
