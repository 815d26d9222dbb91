#include "lib/cm.h"

#include "lib/apart.h"
#include "system/arena.h"

#include <stdio.h>
#include <sys/resource.h>

enum { PAGE = 4096, MEBI = 1024 * 1024 };

static struct arena arena;

static void open_arena(size_t cap)
{
    assert_true(arena_open(&arena, cap));
}

static void close_arena(void)
{
    munmap(arena.at - PAGE, arena.cap + 2 * PAGE);
}

/* Can the kernel read it? It says so without a crash. */
static bool is_readable(const uint8_t *at)
{
    int ends[2];
    if (pipe(ends) != 0)
        abort();
    bool readable = write(ends[1], at, 1) == 1;
    close(ends[0]);
    close(ends[1]);
    return readable;
}

static size_t resident_pages(void)
{
    static unsigned char resident[64 * MEBI / PAGE];
    size_t pages = (arena.cap + PAGE - 1) / PAGE, count = 0;
    if (pages > sizeof resident || mincore(arena.at, arena.cap, resident) != 0)
        abort();
    for (size_t i = 0; i < pages; i++)
        count += resident[i] & 1;
    return count;
}

static size_t count_not_zero(const uint8_t *at, size_t bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < bytes; i++)
        count += at[i] != 0;
    return count;
}

static void test_it_lies_between_unreadable_pages(void **state)
{
    static const size_t caps[] = {PAGE, 4 * PAGE, MEBI, 64 * MEBI};
    (void)state;
    for (size_t i = 0; i < COUNT(caps); i++) {
        open_arena(caps[i]);
        assert_true(is_readable(arena.at) && is_readable(arena.at + caps[i] - 1));
        assert_false(is_readable(arena.at - 1) || is_readable(arena.at + caps[i]));
        close_arena();
    }
}

static void test_an_arena_that_cannot_be_is_told(void **state)
{
    (void)state;
    assert_false(arena_open(&arena, (size_t)1 << 60));
}

static void test_what_is_taken_is_zeroed_aligned_and_apart(void **state)
{
    static const size_t sizes[] = {1, 0, 15, 16, 17, 4096, 3, 70000};
    uint8_t *before = NULL;
    size_t size_before = 0;
    (void)state;
    open_arena(MEBI);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        uint8_t *at = arena_take(&arena, sizes[i]);
        assert_non_null(at);
        assert_int_equal((uintptr_t)at % _Alignof(max_align_t), 0);
        assert_true(at >= before + size_before && at + sizes[i] <= arena.at + arena.cap);
        assert_int_equal(count_not_zero(at, sizes[i]), 0);
        memset(at, 0xff, sizes[i]);
        before = at;
        size_before = sizes[i];
    }
    close_arena();
}

static void test_the_last_byte_can_be_taken_and_no_more(void **state)
{
    static const size_t too_many[] = {1, 16, SIZE_MAX, SIZE_MAX - 15, SIZE_MAX / 2};
    (void)state;
    open_arena(PAGE);
    assert_null(arena_take(&arena, PAGE + 1));
    assert_non_null(arena_take(&arena, PAGE));
    for (size_t i = 0; i < COUNT(too_many); i++)
        assert_null(arena_take(&arena, too_many[i]));
    close_arena();
    open_arena(PAGE);
    assert_non_null(arena_take(&arena, 1));
    for (size_t i = 2; i < COUNT(too_many); i++)
        assert_null(arena_take(&arena, too_many[i]));
    assert_null(arena_take(&arena, PAGE - 15));
    assert_non_null(arena_take(&arena, PAGE - 16));
    close_arena();
    /* Where the next address that would do lies behind the end. */
    open_arena(PAGE - 8);
    assert_non_null(arena_take(&arena, PAGE - 8));
    assert_null(arena_take(&arena, 1));
    assert_null(arena_take(&arena, 0));
    close_arena();
}

static void test_a_buf_for_which_there_is_no_room_is_full_at_its_first_byte(void **state)
{
    (void)state;
    open_arena(PAGE);
    struct buf fits = arena_buf(&arena, PAGE), none = arena_buf(&arena, 1);
    assert_true(fits.cap == PAGE && fits.len == 0 && !fits.full && fits.at == arena.at);
    assert_true(none.cap == 0 && none.len == 0);
    buf_byte(&none, 'x');
    assert_true(none.full && none.len == 0);
    close_arena();
}

static void test_what_a_buf_has_no_use_for_can_be_taken_again(void **state)
{
    (void)state;
    open_arena(PAGE);
    struct buf text = arena_buf(&arena, PAGE);
    buf_text(&text, "kept");
    arena_trim(&arena, &text);
    assert_int_equal(text.cap, 4);
    buf_byte(&text, 'x');
    assert_true(text.full);
    uint8_t *next = arena_take(&arena, PAGE - 16);
    assert_ptr_equal(next, arena.at + 16);
    assert_int_equal(count_not_zero(next, PAGE - 16), 0);
    assert_memory_equal(text.at, "kept", 4);
    close_arena();
}

static void test_pages_cost_memory_from_their_first_use_only(void **state)
{
    (void)state;
    open_arena(64 * MEBI);
    assert_int_equal(resident_pages(), 0);
    uint8_t *at = arena_take(&arena, 40 * MEBI);
    assert_non_null(at);
    assert_int_equal(resident_pages(), 0);
    at[0] = at[PAGE] = at[39 * MEBI] = 1;
    assert_int_equal(resident_pages(), 3);
    close_arena();
}

