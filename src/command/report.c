#include "command/report.h"

#include "output/print.h"
#include "wire/json.h"

enum { LINE_BYTES = 4096, TEXT_BYTES = 2048 };

static void print(struct report *report, slice text)
{
    err e = print_bytes(text);
    if (!report->output.message)
        err_keep(&report->output, e);
}

/* Names come from a server or a user; neither shall write to the terminal, and JSON takes no bytes that are not UTF-8. */
static slice clean(slice text, uint8_t room[TEXT_BYTES])
{
    struct buf to = {room, 0, TEXT_BYTES, false};
    err_write_text(&to, text);
    return buf_slice(&to);
}

void report_say(struct report *report, enum report_state state, slice what, slice text)
{
    static const slice words[] = {S_INIT("ok    "), S_INIT("warn  "), S_INIT("FAIL  ")};
    static const slice names[] = {S_INIT("ok"), S_INIT("warn"), S_INIT("fail")};
    uint8_t room[LINE_BYTES + 2 * TEXT_BYTES], what_room[TEXT_BYTES], text_room[TEXT_BYTES];
    struct buf line = BUF(room);
    if (report->quiet && state != REPORT_FAIL)
        return;
    what = clean(what, what_room);
    text = clean(text, text_room);
    if (report->json) {
        buf_text(&line, report->lines ? ",\n{\"state\":" : "[{\"state\":");
        json_quote(&line, names[state]);
        buf_text(&line, ",\"what\":");
        json_quote(&line, what);
        buf_text(&line, ",\"text\":");
        json_quote(&line, text);
        buf_byte(&line, '}');
    } else {
        buf_put(&line, words[state]);
        buf_put(&line, what);
        buf_text(&line, what.len && text.len ? ": " : "");
        buf_put(&line, text);
        buf_byte(&line, '\n');
    }
    report->lines++;
    print(report, buf_slice(&line));
}

void report_failure(struct report *report, slice what, err e)
{
    uint8_t room[TEXT_BYTES];
    struct buf text = BUF(room);
    for (size_t i = 0; i < report->failures; i++)
        if (report->failure[i].message == e->message && slice_equal(report->failure[i].arg[0], e->arg[0]))
            return;
    if (report->failures < REPORT_FAILURES_MAX)
        err_keep(&report->failure[report->failures++], e);
    err_write(e, &text);
    /* The words of an error say themselves what they are about. */
    report_say(report, REPORT_FAIL, report->json ? what : S(""), buf_slice(&text));
}

err report_end(struct report *report)
{
    if (report->json)
        print(report, report->lines ? S("]\n") : S("[]\n"));
    return err_of(report->failures ? &report->failure[0] : &report->output);
}
