#include "lib/cm.h"
#include "lib/guard.h"

#include "wire/base64.h"

static const struct {
    slice text, bytes;
} both[] = {
    /* RFC 4648 section 10 */
    {S_INIT(""), S_INIT("")},
    {S_INIT("Zg=="), S_INIT("f")},
    {S_INIT("Zm8="), S_INIT("fo")},
    {S_INIT("Zm9v"), S_INIT("foo")},
    {S_INIT("Zm9vYg=="), S_INIT("foob")},
    {S_INIT("Zm9vYmE="), S_INIT("fooba")},
    {S_INIT("Zm9vYmFy"), S_INIT("foobar")},
    {S_INIT("AAAA"), S_INIT("\0\0\0")},
    {S_INIT("AA=="), S_INIT("\0")},
};

/* The room is exact, and ends at an unreadable page. */
static void assert_decodes(slice text, enum base64 alphabet, bool lines, slice bytes)
{
    struct buf out = {guarded_room(bytes.len + 1), 0, bytes.len + 1, false};
    buf_byte(&out, '>');
    assert_true(base64_decode(guarded(text), alphabet, lines, &out));
    assert_slice(slice_after(buf_slice(&out), 1), bytes);

    uint8_t *place = guarded_room(text.len);
    if (text.len)
        memcpy(place, text.at, text.len);
    out = (struct buf){place, 0, text.len, false};
    assert_true(base64_decode((slice){place, text.len}, alphabet, lines, &out));
    assert_slice(buf_slice(&out), bytes);

    for (size_t cap = 0; cap < bytes.len; cap++) {
        out = (struct buf){guarded_room(cap), 0, cap, false};
        assert_false(base64_decode(guarded(text), alphabet, lines, &out));
        assert_true(out.full);
        assert_int_equal(out.len, 0);
    }
}

static void assert_refuses(slice text, enum base64 alphabet, bool lines)
{
    uint8_t room[40];
    struct buf out = BUF(room);
    buf_byte(&out, '>');
    assert_false(base64_decode(guarded(text), alphabet, lines, &out));
    assert_slice(buf_slice(&out), S(">"));
    assert_false(out.full);
}

static void test_padded_text_is_the_same_in_both_alphabets(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(both); i++) {
        assert_decodes(both[i].text, BASE64_STANDARD, false, both[i].bytes);
        assert_decodes(both[i].text, BASE64_STANDARD, true, both[i].bytes);
        assert_decodes(both[i].text, BASE64_URL, false, both[i].bytes);
    }
    assert_decodes(S("++//"), BASE64_STANDARD, false, S("\xfb\xef\xff"));
    assert_decodes(S("--__"), BASE64_URL, false, S("\xfb\xef\xff"));
}

static void test_padding_may_be_missing_in_base64url_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(both); i++) {
        slice bare = slice_first(both[i].text, slice_find(both[i].text, '='));
        assert_decodes(bare, BASE64_URL, false, both[i].bytes);
        if (bare.len < both[i].text.len)
            assert_refuses(bare, BASE64_STANDARD, true);
    }
}

static void test_white_space_between_groups_is_taken_on_demand_only(void **state)
{
    static const slice texts[] = {S_INIT("Zm9v YmFy"), S_INIT("\r\nZm9v\r\nYmFy\r\n"), S_INIT(" \tZm9v\n\n YmFy"),
                                  S_INIT("Zm9vYmFy \t\r\n")};
    static const slice inside[] = {S_INIT("Zm9 vYmFy"),  S_INIT("Z m9v"),  S_INIT("Zg =="),    S_INIT("Zg= ="),
                                   S_INIT("Zm9v\vYmFy"), S_INIT("Zm9v\0"), S_INIT("Zm9v\xa0"), S_INIT("Zg==\nZg==")};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_decodes(texts[i], BASE64_STANDARD, true, S("foobar"));
        assert_refuses(texts[i], BASE64_STANDARD, false);
        assert_refuses(texts[i], BASE64_URL, true);
        assert_refuses(texts[i], BASE64_URL, false);
    }
    assert_decodes(S("Zg==\n"), BASE64_STANDARD, true, S("f"));
    assert_decodes(S(" \n"), BASE64_STANDARD, true, S(""));
    for (size_t i = 0; i < COUNT(inside); i++)
        assert_refuses(inside[i], BASE64_STANDARD, true);
}