/* Every byte that was written; no page that was not. */
static void test_a_wipe_leaves_nothing_and_touches_nothing_else(void **state)
{
    static const size_t written[] = {0, 1, PAGE - 1, PAGE, 10 * PAGE + 5, MEBI - 1, MEBI, 5 * MEBI + 7, 12 * MEBI - 1};
    (void)state;
    open_arena(64 * MEBI);
    assert_false(arena.unlocked);
    uint8_t *at = arena_take(&arena, 12 * MEBI);
    for (size_t i = 0; i < COUNT(written); i++)
        at[written[i]] = 0xa5;
    size_t pages = resident_pages();
    assert_int_equal(pages, 7);
    arena_wipe(&arena);
    assert_int_equal(resident_pages(), pages);
    assert_int_equal(count_not_zero(at, 12 * MEBI), 0);
    close_arena();
}

static void test_a_wipe_reaches_the_last_byte_of_a_full_arena(void **state)
{
    (void)state;
    open_arena(3 * MEBI + PAGE);
    uint8_t *at = arena_take(&arena, 3 * MEBI + PAGE);
    memset(at, 0xa5, arena.cap);
    arena_wipe(&arena);
    assert_int_equal(count_not_zero(at, arena.cap), 0);
    close_arena();
    open_arena(PAGE);
    arena_wipe(&arena); /* nothing was taken */
    assert_int_equal(resident_pages(), 0);
    close_arena();
}

/* Somebody who may lock nothing. */
static int without_the_right_to_lock(void)
{
    HOLDS(setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){0, 0}) == 0);
    HOLDS(setresuid(65534, 65534, 65534) == 0);
    HOLDS(arena_open(&arena, 4 * MEBI));
    uint8_t *at = arena_take(&arena, 2 * MEBI + 5);
    HOLDS(at && arena.unlocked);
    at[0] = at[MEBI] = at[2 * MEBI + 4] = 0xa5;
    arena_wipe(&arena);
    /* What could be in swap is overwritten, resident or not. */
    HOLDS(resident_pages() == 2 * MEBI / PAGE + 1);
    HOLDS(count_not_zero(at, 2 * MEBI + 5) == 0);
    return 0;
}

/* As many bytes as one step of locking, and no more. */
static int with_the_right_to_lock_a_little(void)
{
    HOLDS(setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){256 * 1024, 256 * 1024}) == 0);
    HOLDS(setresuid(65534, 65534, 65534) == 0);
    HOLDS(arena_open(&arena, 4 * MEBI));
    HOLDS(arena_take(&arena, 256 * 1024) && !arena.unlocked);
    HOLDS(arena_take(&arena, 1) && arena.unlocked);
    return 0;
}

static void test_without_the_right_to_lock_it_says_so_and_still_wipes(void **state)
{
    (void)state;
    assert_int_equal(apart(without_the_right_to_lock), 0);
    assert_int_equal(apart(with_the_right_to_lock_a_little), 0);
}

/* The flags of the mapping at this address: "rd wr .. dd lo". */
static bool find_flags(const uint8_t *at, char *flags, size_t size)
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    char line[512];
    bool here = false, found = false;
    while (maps && !found && fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
            here = (uintptr_t)at >= from && (uintptr_t)at < to;
        else if (here && strncmp(line, "VmFlags:", 8) == 0)
            found = snprintf(flags, size, "%s", line) > 0;
    }
    if (maps)
        fclose(maps);
    return found;
}

static void test_what_is_taken_is_locked_and_no_core_dump_has_it(void **state)
{
    char flags[256];
    (void)state;
    open_arena(64 * MEBI);
    arena_take(&arena, MEBI);
    assert_true(find_flags(arena.at, flags, sizeof flags));
    assert_non_null(strstr(flags, " dd")); /* do not dump */
    assert_non_null(strstr(flags, " lo")); /* locked */
    assert_true(find_flags(arena.at + 32 * MEBI, flags, sizeof flags));
    assert_non_null(strstr(flags, " dd"));
    assert_null(strstr(flags, " lo"));
    close_arena();
}

static int look_from_a_child(void)
{
    HOLDS(!is_readable(arena.at));
    return 0;
}

static void test_a_child_does_not_have_it(void **state)
{
    (void)state;
    open_arena(MEBI);
    memset(arena_take(&arena, PAGE), 0xa5, PAGE);
    assert_true(is_readable(arena.at));
    assert_int_equal(apart(look_from_a_child), 0);
    close_arena();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_lies_between_unreadable_pages),
        cmocka_unit_test(test_an_arena_that_cannot_be_is_told),
        cmocka_unit_test(test_what_is_taken_is_zeroed_aligned_and_apart),
        cmocka_unit_test(test_the_last_byte_can_be_taken_and_no_more),
        cmocka_unit_test(test_a_buf_for_which_there_is_no_room_is_full_at_its_first_byte),
        cmocka_unit_test(test_what_a_buf_has_no_use_for_can_be_taken_again),
        cmocka_unit_test(test_pages_cost_memory_from_their_first_use_only),
        cmocka_unit_test(test_a_wipe_leaves_nothing_and_touches_nothing_else),
        cmocka_unit_test(test_a_wipe_reaches_the_last_byte_of_a_full_arena),
        cmocka_unit_test(test_without_the_right_to_lock_it_says_so_and_still_wipes),
        cmocka_unit_test(test_what_is_taken_is_locked_and_no_core_dump_has_it),
        cmocka_unit_test(test_a_child_does_not_have_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
