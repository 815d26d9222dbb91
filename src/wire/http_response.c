#include "wire/http_response.h"

#include "base/num.h"

bool http_is_token(slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.at[i];
        slice marks = S("!#$%&'*+-.^_`|~");
        if (!byte_is_alpha(c) && !byte_is_digit(c) && slice_find(marks, c) == marks.len)
            return false;
    }
    return text.len > 0;
}

bool http_is_text_byte(uint8_t c)
{
    return c == '\t' || (c >= ' ' && c != 0x7f);
}

void http_head_start(struct http_head *head)
{
    head->state = HTTP_MORE;
    head->status = 0;
    head->scanned = 0;
    head->line_start = 0;
}

/* "HTTP/1.1 200 OK", without the line's end. */
static bool read_status_line(struct http_head *head, slice line)
{
    uint64_t status;
    slice code = slice_after(line, 9), reason = slice_after(line, 12);
    if (slice_starts(line, S("HTTP/1.0 ")))
        head->minor = 0;
    else if (slice_starts(line, S("HTTP/1.1 ")))
        head->minor = 1;
    else
        return false;
    if (code.len < 3 || !num_decimal(slice_first(code, 3), &status) || status < 100 || status > 599)
        return false;
    if (reason.len && reason.at[0] != ' ')
        return false;
    head->status = (unsigned)status;
    head->reason = slice_after(reason, 1);
    return true;
}

static bool read_field(struct http_head *head, slice line)
{
    struct http_field *field = &head->field[head->fields];
    if (head->fields == HTTP_FIELDS_MAX || !slice_cut(&line, ':', &field->name) || !http_is_token(field->name))
        return false;
    field->value = slice_trim(line);
    head->fields++;
    return true;
}

/* Takes one line off *rest; gives it without its end. */
static slice take_line(slice *rest)
{
    slice line;
    slice_cut(rest, '\n', &line);
    if (line.len && line.at[line.len - 1] == '\r')
        line.len--;
    return line;
}

/* A line that starts with a blank belongs to the one before it. */
static void unfold(uint8_t *bytes, size_t from, size_t to)
{
    for (size_t i = from; i + 1 < to; i++) {
        if (bytes[i] != '\n' || (bytes[i + 1] != ' ' && bytes[i + 1] != '\t'))
            continue;
        bytes[i] = ' ';
        if (bytes[i - 1] == '\r')
            bytes[i - 1] = ' ';
    }
}

struct framing {
    uint64_t length;
    bool has_length, chunked, close, keep_alive;
};

static void read_connection(slice value, struct framing *found)
{
    while (value.len) {
        slice option;
        slice_cut(&value, ',', &option);
        if (slice_equal_nocase(slice_trim(option), S("close")))
            found->close = true;
        if (slice_equal_nocase(slice_trim(option), S("keep-alive")))
            found->keep_alive = true;
    }
}

/* Two answers to "where does the body end?" are how one message is smuggled inside another: only one may be there. */
static bool read_framing_field(const struct http_head *head, const struct http_field *field, struct framing *found)
{
    if (slice_equal_nocase(field->name, S("content-length"))) {
        uint64_t length;
        if (!num_decimal(field->value, &length) || length >= HTTP_LENGTH_END)
            return false;
        if (found->chunked || (found->has_length && length != found->length))
            return false;
        found->has_length = true;
        found->length = length;
    } else if (slice_equal_nocase(field->name, S("transfer-encoding"))) {
        if (head->minor == 0 || found->has_length || found->chunked)
            return false;
        found->chunked = slice_equal_nocase(field->value, S("chunked"));
        return found->chunked;
    } else if (slice_equal_nocase(field->name, S("connection"))) {
        read_connection(field->value, found);
    }
    return true;
}

static bool read_framing(struct http_head *head)
{
    struct framing found = {0};
    for (size_t i = 0; i < head->fields; i++)
        if (!read_framing_field(head, &head->field[i], &found))
            return false;
    bool bare = head->status < 200 || head->status == 204 || head->status == 304;
    head->framing = bare               ? HTTP_NO_BODY
                    : found.chunked    ? HTTP_CHUNKED
                    : found.has_length ? HTTP_LENGTH
                                       : HTTP_UNTIL_CLOSE;
    head->length = head->framing == HTTP_LENGTH ? found.length : 0;
    head->keep_alive = !found.close && (head->minor || found.keep_alive) && head->framing != HTTP_UNTIL_CLOSE;
    /* A body was announced where none may be: whoever sends one does not mean it as the next answer. */
    if (bare && (found.chunked || found.length))
        head->keep_alive = false;
    return true;
}

/* All of the head is there, and no byte will move any more: now the slices may be taken. */
static enum http read_head(struct http_head *head, uint8_t *bytes)
{
    slice rest = {bytes, head->scanned};
    if (!read_status_line(head, take_line(&rest)))
        return HTTP_BAD;
    unfold(bytes, head->scanned - rest.len, head->scanned);
    head->fields = 0;
    for (slice line = take_line(&rest); line.len; line = take_line(&rest))
        if (!read_field(head, line))
            return HTTP_BAD;
    head->bytes = head->scanned;
    return read_framing(head) ? HTTP_DONE : HTTP_BAD;
}

static enum http end_line(struct http_head *head, uint8_t *bytes, size_t text_end)
{
    slice line = {bytes + head->line_start, text_end - head->line_start};
    bool first = head->line_start == 0;
    head->line_start = head->scanned;
    /* At once: whoever talks first without being asked (SSH, SMTP) is not waited for. */
    if (first)
        return read_status_line(head, line) ? HTTP_MORE : HTTP_BAD;
    return line.len ? HTTP_MORE : read_head(head, bytes);
}

static enum http scan_byte(struct http_head *head, uint8_t *bytes)
{
    size_t at = head->scanned++, column = at - head->line_start;
    bool after_cr = column && bytes[at - 1] == '\r';
    uint8_t c = bytes[at];
    if (c == '\n')
        return end_line(head, bytes, at - after_cr);
    if (after_cr)
        return HTTP_BAD;
    if (c != '\r' && (!http_is_text_byte(c) || column >= HTTP_LINE_BYTES_MAX))
        return HTTP_BAD;
    return HTTP_MORE;
}

enum http http_head_feed(struct http_head *head, uint8_t *bytes, size_t len)
{
    while (head->state == HTTP_MORE && head->scanned < len) {
        head->state = scan_byte(head, bytes);
        /* Not "when the next byte comes": a buffer of just this size would wait for it for ever. */
        if (head->state == HTTP_MORE && head->scanned == HTTP_HEAD_BYTES_MAX)
            head->state = HTTP_BAD;
    }
    return head->state;
}

bool http_head_field(const struct http_head *head, slice name, slice *value)
{
    for (size_t i = 0; i < head->fields; i++) {
        if (slice_equal_nocase(head->field[i].name, name)) {
            *value = head->field[i].value;
            return true;
        }
    }
    return false;
}
