#include "net/stream.h"

#include "system/file.h"
#include "wire/url.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void fail(struct stream *stream, enum stream_failure failure, int error)
{
    stream->state = STREAM_FAILED;
    stream->failure = failure;
    stream->error = error;
}

void stream_open(struct stream *stream, const struct stream_setting *setting, const struct loop *loop)
{
    /* Not the whole struct: its buffer would become resident for nothing. */
    memset(stream, 0, offsetof(struct stream, in));
    stream->setting = *setting;
    stream->began = loop->now;
    stream->fd = -1;
    for (size_t i = 0; i < RESOLVE_ADDRESSES_MAX; i++)
        stream->attempt[i].fd = -1;
    if (setting->fixed.len)
        resolve_fixed(&stream->resolve, &setting->fixed);
    else
        resolve_start(&stream->resolve, setting->proxy ? setting->proxy->host : setting->host);
    stream->state = STREAM_NAMING;
}

/* --- connecting --- */

static socklen_t socket_address(const struct address *from, uint16_t port, struct sockaddr_storage *to)
{
    memset(to, 0, sizeof *to);
    if (from->len == 16) {
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
        memcpy(&v6.sin6_addr, from->bytes, 16);
        memcpy(to, &v6, sizeof v6);
        return sizeof v6;
    }
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    memcpy(&v4.sin_addr, from->bytes, 4);
    memcpy(to, &v4, sizeof v4);
    return sizeof v4;
}

/* The errno of a connect that is over, 0 when it is connected, EINPROGRESS while it is under way. Asking by connect(2)
 * again tells all three, and needs no readiness of the descriptor to be handed around. */
static int try_connect(const struct stream *stream, size_t i)
{
    struct sockaddr_storage to;
    const struct proxy *proxy = stream->setting.proxy;
    socklen_t len = socket_address(&stream->attempt[i].address, proxy ? proxy->port : stream->setting.port, &to);
    if (connect(stream->attempt[i].fd, (struct sockaddr *)&to, len) == 0 || errno == EISCONN)
        return 0;
    return errno == EALREADY || errno == EINTR ? EINPROGRESS : errno;
}

static void drop_attempt(struct stream *stream, size_t i)
{
    if (stream->attempt[i].fd >= 0)
        close(stream->attempt[i].fd);
    stream->attempt[i].fd = -1;
}

static void ask_proxy(struct stream *stream)
{
    struct buf request = BUF(stream->in);
    http_head_start(&stream->answer);
    if (!proxy_connect(stream->setting.proxy, stream->setting.host, stream->setting.port, &request))
        fail(stream, STREAM_REFUSED, 0);
    stream->connect = buf_slice(&request);
}

static void keep_attempt(struct stream *stream, size_t i, int64_t now)
{
    int on = 1;
    stream->fd = stream->attempt[i].fd;
    stream->peer = stream->attempt[i].address;
    stream->attempt[i].fd = -1;
    for (size_t k = 0; k < stream->tried; k++)
        drop_attempt(stream, k);
    resolve_stop(&stream->resolve);
    /* We write whole flights; Nagle would hold the second until the first is acknowledged, 40 ms later. */
    (void)setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    stream->connected = now;
    stream->state = STREAM_TUNNELLING;
    if (stream->setting.proxy)
        ask_proxy(stream);
}

