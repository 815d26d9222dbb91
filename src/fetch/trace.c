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

/* A line too long ends early. */
static void write_line(struct buf *line)
{
    line->len -= line->len == line->cap;
    line->full = false;
    buf_byte(line, '\n');
    (void)!write(STDERR_FILENO, line->at, line->len);
    line->len = 0;
}

static void put_bytes(struct buf *line, size_t bytes)
{
    err_write_text(line, S("("));
    buf_number(line, bytes);
    err_write_text(line, S(" bytes, not shown)"));
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
    err_write_text(&text, S("> "));
    err_write_text(&text, method);
    err_write_text(&text, tls ? S(" https://") : S(" http://"));
    err_write_text(&text, host_of(rest));
    err_write_text(&text, target);
    write_line(&text);
    while ((line = cut_line(&rest)).len) {
        slice name;
        slice_cut(&line, ':', &name);
        if (slice_equal_nocase(name, S("host")))
            continue;
        line = slice_trim(line);
        if (slice_equal_nocase(name, S("authorization")) && slice_starts(line, S("Bearer "))) {
            err_write_text(&text, S("> Authorization: Bearer "));
            put_bytes(&text, line.len - S("Bearer ").len);
            write_line(&text);
            continue;
        }
        err_write_text(&text, S("> "));
        err_write_text(&text, name);
        err_write_text(&text, S(": "));
        if (texts_have(hidden, name))
            put_bytes(&text, line.len);
        else
            err_write_text(&text, line);
        write_line(&text);
    }
    if (rest.len) {
        err_write_text(&text, S("> "));
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
    err_write_text(line, quote_keep(&quoted, text, sent));
}

void trace_answer(const struct trace *trace, slice request, const struct http_head *head, size_t body_bytes,
                  int64_t sent_at)
{
    uint8_t room[LINE_BYTES];
    struct buf line = BUF(room);
    if (trace->level == 0)
        return;
    struct confidence sent = confidence_of(request);
    err_write_text(&line, S("< HTTP/1."));
    buf_number(&line, head->minor);
    err_write_text(&line, S(" "));
    buf_number(&line, head->status);
    err_write_text(&line, S(" "));
    put_quoted(&line, head->reason, sent);
    err_write_text(&line, S("  ["));
    buf_number(&line, (uint64_t)(clock_ms() - sent_at));
    err_write_text(&line, S(" ms]"));
    write_line(&line);
    for (size_t i = 0; i < head->fields; i++) {
        bool show = texts_have(shown, head->field[i].name);
        if (!show && trace->level == 1)
            continue;
        err_write_text(&line, S("< "));
        err_write_text(&line, head->field[i].name);
        err_write_text(&line, S(": "));
        if (show)
            put_quoted(&line, head->field[i].value, sent);
        else
            put_bytes(&line, head->field[i].value.len);
        write_line(&line);
    }
    err_write_text(&line, S("< "));
    put_bytes(&line, body_bytes);
    write_line(&line);
}

void trace_stream(const struct trace *trace, const struct stream *stream)
{
    uint8_t room[LINE_BYTES];
    struct buf line = BUF(room);
    if (trace->level < 2)
        return;
    err_write_text(&line, S("* "));
    err_write_text(&line, stream->setting.host);
    if (stream->setting.proxy) {
        err_write_text(&line, S(" through "));
        err_write_text(&line, stream->setting.proxy->name);
    }
    err_write_text(&line, S(" at "));
    address_write(&stream->peer, &line);
    err_write_text(&line, S(": connected after "));
    buf_number(&line, (uint64_t)(stream->connected - stream->began));
    err_write_text(&line, S(" ms"));
    if (stream->setting.tls) {
        err_write_text(&line, S(", TLS 1.2 after "));
        buf_number(&line, (uint64_t)(stream->ready - stream->connected));
        err_write_text(&line, S(" ms more"));
    }
    write_line(&line);
}

void trace_note(const struct trace *trace, slice what, slice detail)
{
    uint8_t room[LINE_BYTES];
    struct buf line = BUF(room);
    if (trace->level < 2)
        return;
    err_write_text(&line, S("* "));
    err_write_text(&line, what);
    err_write_text(&line, detail);
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
    err_write_text(&line, S("azfob: waiting: "));
    err_write_reason(reason, &line);
    write_line(&line);
}
