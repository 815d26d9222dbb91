/* Recorded answers as news for a talk: raw bytes of HTTP/1.1, read by the product's own parsers. */
#ifndef AZFOB_TESTS_AZURE_ANSWERS_H
#define AZFOB_TESTS_AZURE_ANSWERS_H

#include "azure/talk.h"
#include "wire/http_body.h"

#include <string.h>

struct answer {
    struct http_head head;
    uint8_t bytes[8192];
    struct news news;
};

/* False: not an answer that the parsers take whole. */
static inline bool answer_of(struct answer *answer, slice raw)
{
    struct http_body framing;
    struct buf content;
    enum http verdict;
    if (raw.len > sizeof answer->bytes)
        return false;
    memcpy(answer->bytes, raw.at, raw.len);
    http_head_start(&answer->head);
    if (http_head_feed(&answer->head, answer->bytes, raw.len) != HTTP_DONE)
        return false;
    slice in = {answer->bytes + answer->head.bytes, raw.len - answer->head.bytes};
    content = (struct buf){answer->bytes + answer->head.bytes, 0, raw.len - answer->head.bytes, false};
    for (verdict = http_body_start(&framing, &answer->head); verdict == HTTP_MORE && in.len;) {
        slice run;
        verdict = http_body_feed(&framing, &in, &run);
        buf_put(&content, run);
    }
    if (verdict == HTTP_MORE)
        verdict = http_body_end(&framing);
    answer->news = (struct news){.kind = NEWS_ANSWER, .head = &answer->head, .body = content};
    return verdict == HTTP_DONE;
}

/* "HTTP/1.1 STATUS X", these fields (each with its line end), and this body with its length. */
static inline bool answer_with(struct answer *answer, unsigned status, slice fields, slice body)
{
    uint8_t room[8192];
    struct buf raw = BUF(room);
    buf_put(&raw, S("HTTP/1.1 "));
    buf_number(&raw, status);
    buf_put(&raw, S(" X\r\n"));
    buf_put(&raw, fields);
    buf_put(&raw, S("Content-Length: "));
    buf_number(&raw, body.len);
    buf_put(&raw, S("\r\n\r\n"));
    buf_put(&raw, body);
    return !raw.full && answer_of(answer, buf_slice(&raw));
}

#endif