static void begin_attempt(struct stream *stream, int64_t now)
{
    size_t i = stream->tried++;
    const struct address *address = &stream->resolve.address[i];
    stream->last_try = now;
    stream->attempt[i].address = *address;
    stream->attempt[i].fd =
        socket(address->len == 16 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (stream->attempt[i].fd < 0)
        stream->error = errno;
}

/* Gives how many attempts are still under way. */
static size_t check_attempts(struct stream *stream, int64_t now, bool stalled)
{
    size_t open = 0;
    for (size_t i = 0; i < stream->tried; i++) {
        if (stream->attempt[i].fd < 0)
            continue;
        int error = try_connect(stream, i);
        if (error == 0) {
            keep_attempt(stream, i, now);
            return 1;
        }
        if (error == EINPROGRESS && !stalled) {
            open++;
            continue;
        }
        stream->error = error == EINPROGRESS ? ETIMEDOUT : error;
        drop_attempt(stream, i);
    }
    return open;
}

static void connect_step(struct stream *stream, int64_t now)
{
    bool stalled = stream->setting.connect_ms && now - stream->began >= stream->setting.connect_ms;
    bool more = resolve_more(&stream->resolve, now);
    size_t open = check_attempts(stream, now, stalled);
    while (stream->state == STREAM_CONNECTING && !stalled && stream->tried < stream->resolve.addresses &&
           (open == 0 || now - stream->last_try >= CONNECT_STAGGER_MS)) {
        begin_attempt(stream, now);
        open = check_attempts(stream, now, stalled);
    }
    /* A SYN is refused; what is reset was a connection already, which we had not seen. */
    if (stream->state == STREAM_CONNECTING && open == 0 && (!more || stalled))
        fail(stream, stream->error == ECONNRESET ? STREAM_BROKEN : STREAM_NO_CONNECTION, stream->error);
}

static void name_step(struct stream *stream, const struct loop *loop)
{
    static const enum stream_failure meaning[] = {
        [RESOLVE_UNKNOWN] = STREAM_NO_NAME, [RESOLVE_AGAIN] = STREAM_NO_NAME_SERVER, [RESOLVE_SYSTEM] = STREAM_SYSTEM};
    switch (resolve_step(&stream->resolve, loop)) {
    case RESOLVE_MORE:
        return;
    case RESOLVE_FAILED:
        fail(stream, meaning[stream->resolve.failure], stream->resolve.system_error);
        return;
    case RESOLVE_DONE:
        stream->state = STREAM_CONNECTING;
    }
}

/* --- the way through a proxy --- */

static void judge_proxy(struct stream *stream)
{
    const struct http_head *answer = &stream->answer;
    switch (http_head_feed(&stream->answer, stream->in, stream->in_end)) {
    case HTTP_MORE:
        if (stream->in_end < sizeof stream->in)
            return;
        break;
    case HTTP_DONE:
        stream->through = answer->status / 100 == 2;
        stream->in_at = answer->bytes;
        if (!stream->through)
            fail(stream, STREAM_REFUSED, (int)answer->status);
        return;
    case HTTP_BAD:
        break;
    }
    fail(stream, STREAM_REFUSED, 0);
}

static void talk_to_proxy(struct stream *stream)
{
    ssize_t n = 1;
    while (n > 0 && stream->state != STREAM_FAILED && !stream->through) {
        if (stream->connect.len) {
            n = send(stream->fd, stream->connect.at, stream->connect.len, MSG_NOSIGNAL);
            if (n > 0)
                stream->connect = slice_after(stream->connect, (size_t)n);
            continue;
        }
        n = read(stream->fd, stream->in + stream->in_end, sizeof stream->in - stream->in_end);
        if (n > 0) {
            stream->in_end += (size_t)n;
            judge_proxy(stream);
        }
    }
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        fail(stream, STREAM_BROKEN, n ? errno : 0);
}

static void tunnel_step(struct stream *stream, int64_t now)
{
    if (stream->setting.proxy)
        talk_to_proxy(stream);
    if (stream->setting.proxy && !stream->through)
        return;
    /* From here on it is the host that is at the other end. */
    stream->state = stream->setting.tls ? STREAM_SHAKING : STREAM_READY;
    if (stream->setting.tls)
        tls_start(stream->setting.tls, stream->setting.host, &stream->setting.secure);
    else
        stream->ready = now;
}

/* --- bytes --- */

/* Gives whether bytes went out. */
static bool write_some(struct stream *stream)
{
    struct tls *tls = stream->setting.tls;
    if (stream->deaf)
        return false;
    if (tls && stream->outgoing.len)
        stream->outgoing = slice_after(stream->outgoing, tls_write(tls, stream->outgoing));
    slice out = tls ? tls_output(tls) : stream->outgoing;
    if (out.len == 0)
        return false;
    ssize_t sent = send(stream->fd, out.at, out.len, MSG_NOSIGNAL);
    if (sent < 0) {
        /* A peer that has reset may have said why before: what it sent is read first, and reading reports the reset. */
        if (errno == EPIPE || errno == ECONNRESET)
            stream->deaf = true;
        else if (errno != EAGAIN && errno != EINTR)
            fail(stream, STREAM_BROKEN, errno);
        return false;
    }
    if (tls)
        tls_sent(tls, (size_t)sent);
    else
        stream->outgoing = slice_after(stream->outgoing, (size_t)sent);
    return true;
}

/* Moves what was received into TLS; gives whether it took any. */
static bool feed_some(struct stream *stream)
{
    if (!stream->setting.tls || stream->in_at == stream->in_end)
        return false;
    slice received = {stream->in + stream->in_at, stream->in_end - stream->in_at};
    size_t taken = tls_feed(stream->setting.tls, received);
    stream->in_at += taken;
    return taken > 0;
}

static bool read_some(struct stream *stream)
{
    if (stream->ended || stream->in_at < stream->in_end)
        return false;
    ssize_t got = read(stream->fd, stream->in, sizeof stream->in);
    if (got < 0) {
        if (errno != EAGAIN && errno != EINTR)
            fail(stream, STREAM_BROKEN, errno);
        return false;
    }
    stream->in_at = 0;
    stream->in_end = (size_t)got;
    if (got > 0)
        return true;
    stream->ended = true;
    stream->whole = true;
    return true;
}

static void judge_tls(struct stream *stream, int64_t now)
{
    if (!stream->setting.tls || stream->state == STREAM_FAILED)
        return;
    switch (tls_phase(stream->setting.tls)) {
    case TLS_SHAKING:
    case TLS_MAY_WRITE:
        if (stream->ended)
            fail(stream, STREAM_BROKEN, 0);
        break;
    case TLS_OPEN:
        if (stream->state == STREAM_SHAKING)
            stream->ready = now;
        stream->state = STREAM_READY;
        stream->whole = false;
        break;
    case TLS_CLOSED:
        if (stream->state == STREAM_SHAKING)
            fail(stream, STREAM_BROKEN, 0);
        stream->ended = stream->whole = true;
        break;
    case TLS_FAILED:
        fail(stream, STREAM_TLS, 0);
        break;
    }
}

static void pump(struct stream *stream, int64_t now)
{
    bool moved = true;
    while (moved && (stream->state == STREAM_SHAKING || stream->state == STREAM_READY)) {
        moved = feed_some(stream);
        judge_tls(stream, now);
        if (stream->state == STREAM_FAILED)
            break;
        moved |= write_some(stream);
        if (stream->state != STREAM_FAILED)
            moved |= read_some(stream);
    }
    /* An alert that explains the failure to the peer is worth one try. */
    if (stream->state == STREAM_FAILED && stream->failure == STREAM_TLS)
        (void)write_some(stream);
}

enum stream_state stream_step(struct stream *stream, const struct loop *loop)
{
    if (stream->state == STREAM_NAMING)
        name_step(stream, loop);
    if (stream->state == STREAM_CONNECTING)
        connect_step(stream, loop->now);
    if (stream->state == STREAM_TUNNELLING)
        tunnel_step(stream, loop->now);
    pump(stream, loop->now);
    return stream->state;
}

/* Bytes that could go out at once. Not those that wait for the end of a handshake: the descriptor is writable all that time. */
static bool wants_to_write(const struct stream *stream)
{
    const struct tls *tls = stream->setting.tls;
    if (stream->deaf)
        return false;
    if (!tls)
        return stream->outgoing.len > 0;
    enum tls_phase phase = tls_phase(tls);
    return tls_output(tls).len > 0 || (stream->outgoing.len > 0 && (phase == TLS_MAY_WRITE || phase == TLS_OPEN));
}

void stream_watch(const struct stream *stream, struct loop *loop)
{
    switch (stream->state) {
    case STREAM_NAMING:
        resolve_watch(&stream->resolve, loop);
        /* An address that is known at once: no descriptor will ever tell of it. */
        if (stream->resolve.state != RESOLVE_MORE)
            loop_until(loop, loop->now);
        break;
    case STREAM_CONNECTING:
        resolve_watch(&stream->resolve, loop);
        for (size_t i = 0; i < stream->tried; i++)
            if (stream->attempt[i].fd >= 0)
                loop_watch(loop, stream->attempt[i].fd, POLLOUT);
        if (stream->tried < stream->resolve.addresses)
            loop_until(loop, stream->last_try + CONNECT_STAGGER_MS);
        if (stream->setting.connect_ms)
            loop_until(loop, stream->began + stream->setting.connect_ms);
        break;
    case STREAM_TUNNELLING:
        loop_watch(loop, stream->fd, stream->connect.len ? POLLOUT : POLLIN);
        break;
    case STREAM_SHAKING:
    case STREAM_READY: {
        /* Not for what could not be read now, because what came before was not used yet: it would wake us again and again. */
        bool in = !stream->ended && stream->in_at == stream->in_end, out = wants_to_write(stream);
        if (in || out)
            loop_watch(loop, stream->fd, (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0)));
        break;
    }
    case STREAM_CLOSED:
    case STREAM_FAILED:
        break;
    }
}

