#include "lib/cm.h"

#include "lib/chain.h"
#include "lib/guard.h"
#include "output/select.h"

static const struct ref as_it_is = {.text = S_INIT("NAME")};

/* With exactly the room that select_room says, ending at an unreadable page. */
static err select_of(slice value, struct ref wanted, slice *out)
{
    wanted.text = S("NAME");
    size_t n = select_room(&wanted, value.len);
    struct buf room = {guarded_room(n), 0, n, false};
    return select_value(guarded(value), &wanted, &room, out);
}

static void is(slice value, struct ref wanted, slice want)
{
    slice out = S("untouched");
    err e = select_of(value, wanted, &out);
    assert_int_equal(err_message(e), M_NONE);
    assert_slice(out, want);
}

static void fails(slice value, struct ref wanted, enum message message)
{
    slice out = S("untouched");
    err e = select_of(value, wanted, &out);
    assert_int_equal(e->message, message);
    assert_int_equal(err_status(e), EXIT_IS_DATA);
    assert_slice(out, S("untouched"));
    uint8_t room[1024];
    struct buf line = BUF(room);
    err_write(e, &line);
    /* Values in these tests that fail have this word in them. */
    for (size_t i = 0; i + 6 <= line.len; i++)
        assert_true(memcmp(line.at + i, "hunter", 6) != 0);
}

static void test_without_wishes_the_value_is_given_as_it_is_whatever_it_is(void **state)
{
    (void)state;
    static const slice values[] = {S_INIT(""), S_INIT("abc@123"), S_INIT(" x\n"), S_INIT("\0\xff"), S_INIT("{broken")};
    for (size_t i = 0; i < COUNT(values); i++)
        is(values[i], as_it_is, values[i]);
    assert_int_equal(select_room(&as_it_is, 25600), 0);
}

