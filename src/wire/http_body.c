#include "wire/http_body.h"

#include "base/num.h"

/* Where in the chunked grammar. */
enum {
    AT_SIZE,
    AT_SIZE_BLANK,
    AT_EXTENSION,
    AT_DATA,
    AT_DATA_END,
    AT_TRAILERS, /* at the start of a line: the blank one ends the body */
    AT_TRAILER_FIELD,
};

enum http http_body_start(struct http_body *body, const struct http_head *head)
{
    *body = (struct http_body){.framing = head->framing, .at = AT_SIZE};
    if (head->framing == HTTP_LENGTH)
        body->left = head->length;
    bool empty = head->framing == HTTP_NO_BODY || (head->framing == HTTP_LENGTH && head->length == 0);
    body->verdict = empty ? HTTP_DONE : HTTP_MORE;
    return body->verdict;
}

static enum http end_line(struct http_body *body)
{
    switch (body->at) {
    case AT_SIZE:
    case AT_SIZE_BLANK:
    case AT_EXTENSION:
        if (!body->has_digit)
            return HTTP_BAD;
        body->at = body->left ? AT_DATA : AT_TRAILERS;
        break;
    case AT_DATA_END:
        body->at = AT_SIZE;
        body->has_digit = false;
        break;
    case AT_TRAILERS:
        return HTTP_DONE;
    case AT_TRAILER_FIELD:
        body->at = AT_TRAILERS;
        return HTTP_MORE; /* all trailers count as one line */
    }
    body->line = 0;
    return HTTP_MORE;
}

static enum http size_byte(struct http_body *body, uint8_t c)
{
    int digit = body->at == AT_SIZE ? num_hex_digit(c) : -1;
    if (digit >= 0) {
        if (body->left >= HTTP_LENGTH_END >> 4)
            return HTTP_BAD;
        body->left = body->left << 4 | (uint64_t)digit;
        body->has_digit = true;
        return HTTP_MORE;
    }
    if (!body->has_digit || (c != ';' && c != ' ' && c != '\t'))
        return HTTP_BAD;
    body->at = c == ';' ? AT_EXTENSION : AT_SIZE_BLANK;
    return HTTP_MORE;
}

static enum http text_byte(struct http_body *body, uint8_t c)
{
    switch (body->at) {
    case AT_SIZE:
    case AT_SIZE_BLANK:
        return size_byte(body, c);
    case AT_DATA_END:
        return HTTP_BAD;
    case AT_TRAILERS:
        body->at = AT_TRAILER_FIELD;
    }
    return HTTP_MORE;
}

/* Every byte but those of the data. */
static enum http frame_byte(struct http_body *body, uint8_t c)
{
    unsigned most = body->at < AT_DATA ? HTTP_CHUNK_LINE_MAX : HTTP_TRAILER_BYTES_MAX;
    bool after_cr = body->after_cr;
    body->after_cr = c == '\r';
    if (++body->line > most)
        return HTTP_BAD;
    if (c == '\n')
        return end_line(body);
    if (after_cr || (c != '\r' && !http_is_text_byte(c)))
        return HTTP_BAD;
    return c == '\r' ? HTTP_MORE : text_byte(body, c);
}

static slice take_content(struct http_body *body, slice *in)
{
    slice content = *in;
    if (body->framing != HTTP_UNTIL_CLOSE) {
        content = slice_first(*in, body->left < in->len ? (size_t)body->left : in->len);
        body->left -= content.len;
        if (body->left == 0 && body->framing == HTTP_LENGTH)
            body->verdict = HTTP_DONE;
        if (body->left == 0)
            body->at = AT_DATA_END;
    }
    *in = slice_after(*in, content.len);
    return content;
}

enum http http_body_feed(struct http_body *body, slice *in, slice *content)
{
    bool framed = body->framing == HTTP_CHUNKED;
    *content = S("");
    while (framed && body->verdict == HTTP_MORE && in->len && body->at != AT_DATA) {
        body->verdict = frame_byte(body, in->at[0]);
        *in = slice_after(*in, 1);
    }
    if (body->verdict == HTTP_MORE && (!framed || body->at == AT_DATA))
        *content = take_content(body, in);
    return body->verdict;
}

enum http http_body_end(struct http_body *body)
{
    if (body->verdict == HTTP_MORE)
        body->verdict = body->framing == HTTP_UNTIL_CLOSE ? HTTP_DONE : HTTP_BAD;
    return body->verdict;
}
