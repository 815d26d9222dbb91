#include "lib/cm.h"
#include "lib/guard.h"

#include "base/buf.h"

static void test_what_fits_is_written_to_the_last_byte(void **state)
{
    struct buf b = {guarded_room(8), 0, 8, false};
    (void)state;
    buf_put(&b, guarded(S("a\0b")));
    buf_byte(&b, 'c');
    buf_text(&b, "def");
    buf_put(&b, (slice){NULL, 0});
    buf_number(&b, 7);
    assert_slice(buf_slice(&b), S("a\0bcdef7"));
    assert_false(b.full);
}

static void test_what_does_not_fit_is_not_written_at_all_and_full_sticks(void **state)
{
    struct buf b = {guarded_room(3), 0, 3, false};
    (void)state;
    buf_text(&b, "ab");
    buf_text(&b, "cd");
    assert_true(b.full);
    assert_slice(buf_slice(&b), S("ab"));
    buf_byte(&b, 'c'); /* would fit, but then a piece would be missing in the middle */
    buf_put(&b, S(""));
    assert_slice(buf_slice(&b), S("ab"));
    assert_true(b.full);
}

static void test_an_empty_room_is_full_at_the_first_byte_only(void **state)
{
    struct buf b = {guarded_room(0), 0, 0, false};
    (void)state;
    buf_put(&b, S(""));
    assert_false(b.full);
    buf_byte(&b, 0);
    assert_true(b.full);
}

static void test_a_length_near_the_end_of_memory_does_not_wrap(void **state)
{
    uint8_t room[8];
    struct buf b = BUF(room);
    (void)state;
    buf_text(&b, "abc");
    buf_put(&b, (slice){room, SIZE_MAX});
    assert_true(b.full);
    assert_int_equal(b.len, 3);
}

static void test_bytes_may_move_down_in_their_own_room(void **state)
{
    uint8_t room[] = "abcdefgh";
    struct buf b = {room, 0, 8, false};
    (void)state;
    buf_put(&b, (slice){room + 2, 6});
    assert_slice(buf_slice(&b), S("cdefgh"));
}

static void test_numbers_have_no_leading_zeros_but_those_asked_for(void **state)
{
    static const struct {
        uint64_t n;
        unsigned width;
        slice text;
    } rows[] = {
        {0, 1, S_INIT("0")},
        {0, 0, S_INIT("0")},
        {9, 1, S_INIT("9")},
        {10, 1, S_INIT("10")},
        {7, 2, S_INIT("07")},
        {0, 4, S_INIT("0000")},
        {12345, 2, S_INIT("12345")},
        {UINT64_MAX, 1, S_INIT("18446744073709551615")},
        {UINT64_MAX, 99, S_INIT("18446744073709551615")},
        {1, 99, S_INIT("00000000000000000001")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf b = {guarded_room(rows[i].text.len), 0, rows[i].text.len, false};
        buf_padded(&b, rows[i].n, rows[i].width);
        assert_slice(buf_slice(&b), rows[i].text);
        b = (struct buf){guarded_room(rows[i].text.len - 1), 0, rows[i].text.len - 1, false};
        buf_padded(&b, rows[i].n, rows[i].width);
        assert_true(b.full);
        assert_int_equal(b.len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_fits_is_written_to_the_last_byte),
        cmocka_unit_test(test_what_does_not_fit_is_not_written_at_all_and_full_sticks),
        cmocka_unit_test(test_an_empty_room_is_full_at_the_first_byte_only),
        cmocka_unit_test(test_a_length_near_the_end_of_memory_does_not_wrap),
        cmocka_unit_test(test_bytes_may_move_down_in_their_own_room),
        cmocka_unit_test(test_numbers_have_no_leading_zeros_but_those_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
