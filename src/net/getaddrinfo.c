/* What musl's getaddrinfo asks of the rest of the C library, no larger than it needs it. The linker puts these in the place of
 * musl's own (--wrap, in the Makefile): whole modules of it, 7 KiB in all, would do no more here. They run in the child only,
 * on one thread.
 *
 *   qsort           musl's overflows on 32 bits (CVE-2026-40200); here some dozens of addresses are sorted
 *   calloc          a whole allocator for one block
 *   mbstowcs        the locale's characters, to measure a host's name
 *   strstr          names in the lines of /etc/hosts, which are short
 *   strtoul(l)      numbers in resolv.conf and in addresses, with all that scanf can do
 *   __lookup_serv   /etc/services, for a service that we never name
 *   clock_gettime   the kernel's shared page, so as to save a call every few seconds
 *   stdio           files that can be written to, sought in, shared by threads: __fopen_rb_ca, fgets, getc, __fclose_ca
 */
#include "base/slice.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void __wrap_qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *));
void *__wrap_calloc(size_t count, size_t size);
size_t __wrap_mbstowcs(void *to, const char *text, size_t n);
char *__wrap_strstr(const char *text, const char *wanted);
unsigned long __wrap_strtoul(const char *text, char **end, int base);
unsigned long long __wrap_strtoull(const char *text, char **end, int base);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
struct text_file *__wrap___fopen_rb_ca(const char *name, struct text_file *file, uint8_t *room, size_t bytes);
int __wrap_getc(struct text_file *file);
char *__wrap_fgets(char *line, int bytes, struct text_file *file);
int __wrap___fclose_ca(struct text_file *file);
int __real_clock_gettime(clockid_t clock, struct timespec *now);

/* In the room of musl's FILE, whose first member it keeps: musl's feof looks into it. */
struct text_file {
    unsigned flags;
    int fd;
    uint8_t *room;
    size_t bytes, at, end;
};
enum { AT_END = 16 /* F_EOF */ };

/* musl's struct service, of which there is at most one here. */
struct service {
    uint16_t port;
    unsigned char protocol, type;
};
int __wrap___lookup_serv(struct service *found, const char *name, int protocol, int type, int flags);

void __wrap_qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    uint8_t *at = base;
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k && compare(at + (k - 1) * size, at + k * size) > 0; k--)
            for (size_t n = 0; n < size; n++) {
                uint8_t byte = at[k * size + n];
                at[k * size + n] = at[(k - 1) * size + n];
                at[(k - 1) * size + n] = byte;
            }
}

void *__wrap_calloc(size_t count, size_t size)
{
    static _Alignas(16) uint8_t room[16 * 1024];
    static size_t used;
    size_t left = sizeof room - used;
    if (size && count > left / size)
        return NULL;
    void *at = room + used;
    used += (count * size + 15) & ~(size_t)15;
    if (used > sizeof room)
        used = sizeof room;
    return at;
}

/* Only ever asked how many characters there are; a name of ours is ASCII (wire/url). */
size_t __wrap_mbstowcs(void *to, const char *text, size_t n)
{
    (void)to;
    (void)n;
    return slice_of(text).len;
}

/* These functions of C take a const text and give the same without it. */
static char *writable(const char *text)
{
    union {
        const char *in;
        char *out;
    } same = {text};
    return same.out;
}

char *__wrap_strstr(const char *text, const char *wanted)
{
    slice rest = slice_of(text), name = slice_of(wanted);
    for (; rest.len >= name.len; rest = slice_after(rest, 1)) {
        if (slice_starts(rest, name))
            return writable((const char *)rest.at);
        if (rest.len == 0)
            break;
    }
    return NULL;
}

static unsigned digit_of(char c)
{
    if (byte_is_digit((uint8_t)c))
        return (unsigned)(c - '0');
    return byte_is_alpha((uint8_t)c) ? (unsigned)byte_lower((uint8_t)c) - 'a' + 10 : 99;
}

/* Bases 0, 8, 10 and 16, no sign and no white space before it: callers have looked at the first digit. Too large a number is the largest. */
unsigned long long __wrap_strtoull(const char *text, char **end, int base)
{
    unsigned long long n = 0;
    unsigned radix = base ? (unsigned)base : 10;
    if ((base == 0 || base == 16) && text[0] == '0' && (text[1] | 32) == 'x' && digit_of(text[2]) < 16) {
        text += 2;
        radix = 16;
    } else if (base == 0 && text[0] == '0')
        radix = 8;
    for (unsigned digit; (digit = digit_of(*text)) < radix; text++)
        n = n > (~0ULL - digit) / radix ? ~0ULL : n * radix + digit;
    if (end)
        *end = writable(text);
    return n;
}

unsigned long __wrap_strtoul(const char *text, char **end, int base)
{
    unsigned long long n = __wrap_strtoull(text, end, base);
    unsigned long cut = (unsigned long)n;
    return cut == n ? cut : ~0UL;
}

int __wrap___lookup_serv(struct service *found, const char *name, int protocol, int type, int flags)
{
    (void)name;
    (void)protocol;
    (void)flags;
    found->port = 0;
    found->protocol = 6; /* TCP */
    found->type = (unsigned char)type;
    return 1;
}

/* On 32 bits there are two calls with two forms of time, and kernels that have only one; musl then has no name for either alone. */
int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
#ifdef SYS_clock_gettime
    return (int)syscall(SYS_clock_gettime, clock, now);
#else
    return __real_clock_gettime(clock, now);
#endif
}

struct text_file *__wrap___fopen_rb_ca(const char *name, struct text_file *file, uint8_t *room, size_t bytes)
{
    *file = (struct text_file){.fd = open(name, O_RDONLY | O_CLOEXEC), .room = room, .bytes = bytes};
    return file->fd < 0 ? NULL : file;
}

/* A file that cannot be read any further ends there, as it does for musl's callers, who do not ask why. */
int __wrap_getc(struct text_file *file)
{
    if (file->at == file->end) {
        ssize_t got = read(file->fd, file->room, file->bytes);
        file->at = 0;
        file->end = got > 0 ? (size_t)got : 0;
        if (file->end == 0) {
            file->flags |= AT_END;
            return -1;
        }
    }
    return file->room[file->at++];
}

char *__wrap_fgets(char *line, int bytes, struct text_file *file)
{
    int n = 0;
    for (int c = 0; c != '\n' && n + 1 < bytes && (c = __wrap_getc(file)) >= 0;)
        line[n++] = (char)c;
    line[n] = 0;
    return n ? line : NULL;
}

int __wrap___fclose_ca(struct text_file *file)
{
    return close(file->fd);
}
