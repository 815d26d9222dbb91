/* -v: each exchange on standard error, in the order of the wire; -vv: connections too. Nothing secret can get there: of a
 * request all is shown but what a credential field holds, of an answer only fields of an allow list, without what they repeat
 * of that, of bodies the length.
 *
 * Errors:  none; what cannot be written is lost.
 */
#ifndef AZFOB_FETCH_TRACE_H
#define AZFOB_FETCH_TRACE_H

#include "base/err.h"
#include "net/stream.h"
#include "wire/http_response.h"

struct trace {
    unsigned level; /* 0: nothing, 1: -v, 2: -vv */
    bool quiet;     /* -q: not even that we wait */
    int64_t began;  /* times are shown from here, in milliseconds of clock_ms */
    /* private: of the vault, of the identity */
    struct {
        uint16_t message;
        int64_t number;
    } waits_for[2];
};

/* "> GET https://host/path" and its fields, without the values of those that carry credentials. */
void trace_request(const struct trace *trace, bool tls, slice request);

/* "< HTTP/1.1 200 OK", fields, length of the body, time since `sent_at`. `request` is what was answered. */
void trace_answer(const struct trace *trace, slice request, const struct http_head *head, size_t body_bytes,
                  int64_t sent_at);

/* -vv: name, address, TLS version and times of a connection that is ready. */
void trace_stream(const struct trace *trace, const struct stream *stream);

/* -vv: one line, of pieces. */
void trace_note(const struct trace *trace, slice what, slice detail);

/* One line, without -v too but not with -q, when the reason why we wait, for the identity or for a vault, is another than before. */
void trace_wait(struct trace *trace, bool identity, err reason);

#endif
