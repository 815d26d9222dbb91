#include "lib/cm.h"

#include "lib/guard.h"
#include "wire/der.h"

static void test_an_element_is_tag_length_content_and_no_more(void **state)
{
    (void)state;
    slice rest = guarded(S("\x04\x02"
                           "ab"
                           "\x05\x00"));
    slice start = rest;
    struct der d;
    assert_true(der_next(&rest, &d));
    assert_int_equal(d.tag, 4);
    assert_slice(d.content, S("ab"));
    assert_slice(d.whole, slice_first(start, 4));
    assert_true(der_next(&rest, &d));
    assert_int_equal(d.content.len, 0);
    assert_int_equal(d.whole.len, 2);
    assert_false(der_next(&rest, &d));
}

static void test_what_is_not_der_is_refused_and_nothing_taken(void **state)
{
    (void)state;
    static const slice bad[] = {
        S_INIT(""),
        S_INIT("\x30"),
        S_INIT("\x30\x01"),                  /* cut short */
        S_INIT("\x30\x80\x00\x00"),          /* indefinite length: BER only */
        S_INIT("\x30\x81"),                  /* length cut short */
        S_INIT("\x30\x81\x01\x00"),          /* long form for what the short one says */
        S_INIT("\x30\x82\x00\x80"),          /* leading zero */
        S_INIT("\x30\x84\x00\x00\x00\x01x"), /* more bytes of length than anything here may have */
        S_INIT("\x30\xff"),
        S_INIT("\x1f\x01\x00"),         /* a tag of several bytes */
        S_INIT("\x30\x83\xff\xff\xff"), /* far beyond the end */
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        slice rest = guarded(bad[i]), before = rest;
        struct der d;
        assert_false(der_next(&rest, &d));
        assert_ptr_equal(rest.at, before.at);
        assert_int_equal(rest.len, before.len);
    }
}

static void test_long_lengths_are_read(void **state)
{
    (void)state;
    static uint8_t room[70000];
    static const struct {
        size_t len, head;
    } rows[] = {{127, 2}, {128, 3}, {255, 3}, {256, 4}, {65535, 4}, {65536, 5}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t n = rows[i].len, extra = rows[i].head - 2;
        room[0] = 0x30;
        room[1] = (uint8_t)(extra ? 0x80 + extra : n);
        for (size_t b = 0; b < extra; b++)
            room[2 + b] = (uint8_t)(n >> 8 * (extra - 1 - b));
        slice rest = guarded((slice){room, rows[i].head + n});
        struct der d;
        assert_true(der_next(&rest, &d));
        assert_int_equal(d.content.len, n);
        assert_int_equal(rest.len, 0);
    }
}

static void test_a_taken_element_has_its_tag_or_nothing_is_taken(void **state)
{
    (void)state;
    slice rest = guarded(S("\x02\x01\x05\x30\x00"));
    slice before = rest;
    struct der d;
    assert_false(der_take(&rest, 0x30, &d));
    assert_slice(rest, before);
    assert_true(der_take(&rest, 0x02, &d));
    assert_slice(d.content, S("\x05"));
    assert_true(der_take(&rest, 0x30, &d));
    assert_int_equal(rest.len, 0);
    assert_false(der_take(&rest, 0x30, &d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_element_is_tag_length_content_and_no_more),
        cmocka_unit_test(test_what_is_not_der_is_refused_and_nothing_taken),
        cmocka_unit_test(test_long_lengths_are_read),
        cmocka_unit_test(test_a_taken_element_has_its_tag_or_nothing_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
