#include "net/resolve.h"

#include "system/child.h"
#include "wire/url.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A lost question is asked again by musl after 2.5 s. */
enum { OTHER_FAMILY_MS = 50, LATE_FAMILY_MS = 3000, FAMILY_ADDRESSES_MAX = RESOLVE_ADDRESSES_MAX / RESOLVE_FAMILIES };

/* What a child writes, in one piece: less than PIPE_BUF, so that the parent reads all of it or nothing. */
struct report {
    int32_t error; /* of getaddrinfo */
    int32_t system_error;
    uint32_t addresses;
    struct address address[FAMILY_ADDRESSES_MAX];
};

static const int families[RESOLVE_FAMILIES] = {AF_INET6, AF_INET};

static void take_address(struct report *report, const struct addrinfo *found)
{
    struct address *to = &report->address[report->addresses++];
    if (found->ai_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)found->ai_addr;
        to->len = 16;
        memcpy(to->bytes, &v6->sin6_addr, 16);
    } else {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)found->ai_addr;
        to->len = 4;
        memcpy(to->bytes, &v4->sin_addr, 4);
    }
}

static void ask(const char *host, int family, int fd)
{
    struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    struct report report = {0};
    report.error = getaddrinfo(host, NULL, &hints, &found);
    report.system_error = errno;
    for (; report.error == 0 && found && report.addresses < FAMILY_ADDRESSES_MAX; found = found->ai_next)
        take_address(&report, found);
    (void)!write(fd, &report, sizeof report);
}

static bool start_child(struct resolver_child *child, const char *host, int family)
{
    int pipe_fd[2];
    child->fd = -1;
    if (pipe2(pipe_fd, O_CLOEXEC | O_NONBLOCK))
        return false;
    /* The resolver is in the arena, which the child does not have: nothing of it may be touched there. */
    pid_t pid = child_fork();
    if (pid == 0) {
        ask(host, family, pipe_fd[1]);
        _exit(0);
    }
    close(pipe_fd[1]);
    if (pid < 0) {
        close(pipe_fd[0]);
        return false;
    }
    child->pid = pid;
    child->fd = pipe_fd[0];
    return true;
}

static void reset(struct resolver *resolve)
{
    memset(resolve, 0, sizeof *resolve);
    for (size_t i = 0; i < RESOLVE_FAMILIES; i++)
        resolve->child[i].fd = -1;
    resolve->state = RESOLVE_FAILED;
}

void resolve_fixed(struct resolver *resolve, const struct address *address)
{
    reset(resolve);
    resolve->address[0] = *address;
    resolve->addresses = 1;
    resolve->state = RESOLVE_DONE;
}

void resolve_start(struct resolver *resolve, slice host)
{
    char name[RESOLVE_HOST_BYTES_MAX + 1];
    struct address literal = {0};
    literal.len = (uint8_t)host_address(host, literal.bytes);
    if (literal.len) {
        resolve_fixed(resolve, &literal);
        return;
    }
    reset(resolve);
    if (host.len >= sizeof name || slice_find(host, 0) < host.len)
        return;
    memcpy(name, host.at, host.len);
    name[host.len] = 0;
    for (size_t i = 0; i < RESOLVE_FAMILIES; i++)
        if (!start_child(&resolve->child[i], name, families[i])) {
            resolve->failure = RESOLVE_SYSTEM;
            resolve->system_error = errno;
            return;
        }
    resolve->state = RESOLVE_MORE;
}

void resolve_watch(const struct resolver *resolve, struct loop *loop)
{
    bool waits = false;
    for (size_t i = 0; i < RESOLVE_FAMILIES; i++)
        if (resolve->child[i].fd >= 0) {
            loop_watch(loop, resolve->child[i].fd, POLLIN);
            waits = true;
        }
    if (waits && loop->now < resolve->wait_until)
        loop_until(loop, resolve->wait_until);
}

/* The worst that one family said counts only when the other has nothing either: "no such name" is final, a silent name
 * server may answer later. */
static void note_failure(struct resolver *resolve, const struct report *report)
{
    if (report->error == 0 || report->error == EAI_NONAME || report->error == EAI_NODATA)
        return;
    resolve->failure = report->error == EAI_AGAIN || report->error == EAI_FAIL ? RESOLVE_AGAIN : RESOLVE_SYSTEM;
    resolve->system_error = report->error == EAI_SYSTEM ? report->system_error : ENOMEM;
}

static void read_child(struct resolver *resolve, struct resolver_child *child)
{
    struct report report = {.error = EAI_AGAIN};
    ssize_t got = read(child->fd, &report, sizeof report);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    close(child->fd);
    child->fd = -1;
    if (got != (ssize_t)sizeof report || report.addresses > FAMILY_ADDRESSES_MAX)
        report = (struct report){.error = EAI_AGAIN};
    memcpy(child->address, report.address, sizeof child->address);
    child->addresses = report.addresses;
    note_failure(resolve, &report);
}

/* Families in turn, so that a broken one costs only every second try (RFC 8305 section 4). */
static void gather(struct resolver *resolve)
{
    resolve->addresses = 0;
    for (size_t k = 0; k < FAMILY_ADDRESSES_MAX; k++)
        for (size_t i = 0; i < RESOLVE_FAMILIES; i++)
            if (k < resolve->child[i].addresses)
                resolve->address[resolve->addresses++] = resolve->child[i].address[k];
}

enum resolve_verdict resolve_step(struct resolver *resolve, const struct loop *loop)
{
    size_t open = 0;
    if (resolve->state != RESOLVE_MORE)
        return resolve->state;
    for (size_t i = 0; i < RESOLVE_FAMILIES; i++) {
        if (resolve->child[i].fd >= 0)
            read_child(resolve, &resolve->child[i]);
        open += resolve->child[i].fd >= 0;
    }
    gather(resolve);
    if (open && resolve->addresses && !resolve->wait_until)
        resolve->wait_until = loop->now + OTHER_FAMILY_MS;
    bool waited = resolve->wait_until && loop->now >= resolve->wait_until;
    if (open && !waited)
        return RESOLVE_MORE;
    resolve->state = resolve->addresses ? RESOLVE_DONE : RESOLVE_FAILED;
    if (waited)
        resolve->wait_until += LATE_FAMILY_MS;
    return resolve->state;
}

bool resolve_more(struct resolver *resolve, int64_t now)
{
    bool open = false;
    for (size_t i = 0; i < RESOLVE_FAMILIES; i++) {
        struct resolver_child *child = &resolve->child[i];
        if (child->fd < 0)
            continue;
        read_child(resolve, child);
        for (size_t k = 0; child->fd < 0 && k < child->addresses && resolve->addresses < RESOLVE_ADDRESSES_MAX; k++)
            resolve->address[resolve->addresses++] = child->address[k];
        open |= child->fd >= 0;
    }
    return open && now < resolve->wait_until;
}

void resolve_stop(struct resolver *resolve)
{
    for (size_t i = 0; i < RESOLVE_FAMILIES; i++) {
        struct resolver_child *child = &resolve->child[i];
        if (child->fd >= 0)
            close(child->fd);
        child->fd = -1;
        if (child->pid > 0)
            child_end(child->pid);
        child->pid = 0;
    }
}
