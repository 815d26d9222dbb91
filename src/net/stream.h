/* A connection: name, TCP, perhaps TLS, then bytes both ways, without ever blocking.
 *
 * Addresses are tried in turn, the next one CONNECT_STAGGER_MS after the last or as soon as that one fails; the first that
 * answers is kept. What stream_send was given before the connection is ready goes out in the same flight as the end of the
 * handshake, in one write.
 *
 * With a proxy, name and address are the proxy's, and before TLS stands CONNECT: until it answers 2xx no byte goes to the host. What
 * comes behind its head is the host's already.
 *
 * Shape:   stream_open; each round stream_watch, then stream_step; stream_send once per request when the last one
 *          is out; stream_readable and stream_consume; stream_close in any case, also after a failure.
 * Memory:  the struct is in the arena (it holds received bytes). The setting's slices, the tls object and the bytes given
 *          to stream_send live until stream_close.
 * Errors:  STREAM_FAILED: stream_error says what and why. It stays so until stream_close.
 * Source:  RFC 8305 section 5.
 */
#ifndef AZFOB_NET_STREAM_H
#define AZFOB_NET_STREAM_H

#include "net/resolve.h"
#include "net/tls.h"
#include "wire/http_response.h"
#include "wire/proxy.h"

enum { CONNECT_STAGGER_MS = 250, STREAM_IN_BYTES = 16 * 1024 };

struct stream_setting {
    slice host; /* the name: looked up, and checked in the certificate */
    uint16_t port;
    const struct proxy *proxy; /* through this one; NULL: none. It lives as long as messages do */
    struct address fixed;      /* connect here instead of looking the name up; no length: look it up */
    struct tls *tls;           /* room for TLS; NULL: none, plain TCP */
    struct tls_setting secure; /* with tls: all but the host, which is the one above */
    int64_t connect_ms;        /* give up connecting after this; 0: only the deadline ends it */
};

enum stream_state {
    STREAM_CLOSED,
    STREAM_NAMING,
    STREAM_CONNECTING,
    STREAM_TUNNELLING, /* the proxy, where there is one, was asked */
    STREAM_SHAKING,
    STREAM_READY,
    STREAM_FAILED
};

enum stream_failure {
    STREAM_NO_NAME,
    STREAM_NO_NAME_SERVER,
    STREAM_NO_CONNECTION,
    STREAM_BROKEN, /* reset, or ended in the middle of the handshake */
    STREAM_SYSTEM,
    STREAM_TLS,
    STREAM_REFUSED, /* by the proxy; `error` is its status, 0 when what it says is not HTTP */
};

struct stream {
    enum stream_state state;
    struct stream_setting setting;
    bool ended;    /* the peer has ended its side */
    bool whole;    /* ... and said so as it must (close_notify under TLS) */
    int64_t began; /* for the trace: clock_ms of stream_open, */
    int64_t connected, ready;
    struct address peer;
    /* private */
    struct resolver resolve;
    enum stream_failure failure;
    int error;
    int fd;
    size_t tried; /* addresses begun */
    int64_t last_try;
    struct {
        int fd;
        struct address address;
    } attempt[RESOLVE_ADDRESSES_MAX];
    bool through;  /* the proxy has opened the way */
    slice connect; /* what is left of CONNECT, which is written in `in` before anything is read there */
    slice outgoing;
    size_t given; /* of it at first */
    bool deaf;    /* the peer takes nothing more */
    size_t in_at, in_end;
    uint8_t in[STREAM_IN_BYTES];
    struct http_head answer; /* of the proxy */
};

void stream_open(struct stream *stream, const struct stream_setting *setting, const struct loop *loop);
void stream_watch(const struct stream *stream, struct loop *loop);
enum stream_state stream_step(struct stream *stream, const struct loop *loop);
void stream_close(struct stream *stream);

/* The bytes go out as soon as they may. All of the last ones must be out (stream_is_sent). */
void stream_send(struct stream *stream, slice bytes);
bool stream_is_sent(const struct stream *stream);

/* Some of them are out, or may be: the peer may know of them. */
bool stream_has_begun(const struct stream *stream);

/* Nothing was asked, and the peer has ended or said something all the same: what is asked now would get no answer, or another's. */
bool stream_is_spoilt(const struct stream *stream);

slice stream_readable(const struct stream *stream);
void stream_consume(struct stream *stream, size_t n);

/* The request was sent before the server's Finished had come, and has not been answered: should the connection die now, it may
 * have been for that, and may be tried once more without. */
bool stream_false_started(const struct stream *stream);

err stream_error(const struct stream *stream, struct buf *notes);

/* Failed before there was a connection, here or behind the proxy: a machine that is coming up may yet get there. */
bool stream_may_come_up(const struct stream *stream);

#endif