void stream_close(struct stream *stream)
{
    if (stream->state == STREAM_CLOSED)
        return;
    if (stream->state == STREAM_READY && stream->setting.tls && !stream->ended) {
        tls_close(stream->setting.tls);
        (void)write_some(stream);
    }
    resolve_stop(&stream->resolve);
    for (size_t i = 0; i < stream->tried; i++)
        drop_attempt(stream, i);
    if (stream->fd >= 0)
        close(stream->fd);
    stream->fd = -1;
    stream->state = STREAM_CLOSED;
}

void stream_send(struct stream *stream, slice bytes)
{
    stream->outgoing = bytes;
    stream->given = bytes.len;
}

bool stream_has_begun(const struct stream *stream)
{
    return stream->outgoing.len < stream->given;
}

bool stream_is_sent(const struct stream *stream)
{
    return stream->outgoing.len == 0 && !stream->deaf;
}

bool stream_is_spoilt(const struct stream *stream)
{
    return stream->state == STREAM_FAILED ||
           (stream->state == STREAM_READY && (stream->ended || stream_readable(stream).len > 0));
}

slice stream_readable(const struct stream *stream)
{
    if (stream->state != STREAM_READY)
        return S("");
    if (stream->setting.tls)
        return tls_readable(stream->setting.tls);
    return (slice){stream->in + stream->in_at, stream->in_end - stream->in_at};
}

