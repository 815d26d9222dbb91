#include "base/err.h"

#include "base/utc.h"

/* One run of NUL-terminated texts, three a row, and no pointer: a table of pointers costs more than it holds. */
static const char texts[] = "\0\0\0"
#define M(name, status, what, why, todo) what "\0" why "\0" todo "\0"
#include "base/messages.h"
#undef M
    ;

static const uint8_t statuses[M_COUNT] = {
    EXIT_IS_DONE,
#define M(name, status, what, why, todo) EXIT_IS_##status,
#include "base/messages.h"
#undef M
};

enum column { WHAT, WHY, TODO, COLUMNS };

static slice text_of(unsigned message, enum column column)
{
    const char *at = texts;
    for (unsigned skip = message * COLUMNS + column; skip; skip--)
        at += slice_of(at).len + 1;
    return slice_of(at);
}

enum exit_status err_status(err e)
{
    return statuses[e.message];
}

/* A message that is cut is better than none, so each piece is cut to what fits. */
static void put_what_fits(struct buf *to, slice text)
{
    buf_put(to, slice_first(text, to->cap - to->len));
}

static void put_clean(struct buf *to, slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.at[i];
        put_what_fits(to, c >= ' ' && c <= '~' ? (slice){text.at + i, 1} : S("?"));
    }
}

static void put_number(struct buf *to, int64_t n)
{
    uint8_t room[24];
    struct buf digits = BUF(room);
    if (n < 0)
        buf_byte(&digits, '-');
    buf_number(&digits, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
    put_what_fits(to, buf_slice(&digits));
}

static void put_time(struct buf *to, int64_t seconds)
{
    uint8_t room[UTC_TEXT_BYTES];
    struct buf text = BUF(room);
    utc_write(&text, seconds);
    put_what_fits(to, buf_slice(&text));
}

static void put_filled(struct buf *to, slice form, const err *e)
{
    for (size_t i = 0; i < form.len; i++) {
        uint8_t c = i + 1 < form.len && form.at[i] == '%' ? form.at[i + 1] : 0;
        if (c >= '1' && c < '1' + ERR_ARGS_MAX)
            put_clean(to, e->arg[c - '1']);
        else if (c == 'a' || c == 'b')
            put_number(to, e->number[c - 'a']);
        else if (c == 'A' || c == 'B')
            put_time(to, e->number[c - 'A']);
        else {
            put_what_fits(to, (slice){form.at + i, 1});
            continue;
        }
        i++;
    }
}

void err_write_reason(err e, struct buf *to)
{
    put_filled(to, text_of(e.message, WHAT), &e);
    put_what_fits(to, S(": "));
    put_filled(to, text_of(e.message, WHY), &e);
}

void err_write(err e, struct buf *to)
{
    err_write_reason(e, to);
    put_what_fits(to, S("; "));
    put_filled(to, text_of(e.message, TODO), &e);
}

slice note_keep(struct buf *notes, slice text)
{
    size_t start = notes->len;
    text = slice_first(text, NOTE_BYTES_MAX);
    if (notes->cap - notes->len < text.len)
        return S("...");
    buf_put(notes, text);
    return (slice){notes->at + start, text.len};
}

slice note_number(struct buf *notes, uint64_t n)
{
    uint8_t room[20];
    struct buf digits = BUF(room);
    buf_number(&digits, n);
    return note_keep(notes, buf_slice(&digits));
}
