/* The error value, and the exit statuses.
 *
 * Every failure that a user sees is one row of base/messages.h: exit status, WHAT, WHY and WHAT TO DO. An err
 * names the row and what its text needs. It travels up by return and is printed in one place.
 *
 * Shape:   err e = err_make(M_SECRET_MISSING, name, host); ... if (failed(e)) return e;
 * Memory:  an err is a handle on one of the last ERRS_MAX failures that were made, which is plenty for one that is on its
 *          way up. Who goes on after one, and wants it later, keeps the failure in room of his own (err_keep) and gives it
 *          back as an err when the time has come (err_of).
 *          The arguments are parts of bytes that live until the run ends: static text, argv, the plan, or
 *          what was put into notes (see note_keep). Never a value, never a token.
 */
#ifndef AZFOB_BASE_ERR_H
#define AZFOB_BASE_ERR_H

#include "base/buf.h"

/* As the product contract has them: the numbers of sysexits, so that a supervisor can tell "again" from
 * "never", and that none looks like the program's own. */
enum exit_status {
    EXIT_IS_DONE = 0,
    EXIT_IS_USAGE = 64,
    EXIT_IS_DATA = 65,
    EXIT_IS_MISSING = 66,
    EXIT_IS_UNREACHABLE = 69,
    EXIT_IS_OURS = 70,
    EXIT_IS_SYSTEM = 71,
    EXIT_IS_CREATE = 73,
    EXIT_IS_OUTPUT = 74,
    EXIT_IS_LATER = 75,
    EXIT_IS_UNTRUSTED = 76,
    EXIT_IS_REFUSED = 77,
    EXIT_IS_CONFIG = 78,
    EXIT_IS_NOT_RUN = 126,
    EXIT_IS_NOT_FOUND = 127,
};

enum message {
    M_NONE,
#define M(name, status, what, why, todo) M_##name,
#include "base/messages.h"
#undef M
    M_COUNT,
};

enum { ERR_ARGS_MAX = 5, ERR_NUMBERS_MAX = 2 };

struct failure {
    uint16_t message; /* enum message */
    slice arg[ERR_ARGS_MAX];
    int64_t number[ERR_NUMBERS_MAX];
};

typedef struct failure *err;

/* No error. */
#define OK ((err)NULL)

enum { ERRS_MAX = 16 };

/* err_make(message, argument, ...): arguments beyond those given are empty, numbers are 0 until they are set. Functions by
 * the number of arguments, because the words of a call are repeated a hundred times and more. */
#define err_make(...)                            ERR_FIFTH(__VA_ARGS__, err_full, err_full, err_full, err_two, err_one, err_new)(__VA_ARGS__)
#define ERR_FIFTH(id, a, b, c, d, e, which, ...) which
#define err_full(id, ...)                        err_of(&(const struct failure){.message = (uint16_t)(id), .arg = {__VA_ARGS__}})
__attribute__((returns_nonnull)) err err_new(unsigned id);
__attribute__((returns_nonnull)) err err_one(unsigned id, slice a);
__attribute__((returns_nonnull)) err err_two(unsigned id, slice a, slice b);

/* Copies, in both directions; OK is a failure of M_NONE. */
void err_keep(struct failure *room, err e);
err err_of(const struct failure *kept);

static inline bool failed(err e)
{
    return e != OK;
}

/* The same, with its first number. OK stays OK. */
err err_number(err e, int64_t n);

/* M_NONE for OK. */
uint16_t err_message(err e);

enum exit_status err_status(err e);

/* The whole line, without "azfob: " and without a line end: "WHAT: WHY; WHAT TO DO". In the row's text %1 to %5
 * are the arguments, %a and %b the numbers in decimal, %A and %B the numbers as UTC times. When the
 * room is full the text ends early; that is the one text that may be cut. */
void err_write(err e, struct buf *to);

/* The same without WHAT TO DO. */
void err_write_reason(err e, struct buf *to);

/* What is told of anybody's text, here and elsewhere. Control characters and bytes that are not ASCII are written as '?': a server
 * must not be able to write to a terminal. What is before the "@" in a URL is written as "...": it may be a password. */
void err_write_text(struct buf *to, slice text);

/* Copies text for an err's argument into `notes`, at most NOTE_BYTES_MAX of it, and gives the copy. When notes is
 * full it gives "...". */
enum { NOTE_BYTES_MAX = 600 };
slice note_keep(struct buf *notes, slice text);
slice note_number(struct buf *notes, uint64_t n);

#endif
