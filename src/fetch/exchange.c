#include "fetch/exchange.h"

#include <string.h>

void exchange_start(struct exchange *exchange, struct stream *stream, slice request, struct buf *answer,
                    struct buf *notes)
{
    exchange->stream = stream;
    exchange->answer = answer;
    exchange->notes = notes;
    exchange->state = EXCHANGE_MORE;
    exchange->reusable = exchange->unanswered = exchange->head_done = false;
    exchange->error = OK;
    answer->len = 0;
    http_head_start(&exchange->head);
    stream_send(stream, request);
}

static enum exchange_state fail(struct exchange *exchange, err error)
{
    exchange->error = error;
    exchange->state = EXCHANGE_FAILED;
    return EXCHANGE_FAILED;
}

static enum exchange_state fail_with(struct exchange *exchange, enum message message)
{
    return fail(exchange, err_number(err_make(message, exchange->stream->setting.host), ANSWER_BODY_BYTES_MAX));
}

/* Content goes where it belongs in one piece: behind the head, over size lines that have been read. */
static enum exchange_state take_body(struct exchange *exchange, slice in)
{
    enum http verdict = exchange->framing.verdict;
    while (verdict == HTTP_MORE && in.len) {
        slice content;
        verdict = http_body_feed(&exchange->framing, &in, &content);
        buf_put(&exchange->body, content);
    }
    if (exchange->body.full)
        return fail_with(exchange, M_ANSWER_TOO_BIG);
    if (verdict == HTTP_BAD)
        return fail_with(exchange, M_ANSWER_MALFORMED);
    if (verdict == HTTP_MORE)
        return EXCHANGE_MORE;
    /* Bytes behind the answer belong to no request of ours: whatever they are, nothing more is read from there. */
    exchange->reusable =
        exchange->head.keep_alive && in.len == 0 && !exchange->stream->ended && stream_is_sent(exchange->stream);
    exchange->state = EXCHANGE_DONE;
    return EXCHANGE_DONE;
}

static enum exchange_state start_body(struct exchange *exchange)
{
    struct buf *answer = exchange->answer;
    size_t head_bytes = exchange->head.bytes;
    slice behind = slice_after(buf_slice(answer), head_bytes);
    exchange->head_done = true;
    exchange->body = (struct buf){answer->at + head_bytes, 0, answer->cap - head_bytes, false};
    if (exchange->body.cap > ANSWER_BODY_BYTES_MAX)
        exchange->body.cap = ANSWER_BODY_BYTES_MAX;
    if (http_body_start(&exchange->framing, &exchange->head) == HTTP_BAD)
        return fail_with(exchange, M_ANSWER_MALFORMED);
    return take_body(exchange, behind);
}

static enum exchange_state take_head(struct exchange *exchange, slice in)
{
    struct buf *answer = exchange->answer;
    buf_put(answer, in);
    for (;;) {
        switch (http_head_feed(&exchange->head, answer->at, answer->len)) {
        case HTTP_BAD:
            return fail_with(exchange, M_ANSWER_MALFORMED);
        case HTTP_MORE:
            return answer->full ? fail_with(exchange, M_ANSWER_TOO_BIG) : EXCHANGE_MORE;
        case HTTP_DONE:
            break;
        }
        if (exchange->head.status >= 200)
            return start_body(exchange);
        if (exchange->head.status == 101)
            return fail_with(exchange, M_ANSWER_MALFORMED); /* nobody asked to switch */
        answer->len -= exchange->head.bytes;
        memmove(answer->at, answer->at + exchange->head.bytes, answer->len);
        http_head_start(&exchange->head);
    }
}

static enum exchange_state peer_is_gone(struct exchange *exchange)
{
    struct stream *stream = exchange->stream;
    bool failed_stream = stream->state == STREAM_FAILED;
    if (!exchange->head_done && exchange->answer->len == 0) {
        exchange->unanswered = true;
        return failed_stream ? fail(exchange, stream_error(stream, exchange->notes)) : fail_with(exchange, M_NO_ANSWER);
    }
    if (failed_stream)
        return fail(exchange, stream_error(stream, exchange->notes));
    /* Under TLS the end of the connection proves nothing unless the peer said so itself. */
    if (exchange->head_done && stream->whole && http_body_end(&exchange->framing) == HTTP_DONE) {
        exchange->state = EXCHANGE_DONE;
        return EXCHANGE_DONE;
    }
    return fail_with(exchange, M_ANSWER_CUT);
}

enum exchange_state exchange_step(struct exchange *exchange)
{
    struct stream *stream = exchange->stream;
    for (slice in; exchange->state == EXCHANGE_MORE && (in = stream_readable(stream)).len;) {
        if (exchange->head_done)
            take_body(exchange, in);
        else
            take_head(exchange, in);
        stream_consume(stream, in.len);
    }
    if (exchange->state == EXCHANGE_MORE && (stream->state == STREAM_FAILED || stream->ended))
        return peer_is_gone(exchange);
    return exchange->state;
}
