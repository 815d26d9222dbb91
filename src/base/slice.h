/* Bytes that somebody else owns: a pointer and a length, passed by value.
 *
 * A NUL byte is data. A slice is never written through, never freed, and lives as long as the bytes do.
 * Text gets its terminating NUL only where the kernel wants one (system/, output/).
 */
#ifndef AZFOB_BASE_SLICE_H
#define AZFOB_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const uint8_t *at;
    size_t len;
} slice;

/* A string literal without its NUL. */
#define S(literal) ((slice){(const uint8_t *)("" literal), sizeof(literal) - 1})

/* The same where a constant initializer is wanted (tables). */
#define S_INIT(literal)                                                                                                \
    {                                                                                                                  \
        (const uint8_t *)("" literal), sizeof(literal) - 1                                                             \
    }

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* NUL-terminated text; NULL gives the empty slice. */
slice slice_of(const char *text);

bool slice_equal(slice a, slice b);

/* Equal but for the case of A to Z: header names, hosts, GUIDs, object names. */
bool slice_equal_nocase(slice a, slice b);

bool slice_starts(slice s, slice prefix);
bool slice_ends_nocase(slice s, slice suffix);

/* The first n bytes, and what is behind them. An n beyond the end gives all, and nothing. */
slice slice_first(slice s, size_t n);
slice slice_after(slice s, size_t n);

/* Index of the first such byte; s.len when there is none. */
size_t slice_find(slice s, uint8_t byte);

/* Takes what is before the first `byte` off *rest, and the byte too. Without one, *before is all of
 * *rest, *rest becomes empty, and the answer is false. */
bool slice_cut(slice *rest, uint8_t byte, slice *before);

/* Without blanks and tabs at both ends (optional white space, RFC 9110 section 5.6.3). */
slice slice_trim(slice s);

/* Texts that stand behind each other in one literal, "one\0two\0", as tables of mere texts do here: in a program that may be
 * loaded anywhere a pointer for each would cost as much as the text. The nth of them; and is it one of them, but for case? */
slice texts_nth(const char *texts, size_t n);
bool texts_have(const char *texts, slice text);

/* The text that stands where this number stands among `numbers`; empty: it is none of them. */
slice texts_of(const char *texts, const uint8_t *numbers, size_t count, int number);

/* ASCII only, whatever the locale. */
bool byte_is_digit(uint8_t c);
bool byte_is_alpha(uint8_t c);
uint8_t byte_lower(uint8_t c);

#endif
