#include "lib/cm.h"
#include "lib/guard.h"

#include "base/slice.h"

static void test_text_becomes_a_slice_without_its_nul(void **state)
{
    (void)state;
    assert_slice(slice_of("abc"), S("abc"));
    assert_slice(slice_of(""), S(""));
    assert_slice(slice_of(NULL), S(""));
    assert_int_equal(S("a\0b").len, 3);
}

static void test_equal_means_all_bytes(void **state)
{
    (void)state;
    assert_true(slice_equal(guarded(S("a\0b")), guarded(S("a\0b"))));
    assert_false(slice_equal(guarded(S("a\0b")), guarded(S("a\0c"))));
    assert_false(slice_equal(guarded(S("a")), guarded(S("ab"))));
    assert_true(slice_equal(guarded(S("")), (slice){NULL, 0}));
    assert_false(slice_equal(S("a"), S("A")));
}

static void test_only_the_case_of_a_to_z_is_passed_over(void **state)
{
    (void)state;
    assert_true(slice_equal_nocase(guarded(S("aZ-9\xc3")), guarded(S("Az-9\xc3"))));
    assert_false(slice_equal_nocase(guarded(S("\xe9")), guarded(S("\xc9"))));
    assert_false(slice_equal_nocase(guarded(S("@[`{")), guarded(S("`{@["))));
    assert_false(slice_equal_nocase(guarded(S("K")), guarded(S("\xe2\x84\xaa")))); /* the Kelvin sign */
    assert_false(slice_equal_nocase(guarded(S("a")), guarded(S("ab"))));
    for (unsigned c = 0; c < 256; c++) {
        uint8_t byte = (uint8_t)c;
        bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z';
        assert_int_equal(byte_lower(byte), upper ? c + 32 : c);
        assert_int_equal(byte_is_alpha(byte), upper || lower);
        assert_int_equal(byte_is_digit(byte), c >= '0' && c <= '9');
    }
}

static void test_starts_and_ends(void **state)
{
    (void)state;
    assert_true(slice_starts(guarded(S("abc")), S("ab")));
    assert_true(slice_starts(guarded(S("")), S("")));
    assert_false(slice_starts(guarded(S("a")), S("ab")));
    assert_false(slice_starts(guarded(S("abc")), S("AB")));
    assert_true(slice_ends_nocase(guarded(S("x.NET")), S(".net")));
    assert_true(slice_ends_nocase(guarded(S("")), S("")));
    assert_false(slice_ends_nocase(guarded(S("net")), S(".net")));
}

static void test_first_and_after_stay_inside(void **state)
{
    static const size_t lengths[] = {0, 1, 2, 3, 4, SIZE_MAX};
    slice s = guarded(S("abc"));
    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        slice first = slice_first(s, lengths[i]), after = slice_after(s, lengths[i]);
        size_t cut = lengths[i] < 3 ? lengths[i] : 3;
        assert_ptr_equal(first.at, s.at);
        assert_int_equal(first.len, cut);
        assert_ptr_equal(after.at, s.at + cut);
        assert_int_equal(after.len, 3 - cut);
    }
    assert_int_equal(slice_after((slice){NULL, 0}, 5).len, 0);
    assert_null(slice_after((slice){NULL, 0}, 5).at);
}

static void test_find_gives_the_first_or_the_length(void **state)
{
    (void)state;
    assert_int_equal(slice_find(guarded(S("abcb")), 'b'), 1);
    assert_int_equal(slice_find(guarded(S("a\0c")), 0), 1);
    assert_int_equal(slice_find(guarded(S("abc")), 'x'), 3);
    assert_int_equal(slice_find((slice){NULL, 0}, 'x'), 0);
}

static void test_cut_takes_up_to_the_byte_and_the_byte(void **state)
{
    slice rest = guarded(S("a=b=")), before;
    (void)state;
    assert_true(slice_cut(&rest, '=', &before));
    assert_slice(before, S("a"));
    assert_slice(rest, S("b="));
    assert_true(slice_cut(&rest, '=', &before));
    assert_slice(before, S("b"));
    assert_int_equal(rest.len, 0);
    assert_false(slice_cut(&rest, '=', &before));
    assert_int_equal(before.len, 0);
    rest = guarded(S("abc"));
    assert_false(slice_cut(&rest, '=', &before));
    assert_slice(before, S("abc"));
    assert_int_equal(rest.len, 0);
}

static void test_trim_takes_blanks_and_tabs_only(void **state)
{
    (void)state;
    assert_slice(slice_trim(guarded(S(" \t a \t b\t "))), S("a \t b"));
    assert_slice(slice_trim(guarded(S(" \t"))), S(""));
    assert_slice(slice_trim(guarded(S(""))), S(""));
    assert_slice(slice_trim(guarded(S("\na\r\v"))), S("\na\r\v"));
}

static void test_texts_behind_each_other_are_found_by_place_and_by_name(void **state)
{
    (void)state;
    assert_slice(texts_nth("one\0\0three\0", 0), S("one"));
    assert_slice(texts_nth("one\0\0three\0", 1), S(""));
    assert_slice(texts_nth("one\0\0three\0", 2), S("three"));
    static const uint8_t numbers[] = {7, 255, 0};
    assert_slice(texts_of("one\0two\0three\0", numbers, COUNT(numbers), 255), S("two"));
    assert_slice(texts_of("one\0two\0three\0", numbers, COUNT(numbers), 0), S("three"));
    assert_slice(texts_of("one\0two\0three\0", numbers, COUNT(numbers), -1), S(""));
    assert_slice(texts_of("one\0two\0three\0", numbers, COUNT(numbers), 263), S(""));
    assert_true(texts_have("one\0two\0", guarded(S("one"))));
    assert_true(texts_have("one\0two\0", guarded(S("TWO"))));
    assert_false(texts_have("one\0two\0", guarded(S("tw"))));
    assert_false(texts_have("one\0two\0", guarded(S("two\0"))));
    assert_false(texts_have("one\0two\0", guarded(S("two+"))));
    assert_false(texts_have("one\0two\0", S("")));
    assert_false(texts_have("", S("one")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_becomes_a_slice_without_its_nul),
        cmocka_unit_test(test_equal_means_all_bytes),
        cmocka_unit_test(test_only_the_case_of_a_to_z_is_passed_over),
        cmocka_unit_test(test_starts_and_ends),
        cmocka_unit_test(test_first_and_after_stay_inside),
        cmocka_unit_test(test_find_gives_the_first_or_the_length),
        cmocka_unit_test(test_cut_takes_up_to_the_byte_and_the_byte),
        cmocka_unit_test(test_trim_takes_blanks_and_tabs_only),
        cmocka_unit_test(test_texts_behind_each_other_are_found_by_place_and_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
