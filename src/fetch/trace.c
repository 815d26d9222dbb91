#include "fetch/trace.h"

#include "azure/service_error.h"
#include "system/clock.h"

#include <unistd.h>

enum { LINE_BYTES = 1024 };

/* Fields of answers that are shown with their value. All others only by name. */
static const char shown[] = "www-authenticate\0"
                            "content-type\0"
                            "content-length\0"
                            "transfer-encoding\0"
                            "date\0"
                            "retry-after\0"
                            "server\0"
                            "connection\0"
                            "location\0"
                            "x-ms-request-id\0"
                            "x-ms-keyvault-region\0"
                            "x-ms-keyvault-service-version\0"
                            "x-ms-keyvault-network-info\0";

/* Fields of requests whose value is a credential. */
static const char hidden[] = "authorization\0x-identity-header\0secret\0";

/* What comes from a server must not write to a terminal, and a line too long ends early. */
static void put_clean(struct buf *line, slice text)
{
    for (size_t i = 0; i < text.len && line->len + 1 < line->cap; i++)
        buf_byte(line, text.at[i] >= ' ' && text.at[i] <= '~' ? text.at[i] : '?');
}

static void write_line(struct buf *line)
{
    line->full = false;
    buf_byte(line, '\n');
    (void)!write(STDERR_FILENO, line->at, line->len);
    line->len = 0;
}

static void put_bytes(struct buf *line, size_t bytes)
{
    put_clean(line, S("("));
    buf_number(line, bytes);
    put_clean(line, S(" bytes, not shown)"));
}

static slice cut_line(slice *rest)
{
    slice line;
    slice_cut(rest, '\n', &line);
    if (line.len && line.at[line.len - 1] == '\r')
        line.len--;
    return line;
}

static slice host_of(slice head)
{
    while (head.len) {
        slice line = cut_line(&head), name;
        slice_cut(&line, ':', &name);
        if (slice_equal_nocase(name, S("host")))
            return slice_trim(line);
    }
    return S("");
}

void trace_request(const struct trace *trace, bool tls, slice request)
{
    uint8_t room[LINE_BYTES];
    struct buf text = BUF(room);
    slice rest = request, method, target;
    if (trace->level == 0)
        return;
    slice line = cut_line(&rest);
    slice_cut(&line, ' ', &method);
    slice_cut(&line, ' ', &target);
    put_clean(&text, S("> "));
    put_clean(&text, method);
    put_clean(&text, tls ? S(" https://") : S(" http://"));
    put_clean(&text, host_of(rest));
    put_clean(&text, target);
    write_line(&text);
    while ((line = cut_line(&rest)).len) {
        slice name;
        slice_cut(&line, ':', &name);
        if (slice_equal_nocase(name, S("host")))
            continue;
        line = slice_trim(line);
        if (slice_equal_nocase(name, S("authorization")) && slice_starts(line, S("Bearer "))) {
            put_clean(&text, S("> Authorization: Bearer "));
            put_bytes(&text, line.len - S("Bearer ").len);
            write_line(&text);
            continue;
        }
        put_clean(&text, S("> "));
        put_clean(&text, name);
        put_clean(&text, S(": "));
        if (texts_have(hidden, name))
            put_bytes(&text, line.len);
        else
            put_clean(&text, line);
        write_line(&text);
    }
    if (rest.len) {
        put_clean(&text, S("> "));
        put_bytes(&text, rest.len);
        write_line(&text);
    }
}

static struct confidence confidence_of(slice request)
{
    struct confidence sent = {S(""), S("")};
    slice line, bearer = S("Bearer ");
    (void)cut_line(&request);
    while ((line = cut_line(&request)).len) {
        slice name;
        slice_cut(&line, ':', &name);
        line = slice_trim(line);
        if (texts_have(hidden, name))
            sent.token = slice_starts(line, bearer) ? slice_after(line, bearer.len) : line;
    }
    sent.value = request;
    return sent;
}

/* What a server says, unless it says what it was told in confidence. */
static void put_quoted(struct buf *line, slice text, struct confidence sent)
{
    uint8_t room[NOTE_BYTES_MAX];
    struct buf quoted = BUF(room);
    put_clean(line, quote_keep(&quoted, text, sent));
}

void trace_answer(const struct trace *trace, slice request, const struct http_head *head, size_t body_bytes,
                  int64_t sent_at)
{
    uint8_t room[LINE_BYTES];
    struct buf line = BUF(room);
    if (trace->level == 0)
        return;
    struct confidence sent = confidence_of(request);
    put_clean(&line, S("< HTTP/1."));
    buf_number(&line, head->minor);
    put_clean(&line, S(" "));
    buf_number(&line, head->status);
    put_clean(&line, S(" "));
    put_quoted(&line, head->reason, sent);
    put_clean(&line, S("  ["));
    buf_number(&line, (uint64_t)(clock_ms() - sent_at));
    put_clean(&line, S(" ms]"));
    write_line(&line);
    for (size_t i = 0; i < head->fields; i++) {
        bool show = texts_have(shown, head->field[i].name);
        if (!show && trace->level == 1)
            continue;
        put_clean(&line, S("< "));
        put_clean(&line, head->field[i].name);
        put_clean(&line, S(": "));
        if (show)
            put_quoted(&line, head->field[i].value, sent);
        else
            put_bytes(&line, head->field[i].value.len);
        write_line(&line);
    }
    put_clean(&line, S("< "));
    put_bytes(&line, body_bytes);
    write_line(&line);
}

void trace_stream(const struct trace *trace, const struct stream *stream)
{
    uint8_t room[LINE_BYTES];
    struct buf line = BUF(room);
    if (trace->level < 2)
        return;
    put_clean(&line, S("* "));
    put_clean(&line, stream->setting.host);
    if (stream->setting.proxy) {
        put_clean(&line, S(" through "));
        put_clean(&line, stream->setting.proxy->name);
    }
    put_clean(&line, S(" at "));
    address_write(&stream->peer, &line);
    put_clean(&line, S(": connected after "));
    buf_number(&line, (uint64_t)(stream->connected - stream->began));
    put_clean(&line, S(" ms"));
    if (stream->setting.tls) {
        put_clean(&line, S(", TLS 1.2 after "));
        buf_number(&line, (uint64_t)(stream->ready - stream->connected));
        put_clean(&line, S(" ms more"));
    }
    write_line(&line);
}

void trace_note(const struct trace *trace, slice what, slice detail)
{
    uint8_t room[LINE_BYTES];
    struct buf line = BUF(room);
    if (trace->level < 2)
        return;
    put_clean(&line, S("* "));
    put_clean(&line, what);
    put_clean(&line, detail);
    write_line(&line);
}

void trace_wait(struct trace *trace, bool identity, err reason)
{
    uint8_t room[LINE_BYTES];
    struct buf line = BUF(room);
    bool same =
        trace->waits_for[identity].message == reason->message && trace->waits_for[identity].number == reason->number[0];
    trace->waits_for[identity].message = reason->message;
    trace->waits_for[identity].number = reason->number[0];
    if (trace->quiet || same)
        return;
    put_clean(&line, S("azfob: waiting: "));
    err_write_reason(reason, &line);
    write_line(&line);
}
