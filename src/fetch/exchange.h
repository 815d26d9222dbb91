/* One request and its answer on one stream.
 *
 * Shape:   exchange_start, then after each stream_step exchange_step until it is not EXCHANGE_MORE. At EXCHANGE_DONE head
 *          and body are complete; `reusable` tells whether the stream may carry another exchange.
 * Memory:  head and body lie in `answer` (arena), and live until the next exchange_start.
 * Errors:  EXCHANGE_FAILED: `error` says why. `unanswered`: the connection ended before the first byte of an answer.
 * Source:  RFC 9112 sections 6 and 9; RFC 9110 section 15.2 (1xx).
 */
#ifndef AZFOB_FETCH_EXCHANGE_H
#define AZFOB_FETCH_EXCHANGE_H

#include "net/stream.h"
#include "wire/http_body.h"

/* 256 KiB hold a secret of 25,600 bytes with every byte escaped, its tags and more (azure-protocol section 9.5). */
enum { ANSWER_BODY_BYTES_MAX = 256 * 1024, ANSWER_BYTES = HTTP_HEAD_BYTES_MAX + ANSWER_BODY_BYTES_MAX };

enum exchange_state { EXCHANGE_MORE, EXCHANGE_DONE, EXCHANGE_FAILED };

struct exchange {
    struct http_head head;
    struct buf body;
    bool reusable;
    bool unanswered;
    err error;
    /* private */
    struct stream *stream;
    struct buf *answer;
    struct buf *notes;
    enum exchange_state state;
    bool head_done;
    struct http_body framing;
};

/* `answer` has ANSWER_BYTES of room. */
void exchange_start(struct exchange *exchange, struct stream *stream, slice request, struct buf *answer,
                    struct buf *notes);
enum exchange_state exchange_step(struct exchange *exchange);

#endif
