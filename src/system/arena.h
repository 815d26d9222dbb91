/* The one place for all that may be secret: TLS state, answers, tokens, values, requests.
 *
 * Mapped once as address space only, between two unreadable pages; a page costs memory from its first use. Kept out of core
 * dumps, not inherited by a fork, locked as far as the limit allows, and wiped on every way out: arena_wipe at the end,
 * and in the handler of each signal that ends the process.
 *
 * Shape:   arena_open once, arena_take as needed, arena_wipe once. Nothing is given back in between.
 * Memory:  what is taken lives until arena_wipe.
 * Errors:  arena_open: false, and nothing is mapped. arena_take: NULL when it is full.
 */
#ifndef AZFOB_SYSTEM_ARENA_H
#define AZFOB_SYSTEM_ARENA_H

#include "base/buf.h"

struct arena {
    uint8_t *at;
    size_t cap, used;
    size_t locked; /* this much from the start is locked, or was tried to be */
    bool unlocked; /* RLIMIT_MEMLOCK did not allow all of it: swap may see it */
};

bool arena_open(struct arena *arena, size_t cap);

/* Zeroed, at an address that any object may have. */
void *arena_take(struct arena *arena, size_t bytes);

/* An empty buf of this room; no room at all when the arena is full, so that the first write sets `full`. */
struct buf arena_buf(struct arena *arena, size_t bytes);

/* Gives back what the buf that was taken last has no use for. Nothing may have been written there. */
void arena_trim(struct arena *arena, struct buf *last);

/* Overwrites every page that was touched. Async-signal-safe. */
void arena_wipe(struct arena *arena);

#endif
