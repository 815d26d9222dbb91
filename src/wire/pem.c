#include "wire/pem.h"

/* Without its end, and without blanks before that: editors leave some. */
static slice take_line(slice *rest)
{
    slice line;
    slice_cut(rest, '\n', &line);
    while (line.len && slice_find(S(" \t\r"), line.at[line.len - 1]) < 3)
        line.len--;
    return line;
}

/* Empty when the line has no such form. */
static slice label_of(slice line, slice start)
{
    slice label = slice_after(line, start.len);
    if (!slice_starts(line, start) || !slice_ends_nocase(label, S("-----")))
        return S("");
    return slice_first(label, label.len - 5);
}

/* *rest is behind the BEGIN line. */
static enum pem read_block(slice begin, slice *rest, struct pem_block *block)
{
    slice body = *rest;
    while (block->label.len && rest->len) {
        size_t body_len = body.len - rest->len;
        slice line = take_line(rest);
        if (!slice_starts(line, S("-----")))
            continue;
        if (!slice_equal(label_of(line, S("-----END ")), block->label))
            break;
        block->body = slice_first(body, body_len);
        block->whole = slice_first(begin, begin.len - rest->len);
        return PEM_BLOCK;
    }
    *rest = begin;
    return PEM_BAD;
}

enum pem pem_next(slice *rest, struct pem_block *block)
{
    while (rest->len) {
        slice begin = *rest, line = take_line(rest);
        if (slice_starts(line, S("-----BEGIN "))) {
            block->label = label_of(line, S("-----BEGIN "));
            return read_block(begin, rest, block);
        }
    }
    return PEM_END;
}
