/* Recorded answers as news for a talk: raw bytes of HTTP/1.1, read by the product's own parsers. */
#ifndef AZFOB_TESTS_AZURE_ANSWERS_H
#define AZFOB_TESTS_AZURE_ANSWERS_H

#include "azure/talk.h"
#include "lib/guard.h"
#include "wire/http_body.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct answer {
    struct http_head head;
    struct news news;
    uint8_t bytes[8192]; /* for answer_of, to their end: behind them is nothing that may be read */
};

/* Head and body stay in these bytes. False: not an answer that the parsers take whole. */
static inline bool answer_in(struct answer *answer, uint8_t *bytes, size_t len)
{
    struct http_body framing;
    enum http verdict;
    http_head_start(&answer->head);
    if (http_head_feed(&answer->head, bytes, len) != HTTP_DONE)
        return false;
    size_t start = answer->head.bytes;
    slice in = {bytes + start, len - start};
    struct buf content = {bytes + start, 0, len - start, false};
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

/* The same with a copy. Also false: longer than the room. */
static inline bool answer_of(struct answer *answer, slice raw)
{
    if (raw.len > sizeof answer->bytes)
        return false;
    uint8_t *start = answer->bytes + sizeof answer->bytes - raw.len;
    if (raw.len)
        memcpy(start, raw.at, raw.len);
    return answer_in(answer, start, raw.len);
}

/* "HTTP/1.1 STATUS X", these fields (each with its line end), and this body with its length; it ends at an unreadable page. */
static inline bool answer_with(struct answer *answer, unsigned status, slice fields, slice body)
{
    size_t cap = fields.len + body.len + 64;
    struct buf raw = {malloc(cap), 0, cap, false};
    buf_put(&raw, S("HTTP/1.1 "));
    buf_number(&raw, status);
    buf_put(&raw, S(" X\r\n"));
    buf_put(&raw, fields);
    buf_put(&raw, S("Content-Length: "));
    buf_number(&raw, body.len);
    buf_put(&raw, S("\r\n\r\n"));
    buf_put(&raw, body);
    uint8_t *bytes = guarded_room(raw.len);
    memcpy(bytes, raw.at, raw.len);
    free(raw.at);
    return !raw.full && answer_in(answer, bytes, raw.len);
}

/* The answer in tests/fixtures/NAME.http, without the comments before it. */
static inline bool answer_recorded(struct answer *answer, const char *name)
{
    static uint8_t file_room[256 * 1024];
    char path[128];
    struct buf where = {(uint8_t *)path, 0, sizeof path - 1, false};
    buf_text(&where, "tests/fixtures/");
    buf_text(&where, name);
    buf_text(&where, ".http");
    path[where.len] = 0;
    int file = open(path, O_RDONLY);
    ssize_t n = read(file, file_room, sizeof file_room);
    close(file);
    slice raw = {file_room, n > 0 ? (size_t)n : 0}, comment;
    while (slice_starts(raw, S("#")))
        slice_cut(&raw, '\n', &comment);
    uint8_t *bytes = guarded_room(raw.len);
    memcpy(bytes, raw.at, raw.len);
    return (size_t)n < sizeof file_room && answer_in(answer, bytes, raw.len);
}

#endif
