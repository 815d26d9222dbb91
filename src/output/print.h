/* Standard output: one value, or several with their names in a format.
 *
 *   json    { "name": "value", ... } and a line end; one line. Values must be UTF-8.
 *   env     NAME='value' lines, as sh reads them. "'" becomes '\''. No NUL.
 *   dotenv  NAME='value' lines, as python-dotenv reads them: in single quotes, \ and ' escaped; in double quotes when the value
 *           has a carriage return, which a reader would otherwise take for a line end. UTF-8 only; no "${", which a
 *           reader expands in any quotes; no "\" at the end, because readers disagree what closes the quote.
 *   null    the values, in the order asked for, each with a NUL behind it, as xargs -0 reads them. No NUL inside.
 *
 * A name in env and dotenv is the secret's name with "_" for "-"; one that starts with a digit is none.
 *
 * Shape:   print_measure, which checks all; print_compose into that much room; print_bytes, or a file.
 * Memory:  what is composed is as secret as the values: it belongs into the arena.
 * Errors:  65 from print_measure: M_PRINT_NAME, M_PRINT_TEXT (%1 name, %2 format, %3 why). 74 from the writing functions:
 *          M_PRINT_FAILED; a part may have been written.
 */
#ifndef AZFOB_OUTPUT_PRINT_H
#define AZFOB_OUTPUT_PRINT_H

#include "plan/option.h"

struct named {
    slice name;
    slice value;
};

/* Can this format say all of it, and in how many bytes? */
err print_measure(enum format format, const struct named *entry, size_t entries, size_t *bytes);

/* Only after print_measure said so. */
void print_compose(enum format format, const struct named *entry, size_t entries, struct buf *to);

/* To standard output, these bytes and nothing else. */
err print_bytes(slice bytes);

/* The same, and a line end when standard output is a terminal. */
err print_value(slice value);

#endif
