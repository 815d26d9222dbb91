/* Randomness from the kernel, without a device file.
 *
 * Errors:  RANDOM_LATER: the kernel's generator is not seeded yet (early boot); ask again. RANDOM_NEVER: no such call.
 * Source:  getrandom(2).
 */
#ifndef AZFOB_SYSTEM_RANDOM_H
#define AZFOB_SYSTEM_RANDOM_H

#include <stddef.h>
#include <stdint.h>

enum random { RANDOM_OK, RANDOM_LATER, RANDOM_NEVER };

/* Fills all of `bytes` (at most 256 of them, which the kernel never cuts short), or none. */
enum random random_fill(uint8_t *bytes, size_t len);

#endif
