/* TLS 1.2 as a client: the BearSSL engine between two buffers, without a descriptor.
 *
 *   received bytes --tls_feed--> engine --tls_readable--> plaintext
 *   plaintext --tls_write--> engine --tls_output--> one flight, to be written at once
 *
 * ECDHE with AES-GCM or ChaCha20-Poly1305, ALPN "http/1.1", SNI, no renegotiation, constant-time code.
 *
 * False start (RFC 7918): once our Finished has been made, requests may follow in the same flight, without waiting
 * for the server's. The phase is TLS_MAY_WRITE then: nothing that arrives is given out before the server's Finished
 * was verified. Only when the server chose our ALPN name, which every server that handles it well does.
 *
 * Shape:   tls_start; then in any order tls_feed, tls_write, tls_output with tls_sent, tls_readable with tls_consume; tls_phase
 *          tells how far it is.
 * Memory:  struct tls belongs into the arena: keys and plaintext are in it. The host lives until the last call.
 * Errors:  TLS_FAILED: tls_error says why; an alert for the peer may wait in tls_output.
 * Source:  RFC 5246, RFC 7301, RFC 7918; BearSSL 0.6.
 */
#ifndef AZFOB_NET_TLS_H
#define AZFOB_NET_TLS_H

#include "net/trust.h"

enum {
    TLS_SEED_BYTES = 32,
    /* A request with the largest token in one record; and with less the engine would ask the server for small ones (RFC 6066
     * section 4). Only what is used of it becomes resident. */
    TLS_RECORD_OUT_BYTES = BR_SSL_BUFSIZE_OUTPUT,
    TLS_FLIGHT_BYTES = TLS_RECORD_OUT_BYTES + 4096 /* the end of a handshake and such a request */
};

struct tls_session {
    br_ssl_session_parameters parameters;
};

struct tls_setting {
    const struct roots *roots;
    int64_t now, clock;               /* Unix seconds: dates are judged at `now`; `clock` is told in messages */
    bool false_start;                 /* allowed */
    const struct tls_session *resume; /* NULL: a full handshake */
    uint8_t seed[TLS_SEED_BYTES];     /* fresh from the kernel */
};

/* MAY_WRITE: our Finished is made, the server's has not come. CLOSED: the peer said close_notify; plaintext from before it may still
 * be readable. */
enum tls_phase { TLS_SHAKING, TLS_MAY_WRITE, TLS_OPEN, TLS_CLOSED, TLS_FAILED };

struct tls {
    struct trust trust;
    slice host;
    bool may_false_start;
    /* private */
    bool cipher_changed; /* our ChangeCipherSpec is out, so that the next handshake record is our Finished */
    bool false_started;
    bool opened; /* the server's Finished was verified */
    size_t sent;
    struct buf flight;
    br_ssl_client_context client;
    uint8_t out[TLS_RECORD_OUT_BYTES];
    uint8_t flight_room[TLS_FLIGHT_BYTES];
    uint8_t in[BR_SSL_BUFSIZE_INPUT];
};

void tls_start(struct tls *tls, slice host, const struct tls_setting *setting);
enum tls_phase tls_phase(const struct tls *tls);

/* How many of the bytes were taken: 0 while a handshake does not allow any, or the flight is full. */
size_t tls_write(struct tls *tls, slice plaintext);

/* What is to be sent now, and that so much of it was. */
slice tls_output(const struct tls *tls);
void tls_sent(struct tls *tls, size_t n);

/* How many of the received bytes were taken: fewer while plaintext waits to be consumed. */
size_t tls_feed(struct tls *tls, slice received);

slice tls_readable(const struct tls *tls);
void tls_consume(struct tls *tls, size_t n);

/* Puts close_notify into the output. */
void tls_close(struct tls *tls);

/* A request went out before the server's Finished, and that has not come yet. */
bool tls_false_started(const struct tls *tls);

/* What a later handshake with the same host needs to be shorter. False: nothing that could be resumed. */
bool tls_session(const struct tls *tls, struct tls_session *session);

err tls_error(const struct tls *tls, struct buf *notes);

#endif
