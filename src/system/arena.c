#include "system/arena.h"

#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, LOCK_STEP = 256 * 1024, PAGES_AT_ONCE = 256, ALIGNMENT = 16 };

bool arena_open(struct arena *arena, size_t cap)
{
    uint8_t *at = mmap(NULL, cap + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        return false;
    if (mprotect(at + PAGE, cap, PROT_READ | PROT_WRITE)) {
        munmap(at, cap + 2 * PAGE);
        return false;
    }
    *arena = (struct arena){.at = at + PAGE, .cap = cap};
    /* Both are precautions that an old kernel may refuse; the secrets are still wiped. */
    (void)madvise(arena->at, cap, MADV_DONTDUMP);
    (void)madvise(arena->at, cap, MADV_DONTFORK);
    return true;
}

/* In steps and on fault: the limit counts address space, so locking all of it at once would be refused where a few
 * hundred kilobytes are allowed, and would make every page resident. */
static void lock_up_to(struct arena *arena, size_t used)
{
    while (arena->locked < used) {
        size_t step = arena->cap - arena->locked < LOCK_STEP ? arena->cap - arena->locked : LOCK_STEP;
        if (!arena->unlocked && mlock2(arena->at + arena->locked, step, MLOCK_ONFAULT))
            arena->unlocked = true;
        arena->locked += step;
    }
}

void *arena_take(struct arena *arena, size_t bytes)
{
    size_t start = (arena->used + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (start > arena->cap || bytes > arena->cap - start)
        return NULL;
    arena->used = start + bytes;
    lock_up_to(arena, arena->used);
    return arena->at + start;
}

struct buf arena_buf(struct arena *arena, size_t bytes)
{
    void *at = arena_take(arena, bytes);
    return (struct buf){at, 0, at ? bytes : 0, false};
}

void arena_trim(struct arena *arena, struct buf *last)
{
    arena->used -= last->cap - last->len;
    last->cap = last->len;
}

void arena_wipe(struct arena *arena)
{
    unsigned char resident[PAGES_AT_ONCE];
    for (size_t start = 0; start < arena->used; start += sizeof resident * PAGE) {
        size_t span = arena->used - start;
        if (span > sizeof resident * PAGE)
            span = sizeof resident * PAGE;
        /* Writing to a page that was never used would only make it resident. Nothing here is swapped out unless the limit
         * forbade locking; then all is written. */
        bool know = !arena->unlocked && mincore(arena->at + start, span, resident) == 0;
        for (size_t at = 0; at < span; at += PAGE)
            if (!know || resident[at / PAGE] & 1)
                explicit_bzero(arena->at + start + at, PAGE);
    }
}
