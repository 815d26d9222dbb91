/* What the drivers share: small programs that call one function of output/ with what their arguments and standard input say, so
 * that a test can run it under strace, in another namespace or as PID 1, and see the exit status that the contract has. */
#ifndef AZFOB_TESTS_DRIVER_H
#define AZFOB_TESTS_DRIVER_H

#include "base/err.h"
#include "system/arena.h"

#include <unistd.h>

enum { DRIVER_ARENA_BYTES = 16 * 1024 * 1024, DRIVER_INPUT_BYTES = 1024 * 1024 };

static inline int driver_end(err e)
{
    uint8_t room[1024];
    struct buf line = BUF(room);
    if (!failed(e))
        return EXIT_IS_DONE;
    buf_put(&line, S("azfob: "));
    err_write(e, &line);
    buf_byte(&line, '\n');
    (void)!write(STDERR_FILENO, line.at, line.len);
    return (int)err_status(e);
}

/* All of standard input. */
static inline slice driver_input(struct arena *arena)
{
    struct buf in = arena_buf(arena, DRIVER_INPUT_BYTES);
    ssize_t got;
    while ((got = read(STDIN_FILENO, in.at + in.len, in.cap - in.len)) > 0)
        in.len += (size_t)got;
    if (got < 0)
        _exit(EXIT_IS_SYSTEM);
    return buf_slice(&in);
}

/* DIGITS ":" bytes, as in a netstring without its comma. */
static inline slice driver_field(slice *in)
{
    slice digits, field;
    size_t len = 0;
    slice_cut(in, ':', &digits);
    for (size_t i = 0; i < digits.len; i++)
        len = len * 10 + (size_t)(digits.at[i] - '0');
    field = slice_first(*in, len);
    *in = slice_after(*in, len);
    return field;
}

#endif