static void test_what_is_not_canonical_is_refused(void **state)
{
    static const slice texts[] = {
        S_INIT("="),        S_INIT("=="),     S_INIT("==="),     S_INIT("===="),     S_INIT("Z"),      S_INIT("Z==="),
        S_INIT("Z="),       S_INIT("Z=="),    S_INIT("Zg="),     S_INIT("Zg==="),    S_INIT("Zg===="), S_INIT("Zm8=="),
        S_INIT("Zm9v="),    S_INIT("Zm9v=="), S_INIT("Zm9vZ"),   S_INIT("Zg==Zg=="), S_INIT("Z=g="),   S_INIT("=Zg="),
        S_INIT("Zh=="),     S_INIT("Zo=="),   S_INIT("Zv=="),    S_INIT("Zm9="),     S_INIT("Zm-="),   S_INIT("Zm9v!"),
        S_INIT("Zm9v,mFy"), S_INIT("Zm\0v"),  S_INIT("Zm9\x80"), S_INIT("Zm9\xff"),  S_INIT("Zm9@"),   S_INIT("Zm9["),
        S_INIT("Zm9`"),     S_INIT("Zm9{"),   S_INIT("Zm9:"),    S_INIT("Zm9."),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_refuses(texts[i], BASE64_STANDARD, false);
        assert_refuses(texts[i], BASE64_STANDARD, true);
        assert_refuses(texts[i], BASE64_URL, false);
    }
    assert_refuses(S("Zh"), BASE64_URL, false);
    assert_refuses(S("Zm9"), BASE64_URL, false);
    assert_refuses(S("++//"), BASE64_URL, false);
    assert_refuses(S("--__"), BASE64_STANDARD, false);
}

/* The value is computed, so each of the 256 bytes is tried in each place. */
static void test_each_digit_has_its_value_and_no_other_byte_has_one(void **state)
{
    static const char *const alphabets[] = {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
                                            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"};
    (void)state;
    for (unsigned a = BASE64_STANDARD; a <= BASE64_URL; a++) {
        for (unsigned c = 0; c < 256; c++) {
            uint8_t text[4] = {'A', 'A', 'A', (uint8_t)c}, bytes[3];
            struct buf out = BUF(bytes);
            const char *found = c ? strchr(alphabets[a], (int)c) : NULL;
            assert_int_equal(base64_decode((slice){text, 4}, (enum base64)a, false, &out), found || c == '=');
            if (found)
                assert_int_equal(bytes[2], found - alphabets[a]);
        }
    }
}

static void test_base64url_is_written_without_padding(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(both); i++) {
        slice bare = slice_first(both[i].text, slice_find(both[i].text, '='));
        struct buf out = {guarded_room(bare.len), 0, bare.len, false};
        base64_encode_url(&out, guarded(both[i].bytes));
        assert_false(out.full);
        assert_slice(buf_slice(&out), bare);
    }
    uint8_t bytes[48], room[64];
    struct buf out = BUF(room), every = BUF(bytes);
    assert_true(base64_decode(S("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), BASE64_URL, false,
                              &every));
    base64_encode_url(&out, guarded(buf_slice(&every)));
    assert_slice(buf_slice(&out), S("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"));
    out.cap = 63;
    out.len = 0;
    base64_encode_url(&out, guarded(buf_slice(&every)));
    assert_true(out.full);
}

static void test_standard_base64_is_written_with_padding(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(both); i++) {
        slice text = both[i].text;
        struct buf out = {guarded_room(text.len), 0, text.len, false};
        base64_encode(&out, BASE64_STANDARD, guarded(both[i].bytes));
        assert_false(out.full);
        assert_slice(buf_slice(&out), text);
    }
    uint8_t bytes[48], room[64];
    struct buf out = BUF(room), every = BUF(bytes);
    slice all = S("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    assert_true(base64_decode(all, BASE64_STANDARD, false, &every));
    base64_encode(&out, BASE64_STANDARD, guarded(buf_slice(&every)));
    assert_slice(buf_slice(&out), all);
}

static void test_hex_has_pairs_of_either_case(void **state)
{
    static const slice wrong[] = {S_INIT("0"),
                                  S_INIT("000"),
                                  S_INIT("0g"),
                                  S_INIT("g0"),
                                  S_INIT("0x00"),
                                  S_INIT("00 0"),
                                  S_INIT("0:"),
                                  S_INIT("0/"),
                                  S_INIT("0@"),
                                  S_INIT("0G"),
                                  S_INIT("0`"),
                                  S_INIT("\0"
                                         "0"),
                                  S_INIT("0\xff"),
                                  S_INIT("00\n")};
    struct buf out = {guarded_room(9), 0, 9, false};
    (void)state;
    buf_byte(&out, '>');
    assert_true(hex_decode(guarded(S("0123456789abCDEF")), &out));
    assert_slice(buf_slice(&out), S(">\x01\x23\x45\x67\x89\xab\xcd\xef"));
    assert_true(hex_decode(guarded(S("")), &out));
    for (size_t i = 0; i < COUNT(wrong); i++) {
        uint8_t room[8];
        out = BUF(room);
        assert_false(hex_decode(guarded(wrong[i]), &out));
        assert_int_equal(out.len, 0);
    }
    out = (struct buf){guarded_room(1), 0, 1, false};
    assert_false(hex_decode(guarded(S("0000")), &out));
    assert_true(out.full);
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_padded_text_is_the_same_in_both_alphabets),
        cmocka_unit_test(test_padding_may_be_missing_in_base64url_only),
        cmocka_unit_test(test_white_space_between_groups_is_taken_on_demand_only),
        cmocka_unit_test(test_what_is_not_canonical_is_refused),
        cmocka_unit_test(test_each_digit_has_its_value_and_no_other_byte_has_one),
        cmocka_unit_test(test_base64url_is_written_without_padding),
        cmocka_unit_test(test_standard_base64_is_written_with_padding),
        cmocka_unit_test(test_hex_has_pairs_of_either_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
