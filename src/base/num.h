/* Numbers in text: digits, hexadecimal, durations, octal modes. Overflow is an answer, never a wrap.
 *
 *   duration = 1*DIGIT ( "ms" / "s" / "m" / "h" )          500ms, 30s, 5m
 *
 * Memory: nothing is kept. *out is untouched when the answer is false.
 */
#ifndef AZFOB_BASE_NUM_H
#define AZFOB_BASE_NUM_H

#include "base/slice.h"

/* All of the text must be digits: no sign, no blank, not empty. */
bool num_decimal(slice text, uint64_t *out);
bool num_octal(slice text, uint64_t *out);

/* The value of one hexadecimal digit of either case, or -1. */
int num_hex_digit(uint8_t c);

enum { DURATION_MS_MAX = 24 * 60 * 60 * 1000 };

/* In milliseconds. False: no such form, no unit, or longer than a day. */
bool num_duration_ms(slice text, uint64_t *out);

#endif