void stream_consume(struct stream *stream, size_t n)
{
    if (!stream->setting.tls) {
        stream->in_at += n;
        return;
    }
    tls_consume(stream->setting.tls, n);
    /* Records that this one kept waiting: they are here already, and poll(2) would not wake anybody up for them. */
    if (feed_some(stream))
        judge_tls(stream, stream->ready);
}

bool stream_false_started(const struct stream *stream)
{
    return stream->setting.tls && stream->state != STREAM_CONNECTING && tls_false_started(stream->setting.tls);
}

bool stream_may_come_up(const struct stream *stream)
{
    return stream->failure == STREAM_NO_NAME || stream->failure == STREAM_NO_NAME_SERVER ||
           stream->failure == STREAM_NO_CONNECTION || (stream->failure == STREAM_REFUSED && stream->error >= 500);
}

static uint16_t refusal(int status)
{
    if (status == 0)
        return M_PROXY_ODD;
    if (status == 407)
        return M_PROXY_USER;
    return status < 500 ? M_PROXY_REFUSES : M_PROXY_LOST;
}

err stream_error(const struct stream *stream, struct buf *notes)
{
    static const uint16_t messages[] = {
        [STREAM_NO_NAME] = M_HOST_UNKNOWN,
        [STREAM_NO_NAME_SERVER] = M_NO_NAME_SERVER,
        [STREAM_NO_CONNECTION] = M_NO_CONNECTION,
        [STREAM_BROKEN] = M_CONNECTION_BROKEN,
        [STREAM_SYSTEM] = M_NO_PROCESS,
        [STREAM_TLS] = M_INTERNAL,
        [STREAM_REFUSED] = M_INTERNAL,
    };
    const struct stream_setting *setting = &stream->setting;
    struct failure e = {.message = messages[stream->failure], .arg = {setting->host}, .number = {setting->port}};
    if (setting->proxy && !stream->through) {
        e.arg[0] = setting->proxy->name;
        e.number[0] = setting->proxy->port;
    }
    switch (stream->failure) {
    case STREAM_TLS:
        return tls_error(setting->tls, notes);
    case STREAM_REFUSED:
        e.message = refusal(stream->error);
        e.arg[1] = setting->host;
        e.number[1] = stream->error;
        return err_of(&e);
    case STREAM_SYSTEM:
        e.arg[0] = S("looking up the host");
        break;
    case STREAM_NO_NAME:
    case STREAM_NO_NAME_SERVER:
    case STREAM_NO_CONNECTION:
    case STREAM_BROKEN:
        break;
    }
    e.arg[1] = note_keep(notes, stream->error ? system_reason(stream->error) : S("it ended before the answer"));
    return err_of(&e);
}
