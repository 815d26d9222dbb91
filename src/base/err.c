#include "base/err.h"

#include "base/utc.h"
#include "texts.h"

static const uint8_t statuses[M_COUNT] = {
    EXIT_IS_DONE,
#define M(name, status, what, why, todo) EXIT_IS_##status,
#include "base/messages.h"
#undef M
};

enum column { WHAT, WHY, TODO, COLUMNS };

/* Of texts.h, where one begins in one byte and ends in the next. */
static unsigned symbol_at(const uint8_t *symbols, size_t index)
{
    size_t bit = index * TEXT_BITS;
    unsigned two_bytes = symbols[bit / 8] | (unsigned)symbols[bit / 8 + 1] << 8;
    return two_bytes >> bit % 8 & ((1u << TEXT_BITS) - 1);
}

/* Most symbols stand for two others. */
static void unpack(struct buf *to, unsigned symbol)
{
    uint16_t waiting[TEXT_DEPTH_MAX];
    size_t n = 0;
    waiting[n++] = (uint16_t)symbol;
    while (n) {
        unsigned next = waiting[--n];
        if (next >= ' ' && next < 128) {
            buf_byte(to, (uint8_t)next);
            continue;
        }
        size_t pair = next >= 128 ? next - 128 : (1u << TEXT_BITS) - 128 + next - 1;
        waiting[n++] = (uint16_t)symbol_at(text_pairs, 2 * pair + 1);
        waiting[n++] = (uint16_t)symbol_at(text_pairs, 2 * pair);
    }
}

/* The texts of the rows, three each, stand behind each other; there are none for M_NONE. */
static slice text_of(unsigned message, enum column column, struct buf *room)
{
    size_t at = 0;
    if (message == M_NONE)
        return S("");
    for (unsigned skip = (message - 1) * COLUMNS + column; skip; at++)
        skip -= symbol_at(texts, at) == 0;
    for (unsigned symbol; (symbol = symbol_at(texts, at)) != 0; at++)
        unpack(room, symbol);
    return buf_slice(room);
}

err err_of(const struct failure *kept)
{
    static struct failure made[ERRS_MAX];
    static size_t next;
    if (kept->message == M_NONE)
        return OK;
    err e = &made[next++ % ERRS_MAX];
    *e = *kept;
    return e;
}

void err_keep(struct failure *room, err e)
{
    *room = e ? *e : (struct failure){.message = M_NONE};
}

err err_two(unsigned id, slice a, slice b)
{
    return err_full(id, a, b);
}

err err_one(unsigned id, slice a)
{
    return err_two(id, a, S(""));
}

err err_new(unsigned id)
{
    return err_one(id, S(""));
}

err err_number(err e, int64_t n)
{
    if (e)
        e->number[0] = n;
    return e;
}

uint16_t err_message(err e)
{
    return e ? e->message : M_NONE;
}

enum exit_status err_status(err e)
{
    return statuses[err_message(e)];
}

/* A message that is cut is better than none, so each piece is cut to what fits. */
static void put_what_fits(struct buf *to, slice text)
{
    buf_put(to, slice_first(text, to->cap - to->len));
}

/* In a URL, what is before its "@" may be a password: of "https://me:pass@host/" everybody may see "https://...@host/". A wrong one
 * may have more than one "@", or a "/" before it, so the last of the word counts. */
void err_write_text(struct buf *to, slice text)
{
    for (size_t i = 0, word_end = 0; i < text.len; i++) {
        if (i >= word_end && slice_starts(slice_after(text, i), S("//"))) {
            size_t at = 0;
            for (word_end = i; word_end < text.len && text.at[word_end] > ' '; word_end++)
                if (text.at[word_end] == '@')
                    at = word_end;
            if (at) {
                put_what_fits(to, S("//..."));
                i = at;
            }
        }
        uint8_t c = text.at[i];
        put_what_fits(to, c >= ' ' && c <= '~' ? (slice){&c, 1} : S("?"));
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

static void put_filled(struct buf *to, err e, enum column column)
{
    uint8_t room[TEXT_BYTES_MAX];
    struct buf text = BUF(room);
    slice form = text_of(e->message, column, &text);
    for (size_t i = 0; i < form.len; i++) {
        uint8_t c = i + 1 < form.len && form.at[i] == '%' ? form.at[i + 1] : 0;
        if (c >= '1' && c < '1' + ERR_ARGS_MAX)
            err_write_text(to, e->arg[c - '1']);
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
    put_filled(to, e, WHAT);
    put_what_fits(to, S(": "));
    put_filled(to, e, WHY);
}

void err_write(err e, struct buf *to)
{
    err_write_reason(e, to);
    put_what_fits(to, S("; "));
    put_filled(to, e, TODO);
}

slice note_keep(struct buf *notes, slice text)
{
    size_t start = notes->len;
    text = slice_first(text, NOTE_BYTES_MAX);
    if (notes->cap - notes->len < text.len)
        return S("...");
    /* What somebody else could not put there forbids no smaller text: with `full` set, nothing would be written. */
    notes->full = false;
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
