/* A head gives the same facts whole and in pieces that move; what it gives can be written and read again. */
#include "wire/http_response.h"

#include "base/buf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct http_head whole, pieces, again;

static uint8_t *copy_of(slice text)
{
    uint8_t *copy = malloc(text.len + 1);
    assert(copy);
    if (text.len)
        memcpy(copy, text.at, text.len);
    return copy;
}

static void same_heads(const struct http_head *a, const struct http_head *b)
{
    assert(a->status == b->status && a->minor == b->minor && slice_equal(a->reason, b->reason));
    assert(a->fields == b->fields && a->framing == b->framing && a->length == b->length);
    assert(a->keep_alive == b->keep_alive);
    for (size_t i = 0; i < a->fields; i++) {
        assert(slice_equal(a->field[i].name, b->field[i].name));
        assert(slice_equal(a->field[i].value, b->field[i].value));
    }
}

static void check_facts(const struct http_head *head)
{
    slice value;
    assert(head->status >= 100 && head->status <= 599 && head->minor <= 1 && head->fields <= HTTP_FIELDS_MAX);
    assert(head->bytes <= HTTP_HEAD_BYTES_MAX && head->length < HTTP_LENGTH_END);
    assert((head->framing == HTTP_LENGTH || head->length == 0) &&
           (head->framing != HTTP_UNTIL_CLOSE || !head->keep_alive));
    for (size_t i = 0; i < head->fields; i++) {
        assert(http_is_token(head->field[i].name) && slice_trim(head->field[i].value).len == head->field[i].value.len);
        for (size_t k = 0; k < head->field[i].value.len; k++)
            assert(http_is_text_byte(head->field[i].value.at[k]));
        assert(http_head_field(head, head->field[i].name, &value));
    }
}

/* With CRLF, one blank, and nothing folded. */
static void check_round_trip(const struct http_head *head)
{
    size_t cap = head->bytes * 3 + 64;
    struct buf text = {malloc(cap), 0, cap, false};
    assert(text.at);
    buf_text(&text, head->minor ? "HTTP/1.1 " : "HTTP/1.0 ");
    buf_number(&text, head->status);
    buf_byte(&text, ' ');
    buf_put(&text, head->reason);
    buf_text(&text, "\r\n");
    for (size_t i = 0; i < head->fields; i++) {
        buf_put(&text, head->field[i].name);
        buf_text(&text, ": ");
        buf_put(&text, head->field[i].value);
        buf_text(&text, "\r\n");
    }
    buf_text(&text, "\r\n");
    assert(!text.full);
    http_head_start(&again);
    enum http verdict = http_head_feed(&again, text.at, text.len);
    /* A folded value can be longer than a line may be. */
    if (verdict == HTTP_DONE)
        same_heads(head, &again);
    else
        assert(head->bytes > HTTP_LINE_BYTES_MAX);
    free(text.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice text = {data, size};
    size_t step = size % 31 + 1; /* so that a seed is an answer and nothing else */
    uint8_t *bytes = copy_of(text), *moved = NULL;
    http_head_start(&whole);
    http_head_start(&pieces);
    enum http verdict = http_head_feed(&whole, bytes, text.len), verdict_pieces = HTTP_MORE;
    for (size_t n = 0; verdict_pieces == HTTP_MORE && n <= text.len; n += step) {
        free(moved);
        moved = copy_of(slice_first(text, n));
        verdict_pieces = http_head_feed(&pieces, moved, n);
        if (n < text.len && n + step > text.len)
            step = text.len - n;
    }
    assert(verdict == verdict_pieces);
    if (verdict == HTTP_DONE) {
        assert(whole.bytes == pieces.bytes);
        same_heads(&whole, &pieces);
        check_facts(&whole);
        assert(text.len == whole.bytes ||
               memcmp(bytes + whole.bytes, text.at + whole.bytes, text.len - whole.bytes) == 0);
        check_round_trip(&whole);
    }
    free(bytes);
    free(moved);
    return 0;
}