static void test_a_pointer_gives_a_string_s_bytes_and_else_the_text_as_stored(void **state)
{
    (void)state;
    slice json = S(" {\"a\":{\"b\":\"x\\ny\\u00e9\"}, \"n\": 1.50e+3 ,\"l\":[true, null, {\"x\" : 1}], "
                   "\"\":\"e\",\"t~/\":\"s\"}\n");
    static const struct {
        slice pointer, want;
    } rows[] = {
        {S_INIT("/a/b"), S_INIT("x\ny\xc3\xa9")}, {S_INIT("/n"), S_INIT("1.50e+3")},
        {S_INIT("/l/0"), S_INIT("true")},         {S_INIT("/l/1"), S_INIT("null")},
        {S_INIT("/l/2"), S_INIT("{\"x\" : 1}")},  {S_INIT("/"), S_INIT("e")},
        {S_INIT("/t~0~1"), S_INIT("s")},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        is(json, (struct ref){.pointer = rows[i].pointer}, rows[i].want);
}

static void test_a_pointer_into_what_is_not_there_names_the_path_and_not_the_value(void **state)
{
    (void)state;
    struct ref wanted = {.pointer = S("/a/b")};
    fails(S("hunter2"), wanted, M_SELECT_NOT_JSON);
    fails(S("{\"a\":\"hunter2\"} x"), wanted, M_SELECT_NOT_JSON);
    fails(S("{\"a\":\"hunter2\"}"), wanted, M_SELECT_NO_MEMBER);
    fails(S("{\"b\":\"hunter2\"}"), wanted, M_SELECT_NO_MEMBER);
    fails(S("{\"a\":{\"b\":\"hunter2\",\"b\":\"hunter3\"}}"), wanted, M_SELECT_TWICE);
    slice out;
    err e = select_of(S("{\"b\":hunter2}"), wanted, &out);
    assert_slice(e->arg[1], S("/a/b"));
    assert_int_equal(e->number[0], 5);
}

static void test_decoding_is_strict_but_for_white_space_that_people_paste(void **state)
{
    (void)state;
    static const struct {
        enum ref_decode how;
        slice text, want;
    } good[] = {
        {DECODE_BASE64, S_INIT("aHVudGVyMg=="), S_INIT("hunter2")},
        {DECODE_BASE64, S_INIT("aHVu\r\ndGVy\nMg==\n"), S_INIT("hunter2")},
        {DECODE_BASE64, S_INIT("\n aHVudGVyMg== \n"), S_INIT("hunter2")},
        {DECODE_BASE64, S_INIT("/+8A"), S_INIT("\xff\xef\0")},
        {DECODE_BASE64, S_INIT(""), S_INIT("")},
        {DECODE_BASE64URL, S_INIT("_-8A"), S_INIT("\xff\xef\0")},
        {DECODE_BASE64URL, S_INIT("aHVudGVyMg\n"), S_INIT("hunter2")},
        {DECODE_HEX, S_INIT("00fFAb\n"), S_INIT("\0\xff\xab")},
    };
    static const struct {
        enum ref_decode how;
        slice text;
    } bad[] = {
        {DECODE_BASE64, S_INIT("hunter2!")},     {DECODE_BASE64, S_INIT("aHVudGVyMg")}, {DECODE_BASE64, S_INIT("_-8A")},
        {DECODE_BASE64, S_INIT("aHVudGVyMh==")}, {DECODE_BASE64URL, S_INIT("/+8A")},    {DECODE_HEX, S_INIT("abc")},
        {DECODE_HEX, S_INIT("hunter")},          {DECODE_HEX, S_INIT("00 ff")},
    };
    for (size_t i = 0; i < COUNT(good); i++)
        is(good[i].text, (struct ref){.decode = good[i].how}, good[i].want);
    for (size_t i = 0; i < COUNT(bad); i++)
        fails(bad[i].text, (struct ref){.decode = bad[i].how}, M_SELECT_NOT_ENCODED);
}

static void test_the_order_is_pointer_then_decode_then_part(void **state)
{
    (void)state;
    is(S("{\"k\":\"aHVu\\u0064GVyMg==\"}"), (struct ref){.pointer = S("/k"), .decode = DECODE_BASE64}, S("hunter2"));
    is(S("{\"k\":\"LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCmFodW50ZXIKLS0tLS1FTkQgUFJJVkFURSBLRVktLS0tLQ==\"}"),
       (struct ref){.pointer = S("/k"), .decode = DECODE_BASE64, .part = PART_KEY},
       S("-----BEGIN PRIVATE KEY-----\nahunter\n-----END PRIVATE KEY-----\n"));
    /* A number is text, too. */
    is(S("[1234]"), (struct ref){.pointer = S("/0"), .decode = DECODE_HEX}, S("\x12\x34"));
}

static void test_each_part_comes_whole_and_the_leaf_first_whatever_the_order_stored(void **state)
{
    (void)state;
    static const slice orders[] = {
        S_INIT(PEM_KEY PEM_LEAF PEM_INTERMEDIATE PEM_ROOT),
        S_INIT(PEM_KEY PEM_ROOT PEM_INTERMEDIATE PEM_LEAF),
        S_INIT(PEM_ROOT PEM_LEAF PEM_KEY PEM_INTERMEDIATE),
        S_INIT(PEM_INTERMEDIATE PEM_ROOT PEM_LEAF PEM_KEY),
        S_INIT("Bag Attributes\n  x: y\n" PEM_LEAF "\n" PEM_LEAF PEM_ROOT "text\n" PEM_INTERMEDIATE PEM_KEY),
    };
    for (size_t i = 0; i < COUNT(orders); i++) {
        is(orders[i], (struct ref){.part = PART_KEY}, S(PEM_KEY));
        is(orders[i], (struct ref){.part = PART_CERT}, S(PEM_LEAF));
        is(orders[i], (struct ref){.part = PART_CHAIN}, S(PEM_LEAF PEM_INTERMEDIATE PEM_ROOT));
    }
    is(S(PEM_ROOT), (struct ref){.part = PART_CERT}, S(PEM_ROOT));
}

static void test_a_chain_with_a_gap_is_no_reason_to_lose_a_certificate(void **state)
{
    (void)state;
    /* The intermediate alone, and the leaf: no root. */
    is(S(PEM_INTERMEDIATE PEM_LEAF), (struct ref){.part = PART_CHAIN}, S(PEM_LEAF PEM_INTERMEDIATE));
    /* Two that nobody joins: which one is the leaf? */
    fails(S(PEM_LEAF PEM_ROOT), (struct ref){.part = PART_CERT}, M_SELECT_MANY_PARTS);
}

static void test_a_block_without_a_last_line_end_gets_one(void **state)
{
    (void)state;
    slice stored = S(PEM_ROOT PEM_INTERMEDIATE PEM_LEAF);
    is(slice_first(stored, stored.len - 1), (struct ref){.part = PART_CHAIN}, S(PEM_LEAF PEM_INTERMEDIATE PEM_ROOT));
}

static void test_what_has_no_such_part_says_so(void **state)
{
    (void)state;
    struct ref key = {.part = PART_KEY}, cert = {.part = PART_CERT}, chain = {.part = PART_CHAIN};
    fails(S(PEM_LEAF), key, M_SELECT_NO_PART);
    fails(S(PEM_KEY), cert, M_SELECT_NO_PART);
    fails(S(PEM_KEY), chain, M_SELECT_NO_PART);
    fails(S(PEM_KEY PEM_KEY), key, M_SELECT_MANY_PARTS);
    fails(S("hunter2"), key, M_SELECT_NOT_PEM);
    fails(S(""), key, M_SELECT_NOT_PEM);
    fails(S("-----BEGIN PRIVATE KEY-----\nhunter2\n"), key, M_SELECT_NOT_PEM);
    fails(S("-----BEGIN CERTIFICATE-----\nhunter2=\n-----END CERTIFICATE-----\n"), cert, M_SELECT_NOT_PEM);
    fails(S("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), cert, M_SELECT_NOT_PEM);
}

static void test_a_pfx_is_told_from_pem_that_is_broken(void **state)
{
    (void)state;
    fails(S("MIIDrAIBAzCCA2IGCSqGSIb3DQEHAaCCA1MEggNP"), (struct ref){.part = PART_KEY}, M_SELECT_PFX);
    fails(S("MIIDrAIBAzCCA2IGCSqGSIb3DQEHAaCCA1MEggNP"), (struct ref){.decode = DECODE_BASE64, .part = PART_CERT},
          M_SELECT_PFX);
}

static void test_more_certificates_than_fit_are_an_error(void **state)
{
    (void)state;
    static uint8_t text[(SELECT_CERTIFICATES_MAX + 1) * sizeof PEM_LEAF];
    struct buf pem = BUF(text);
    buf_text(&pem, PEM_LEAF);
    for (int i = 0; i < SELECT_CERTIFICATES_MAX; i++)
        buf_text(&pem, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
    fails(buf_slice(&pem), (struct ref){.part = PART_CERT}, M_SELECT_NOT_PEM);
}

static void test_too_little_room_is_an_error_and_no_cut(void **state)
{
    (void)state;
    struct ref wanted = {.text = S("NAME"), .decode = DECODE_HEX};
    struct buf room = {guarded_room(2), 0, 2, false};
    slice out = S("untouched");
    assert_int_equal(err_message(select_value(S("001122"), &wanted, &room, &out)), M_NO_MEMORY);
    assert_slice(out, S("untouched"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_wishes_the_value_is_given_as_it_is_whatever_it_is),
        cmocka_unit_test(test_a_pointer_gives_a_string_s_bytes_and_else_the_text_as_stored),
        cmocka_unit_test(test_a_pointer_into_what_is_not_there_names_the_path_and_not_the_value),
        cmocka_unit_test(test_decoding_is_strict_but_for_white_space_that_people_paste),
        cmocka_unit_test(test_the_order_is_pointer_then_decode_then_part),
        cmocka_unit_test(test_each_part_comes_whole_and_the_leaf_first_whatever_the_order_stored),
        cmocka_unit_test(test_a_chain_with_a_gap_is_no_reason_to_lose_a_certificate),
        cmocka_unit_test(test_a_block_without_a_last_line_end_gets_one),
        cmocka_unit_test(test_what_has_no_such_part_says_so),
        cmocka_unit_test(test_a_pfx_is_told_from_pem_that_is_broken),
        cmocka_unit_test(test_more_certificates_than_fit_are_an_error),
        cmocka_unit_test(test_too_little_room_is_an_error_and_no_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
