/* A body gives the same content whole and in pieces; what is chunked by the book comes out as it went in. */
#include "wire/http_body.h"

#include "base/buf.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result {
    enum http verdict, end;
    size_t used;
};

static struct result feed(const struct http_head *head, slice text, size_t step, struct buf *content)
{
    struct http_body body;
    struct result result = {.used = 0};
    slice run;
    result.verdict = http_body_start(&body, head);
    while (result.verdict == HTTP_MORE && result.used < text.len) {
        slice in = slice_first(slice_after(text, result.used), step);
        size_t before = in.len;
        result.verdict = http_body_feed(&body, &in, &run);
        assert(in.len < before && run.len <= before - in.len);
        buf_put(content, run);
        result.used += before - in.len;
    }
    assert(result.used == text.len || result.verdict != HTTP_MORE);
    slice more = S("x");
    if (result.verdict != HTTP_MORE)
        assert(http_body_feed(&body, &more, &run) == result.verdict && more.len == 1 && run.len == 0);
    result.end = http_body_end(&body);
    assert(result.end != HTTP_MORE && (result.verdict == HTTP_MORE || result.end == result.verdict));
    return result;
}

static void check_chunks(slice content, size_t step)
{
    static const struct http_head head = {.framing = HTTP_CHUNKED};
    size_t cap = content.len * 8 + 16;
    struct buf text = {malloc(cap), 0, cap, false}, out = {malloc(content.len + 1), 0, content.len, false};
    assert(text.at && out.at);
    for (slice rest = content; rest.len; rest = slice_after(rest, step)) {
        slice chunk = slice_first(rest, step);
        if (chunk.len > 15)
            buf_byte(&text, (uint8_t) "0123456789abcdef"[chunk.len >> 4 & 15]);
        buf_byte(&text, (uint8_t) "0123456789ABCDEF"[chunk.len & 15]);
        buf_text(&text, "\r\n");
        buf_put(&text, chunk);
        buf_text(&text, "\r\n");
    }
    buf_text(&text, "0\r\n\r\n");
    assert(!text.full);
    struct result result = feed(&head, buf_slice(&text), step * 3, &out);
    assert(result.verdict == HTTP_DONE && result.used == text.len && slice_equal(buf_slice(&out), content));
    free(text.at);
    free(out.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const struct http_head head = {.framing = data[0] % 4, .length = data[0] / 4};
    size_t step = data[1] % 31 + 1u;
    slice text = slice_after((slice){data, size}, 2);
    struct buf content = {malloc(size), 0, size, false}, content_pieces = {malloc(size), 0, size, false};
    assert(content.at && content_pieces.at);
    struct result whole = feed(&head, text, SIZE_MAX, &content), pieces = feed(&head, text, step, &content_pieces);
    assert(whole.verdict == pieces.verdict && whole.end == pieces.end && whole.used == pieces.used);
    assert(slice_equal(buf_slice(&content), buf_slice(&content_pieces)));
    check_chunks(text, step);
    free(content.at);
    free(content_pieces.at);
    return 0;
}
