#include "lib/cm.h"
#include "lib/guard.h"

#include "wire/json.h"

static slice checked(slice text)
{
    slice root = S("");
    size_t fault = 0;
    assert_true(json_check(guarded(text), &root, &fault));
    return root;
}

/* --- json_check --- */

static const struct {
    slice text, root;
} good[] = {
    {S_INIT("null"), S_INIT("null")},
    {S_INIT("true"), S_INIT("true")},
    {S_INIT(" \t\r\nfalse \t\r\n"), S_INIT("false")},
    {S_INIT("\xef\xbb\xbf {} "), S_INIT("{}")}, /* a byte order mark */
    {S_INIT("\xef\xbb\xbf\"\xef\xbb\xbf\""), S_INIT("\"\xef\xbb\xbf\"")},
    {S_INIT("\"\""), S_INIT("\"\"")},
    {S_INIT("0"), S_INIT("0")},
    {S_INIT("-0"), S_INIT("-0")},
    {S_INIT("-0.0e-0"), S_INIT("-0.0e-0")},
    {S_INIT("1E+9"), S_INIT("1E+9")},
    {S_INIT("10.01"), S_INIT("10.01")},
    {S_INIT("[]"), S_INIT("[]")},
    {S_INIT("[ ]"), S_INIT("[ ]")},
    {S_INIT("[1]"), S_INIT("[1]")},
    {S_INIT("[[],{},[{}]]"), S_INIT("[[],{},[{}]]")},
    {S_INIT("{\"\":\"\"}"), S_INIT("{\"\":\"\"}")},
    {S_INIT("{ \"a\" : 1 , \"a\" : 2 }"), S_INIT("{ \"a\" : 1 , \"a\" : 2 }")}, /* twice is still JSON */
    {S_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uABCD\\uabcd\""),
     S_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uABCD\\uabcd\"")},
    {S_INIT("\"\\ud7ff\\ue000\\uffff\\ud800\\udc00\\uDBFF\\uDFFF\""),
     S_INIT("\"\\ud7ff\\ue000\\uffff\\ud800\\udc00\\uDBFF\\uDFFF\"")},
    {S_INIT("\"\x7f\xc2\x80\xdf\xbf\""), S_INIT("\"\x7f\xc2\x80\xdf\xbf\"")},
    {S_INIT("\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\""),
     S_INIT("\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"")},
    {S_INIT("\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""), S_INIT("\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"")},
};

static const struct {
    slice text;
    size_t fault;
} bad[] = {
    {S_INIT(""), 0},
    {S_INIT("  "), 2},
    {S_INIT("\xef\xbb"), 0},                   /* a mark cut short */
    {S_INIT("\xef\xbb\xbf"), 3},               /* a mark and nothing else */
    {S_INIT("\xef\xbb\xbf\xef\xbb\xbf[]"), 3}, /* two of them */
    {S_INIT("\xff\xfe{\0}\0"), 0},             /* UTF-16 */
    {S_INIT("\v1"), 0},                        /* white space is four bytes and no more */
    {S_INIT("\xc2\xa0"), 0},
    {S_INIT("nul"), 3},
    {S_INIT("nulL"), 3},
    {S_INIT("nulll"), 4},
    {S_INIT("True"), 0},
    {S_INIT("NaN"), 0},
    {S_INIT("Infinity"), 0},
    {S_INIT("+1"), 0},
    {S_INIT("-"), 1},
    {S_INIT("-a"), 1},
    {S_INIT("01"), 1},
    {S_INIT("-01"), 2},
    {S_INIT(".5"), 0},
    {S_INIT("1."), 2},
    {S_INIT("1.e1"), 2},
    {S_INIT("1e"), 2},
    {S_INIT("1e+"), 3},
    {S_INIT("1e+-1"), 3},
    {S_INIT("0x10"), 1},
    {S_INIT("1 2"), 2},
    {S_INIT("{}{}"), 2},
    {S_INIT("[1]]"), 3},
    {S_INIT("["), 1},
    {S_INIT("[1"), 2},
    {S_INIT("[1,"), 3},
    {S_INIT("[1,]"), 3},
    {S_INIT("[,1]"), 1},
    {S_INIT("[1 2]"), 3},
    {S_INIT("[1}"), 2},
    {S_INIT("{]"), 1},
    {S_INIT("{1:2}"), 1},
    {S_INIT("{a:1}"), 1},
    {S_INIT("{:1}"), 1},
    {S_INIT("{\"a\":1,:1}"), 7},
    {S_INIT("{"), 1},
    {S_INIT("{\"a\""), 4},
    {S_INIT("{\"a\":"), 5},
    {S_INIT("{\"a\":1,"), 7},
    {S_INIT("{'a':1}"), 1},
    {S_INIT("{\"a\"}"), 4},
    {S_INIT("{\"a\" 1}"), 5},
    {S_INIT("{\"a\":}"), 5},
    {S_INIT("{\"a\":1,}"), 7},
    {S_INIT("{\"a\":1,1}"), 7},
    {S_INIT("{\"a\":1]"), 6},
    {S_INIT("{\"a\":1 \"b\":2}"), 7},
    {S_INIT("{\"a\"::1}"), 5},
    {S_INIT("[1]// no"), 3},
    {S_INIT("/* no */1"), 0},
    {S_INIT("'a'"), 0},
    {S_INIT("\""), 1},
    {S_INIT("\"a"), 2},
    {S_INIT("\"\\\""), 3},
    {S_INIT("\"a\nb\""), 2},
    {S_INIT("\"a\0b\""), 2},
    {S_INIT("\"\x1f\""), 1},
    {S_INIT("\"\\a\""), 2},
    {S_INIT("\"\\"), 2},
    {S_INIT("\"\\\0\""), 2},
    {S_INIT("[\"\\,1]"), 3}, /* what is wrong in a string cannot end it */
    {S_INIT("[\"\xc3,1]"), 3},
    {S_INIT("\"\xc3"), 2},
    {S_INIT("\"\\'\""), 2},
    {S_INIT("\"\\x41\""), 2},
    {S_INIT("\"\\U0041\""), 2},
    {S_INIT("\"\\u\""), 3},
    {S_INIT("\"\\u12\""), 5},
    {S_INIT("\"\\u123g\""), 6},
    {S_INIT("\"\\u+123\""), 3},
    {S_INIT("\"\\udc00\""), 4}, /* the second half alone: known by its second digit */
    {S_INIT("\"\\uDFFF\\uD800\""), 4},
    {S_INIT("\"\\ud800\""), 7}, /* the first half alone */
    {S_INIT("\"\\ud800x\""), 7},
    {S_INIT("\"\\ud800\\n\""), 8},
    {S_INIT("\"\\ud800\\u0041\""), 9},
    {S_INIT("\"\\ud800\\ud800\""), 10},
    {S_INIT("\"\\ud800\\ue000\""), 9},
    {S_INIT("\"\x80\""), 1},
    {S_INIT("\"\xbf\""), 1},
    {S_INIT("\"\xc0\x80\""), 1}, /* overlong */
    {S_INIT("\"\xc1\xbf\""), 1},
    {S_INIT("\"\xe0\x9f\xbf\""), 2},
    {S_INIT("\"\xf0\x8f\xbf\xbf\""), 2},
    {S_INIT("\"\xed\xa0\x80\""), 2},     /* a surrogate */
    {S_INIT("\"\xf4\x90\x80\x80\""), 2}, /* beyond U+10FFFF */
    {S_INIT("\"\xf5\x80\x80\x80\""), 1},
    {S_INIT("\"\xff\""), 1},
    {S_INIT("\"\xc3\""), 2}, /* cut short by the quote */
    {S_INIT("\"\xe2\x82\""), 3},
    {S_INIT("\"\xf0\x9f\x98\""), 4},
};

static void test_what_is_json_is_taken_without_the_white_space_around_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_slice(checked(good[i].text), good[i].root);
}

static void test_what_is_not_json_is_refused_at_its_first_wrong_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        slice root = S("untouched");
        size_t fault = 99;
        assert_false(json_check(guarded(bad[i].text), &root, &fault));
        assert_int_equal(fault, bad[i].fault);
        assert_slice(root, S("untouched"));
    }
}

/* Cut short anywhere, a text is refused at its end, or it is whole by itself ("1" of "12"). */
static void assert_prefixes(slice text, size_t wrong_from)
{
    for (size_t n = 0; n <= text.len; n++) {
        slice root;
        size_t fault = 0;
        bool is_json = json_check(guarded(slice_first(text, n)), &root, &fault);
        if (n > wrong_from)
            assert_true(!is_json && fault == wrong_from);
        else
            assert_true(is_json || fault == n);
    }
}

static void test_a_fault_does_not_depend_on_what_follows_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        if (!slice_starts(good[i].text, S("\xef")))
            assert_prefixes(good[i].text, good[i].text.len);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (!slice_starts(bad[i].text, S("\xef")))
            assert_prefixes(bad[i].text, bad[i].fault);
}

static slice nested(uint8_t *room, const char *open, const char *middle, const char *close, int depth)
{
    struct buf text = {room, 0, 2000, false};
    for (int i = 0; i < depth; i++)
        buf_text(&text, open);
    buf_text(&text, middle);
    for (int i = 0; i < depth; i++)
        buf_text(&text, close);
    assert_false(text.full);
    return buf_slice(&text);
}

static void test_depth_64_is_taken_and_65_is_not(void **state)
{
    static uint8_t room[2000];
    slice root;
    size_t fault;
    (void)state;
    checked(nested(room, "[", "", "]", JSON_DEPTH_MAX));
    checked(nested(room, "{\"a\":", "1", "}", JSON_DEPTH_MAX));
    checked(nested(room, "[{\"a\":", "[]", "}]", JSON_DEPTH_MAX / 2 - 1));
    assert_false(json_check(guarded(nested(room, "[", "", "]", 65)), &root, &fault));
    assert_int_equal(fault, 64);
    assert_false(json_check(guarded(nested(room, "{\"a\":", "1", "}", 65)), &root, &fault));
    assert_int_equal(fault, 64 * 5);
    /* Each bracket is closed by its own kind, however deep. */
    assert_false(json_check(guarded(nested(room, "[{\"a\":", "1", "]}", 32)), &root, &fault));
    assert_int_equal(fault, 32 * 6 + 1);
}

static void test_a_million_open_brackets_end_at_once(void **state)
{
    uint8_t *room = guarded_room(1000000);
    slice root;
    size_t fault;
    (void)state;
    memset(room, '[', 1000000);
    assert_false(json_check((slice){room, 1000000}, &root, &fault));
    assert_int_equal(fault, JSON_DEPTH_MAX);
}

static void test_the_kind_is_told_by_the_first_byte(void **state)
{
    (void)state;
    assert_int_equal(json_kind(guarded(S("\"x\""))), JSON_STRING);
    assert_int_equal(json_kind(guarded(S("-1"))), JSON_NUMBER);
    assert_int_equal(json_kind(guarded(S("0"))), JSON_NUMBER);
    assert_int_equal(json_kind(guarded(S("9"))), JSON_NUMBER);
    assert_int_equal(json_kind(guarded(S("{"))), JSON_OBJECT);
    assert_int_equal(json_kind(guarded(S("["))), JSON_ARRAY);
    assert_int_equal(json_kind(guarded(S("t"))), JSON_TRUE);
    assert_int_equal(json_kind(guarded(S("f"))), JSON_FALSE);
    assert_int_equal(json_kind(guarded(S("n"))), JSON_NULL);
    assert_int_equal(json_kind(guarded(S(""))), JSON_NOTHING);
    assert_int_equal(json_kind(guarded(S(" 1"))), JSON_NOTHING);
    assert_int_equal(json_kind(guarded(S("}"))), JSON_NOTHING);
}

/* --- json_member, json_next --- */

static const struct {
    slice object, name;
    enum json verdict;
    slice value;
} members[] = {
    {S_INIT("{\"a\":1}"), S_INIT("a"), JSON_OK, S_INIT("1")},
    {S_INIT("{ \"a\" : [ 1 ] }"), S_INIT("a"), JSON_OK, S_INIT("[ 1 ]")},
    {S_INIT("{\"b\":{\"a\":1},\"a\":2}"), S_INIT("a"), JSON_OK, S_INIT("2")}, /* depth 1 only */
    {S_INIT("{\"b\":{\"a\":1}}"), S_INIT("a"), JSON_NONE, S_INIT("")},
    {S_INIT("{\"b\":\"a\"}"), S_INIT("a"), JSON_NONE, S_INIT("")}, /* a value is no name */
    {S_INIT("{\"b\":\"\\\"a\\\":1\"}"), S_INIT("a"), JSON_NONE, S_INIT("")},
    {S_INIT("{\"b\":\"}\",\"a\":2}"), S_INIT("a"), JSON_OK, S_INIT("2")},
    {S_INIT("{\"A\":1}"), S_INIT("a"), JSON_NONE, S_INIT("")},
    {S_INIT("{\"\":1}"), S_INIT(""), JSON_OK, S_INIT("1")},
    {S_INIT("{\"\\u0061\":1}"), S_INIT("a"), JSON_OK, S_INIT("1")},
    {S_INIT("{\"a\\u0000b\":1}"), S_INIT("a\0b"), JSON_OK, S_INIT("1")},
    {S_INIT("{\"a\\u0000b\":1}"), S_INIT("a"), JSON_NONE, S_INIT("")},
    {S_INIT("{\"\\ud83d\\ude00\":1}"), S_INIT("\xf0\x9f\x98\x80"), JSON_OK, S_INIT("1")},
    {S_INIT("{\"a\":1,\"a\":1}"), S_INIT("a"), JSON_TWICE, S_INIT("")},
    {S_INIT("{\"a\":1,\"b\":2,\"\\u0061\":3}"), S_INIT("a"), JSON_TWICE, S_INIT("")},
    {S_INIT("{\"a\":1,\"b\":2,\"b\":3}"), S_INIT("a"), JSON_OK, S_INIT("1")}, /* not the name asked for */
    {S_INIT("{\"/\":1,\"\\/\":2}"), S_INIT("/"), JSON_TWICE, S_INIT("")},
    {S_INIT("{}"), S_INIT("a"), JSON_NONE, S_INIT("")},
    {S_INIT("[\"a\",1]"), S_INIT("a"), JSON_NONE, S_INIT("")},
    {S_INIT("[\"\"]"), S_INIT(""), JSON_NONE, S_INIT("")},
    {S_INIT("\"a\""), S_INIT("a"), JSON_NONE, S_INIT("")},
    {S_INIT("\"{\\\"a\\\":1}\""), S_INIT("a"), JSON_NONE, S_INIT("")},
    {S_INIT("1"), S_INIT("1"), JSON_NONE, S_INIT("")},
};

static void test_a_member_is_found_once_or_not_at_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(members); i++) {
        slice value = S("untouched");
        assert_int_equal(json_member(checked(members[i].object), guarded(members[i].name), &value), members[i].verdict);
        assert_slice(value, members[i].verdict == JSON_OK ? members[i].value : S("untouched"));
    }
}

static void test_a_walk_gives_each_member_in_order(void **state)
{
    static const slice names[] = {S_INIT("\"a\""), S_INIT("\"b\\n\""), S_INIT("\"\"")};
    static const slice values[] = {S_INIT("[1,{\"x\":2}]"), S_INIT("\"}\""), S_INIT("-1e1")};
    slice object = checked(S(" {\"a\" : [1,{\"x\":2}] , \"b\\n\":\"}\",\"\":-1e1 } "));
    slice array = checked(S("[ [1,{\"x\":2}] ,\"}\", -1e1]"));
    slice name, value;
    size_t i = 0;
    (void)state;
    for (slice rest = object; json_next(&rest, &name, &value); i++) {
        assert_slice(name, names[i]);
        assert_slice(value, values[i]);
    }
    assert_int_equal(i, 3);
    i = 0;
    for (slice rest = array; json_next(&rest, &name, &value); i++) {
        assert_slice(name, S(""));
        assert_slice(value, values[i]);
    }
    assert_int_equal(i, 3);
}

static void test_only_arrays_and_objects_have_members(void **state)
{
    static const slice texts[] = {S_INIT("{}"),   S_INIT("[]"), S_INIT("{ }"),  S_INIT("[\n]"), S_INIT("\"[1]\""),
                                  S_INIT("\",1"), S_INIT("1"),  S_INIT("true"), S_INIT("null"), S_INIT("")};
    slice name, value;
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        slice rest = guarded(texts[i]);
        assert_false(json_next(&rest, &name, &value));
        assert_int_equal(rest.len, 0);
    }
}

/* Nobody should hand such texts over, but whoever does must get an end. */
static void test_a_walk_over_no_json_ends(void **state)
{
    static const slice texts[] = {S_INIT("["),       S_INIT("{"),         S_INIT(","),     S_INIT("[1"),  S_INIT("[1,"),
                                  S_INIT("{\"a\""),  S_INIT("{\"a\":"),   S_INIT("[1 1]"), S_INIT("{1}"), S_INIT("[}"),
                                  S_INIT("[,,,,,]"), S_INIT("{\"a\":1]"), S_INIT("[\"\\"), S_INIT("[1}")};
    slice name, value;
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        slice rest = guarded(texts[i]);
        size_t steps = 0;
        while (json_next(&rest, &name, &value))
            steps++;
        assert_true(steps < texts[i].len + 1);
    }
}

/* --- strings --- */

static const struct {
    slice string, bytes;
} strings[] = {
    {S_INIT("\"\""), S_INIT("")},
    {S_INIT("\"a\""), S_INIT("a")},
    {S_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), S_INIT("\"\\/\b\f\n\r\t")},
    {S_INIT("\"\\u0000\""), S_INIT("\0")},
    {S_INIT("\"a\\u0000b\""), S_INIT("a\0b")},
    {S_INIT("\"\\u007f\\u0080\\u07ff\\u0800\\uffff\""), S_INIT("\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf")},
    {S_INIT("\"\\ud7ff\\ue000\""), S_INIT("\xed\x9f\xbf\xee\x80\x80")},
    {S_INIT("\"\\ud800\\udc00\\udbff\\udfff\""), S_INIT("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")},
    {S_INIT("\"\\u00E9\xc3\xa9\\u00e9\""), S_INIT("\xc3\xa9\xc3\xa9\xc3\xa9")},
    {S_INIT("\"\\\\u0041\""), S_INIT("\\u0041")},
    {S_INIT("\"Pa$$w0rd\""), S_INIT("Pa$$w0rd")},
};

static void test_a_string_is_unescaped_behind_what_is_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(strings); i++) {
        slice string = checked(strings[i].string);
        struct buf out = {guarded_room(strings[i].bytes.len + 1), 0, strings[i].bytes.len + 1, false};
        buf_byte(&out, '>');
        assert_int_equal(json_unescape(string, &out), JSON_OK);
        assert_false(out.full);
        assert_int_equal(out.at[0], '>');
        assert_slice(slice_after(buf_slice(&out), 1), strings[i].bytes);
    }
}

static void test_a_string_may_be_unescaped_in_its_own_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(strings); i++) {
        slice copy = guarded(strings[i].string);
        struct buf place = {copy.len ? (uint8_t *)(uintptr_t)copy.at : NULL, 0, copy.len, false};
        assert_int_equal(json_unescape(copy, &place), JSON_OK);
        assert_slice(buf_slice(&place), strings[i].bytes);
    }
}

static void test_a_string_that_does_not_fit_says_so_and_leaves_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(strings); i++) {
        for (size_t cap = 0; cap < strings[i].bytes.len; cap++) {
            struct buf out = {guarded_room(cap), 0, cap, false};
            assert_int_equal(json_unescape(guarded(strings[i].string), &out), JSON_OK);
            assert_true(out.full);
            assert_int_equal(out.len, 0);
        }
    }
}

static void test_what_is_no_string_is_not_unescaped(void **state)
{
    static const slice texts[] = {S_INIT(""),       S_INIT("\""),      S_INIT("a"),         S_INIT("\"a"),
                                  S_INIT("a\""),    S_INIT("1"),       S_INIT("null"),      S_INIT("[\"a\"]"),
                                  S_INIT("\"\\\""), S_INIT("\"\\x\""), S_INIT("\"\\u12\""), S_INIT("\"a\\ud800\"")};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        uint8_t room[40];
        struct buf out = BUF(room);
        buf_byte(&out, '>');
        assert_int_equal(json_unescape(guarded(texts[i]), &out), JSON_BAD);
        assert_slice(buf_slice(&out), S(">"));
        assert_false(json_is(guarded(texts[i]), S("a")));
    }
}

static void test_a_string_is_its_own_bytes_and_no_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(strings); i++) {
        for (size_t j = 0; j < COUNT(strings); j++) {
            bool same = slice_equal(strings[i].bytes, strings[j].bytes);
            assert_int_equal(json_is(guarded(strings[i].string), guarded(strings[j].bytes)), same);
        }
    }
    assert_false(json_is(guarded(S("\"ab\"")), guarded(S("a"))));
    assert_false(json_is(guarded(S("\"a\"")), guarded(S("ab"))));
    assert_false(json_is(guarded(S("\"\\u00e9\"")), guarded(S("\xc3"))));
}

static void test_quoting_escapes_only_what_must_be(void **state)
{
    static const struct {
        slice bytes, string;
    } rows[] = {
        {S_INIT(""), S_INIT("\"\"")},
        {S_INIT("a/b c"), S_INIT("\"a/b c\"")},
        {S_INIT("\"\\\b\f\n\r\t"), S_INIT("\"\\\"\\\\\\b\\f\\n\\r\\t\"")},
        {S_INIT("\0\x01\x1f\x7f"), S_INIT("\"\\u0000\\u0001\\u001f\x7f\"")},
        {S_INIT("\xc3\xa9\xf0\x9f\x98\x80"), S_INIT("\"\xc3\xa9\xf0\x9f\x98\x80\"")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out = {guarded_room(rows[i].string.len), 0, rows[i].string.len, false};
        assert_true(json_quote(&out, guarded(rows[i].bytes)));
        assert_slice(buf_slice(&out), rows[i].string);
        assert_true(json_is(checked(rows[i].string), rows[i].bytes));
        struct buf less = {guarded_room(rows[i].string.len - 1), 0, rows[i].string.len - 1, false};
        assert_true(json_quote(&less, guarded(rows[i].bytes)));
        assert_true(less.full);
    }
}

static void test_what_json_cannot_say_is_not_quoted(void **state)
{
    static const slice texts[] = {S_INIT("\x80"),     S_INIT("a\xff"),        S_INIT("\xc0\x80"),
                                  S_INIT("\xc3"),     S_INIT("\xed\xa0\x80"), S_INIT("ab\xe2\x82"),
                                  S_INIT("\xe2\x28"), S_INIT("\xf0\x9f\x98"), S_INIT("\xf4\x90\x80\x80")};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        uint8_t room[40];
        struct buf out = BUF(room);
        assert_false(json_quote(&out, guarded(texts[i])));
        assert_int_equal(out.len, 0);
    }
}

/* --- json_integer --- */

static const struct {
    slice value;
    bool good;
    uint64_t n;
} integers[] = {
    {S_INIT("0"), true, 0},
    {S_INIT("123"), true, 123},
    {S_INIT("\"123\""), true, 123},
    {S_INIT("\"0123\""), true, 123},
    {S_INIT("\"\\u0031\\u0032\""), true, 12},
    {S_INIT("123.0"), true, 123},
    {S_INIT("123.999"), true, 123},
    {S_INIT("1893456000.0"), true, 1893456000},
    {S_INIT("8.64e4"), true, 86400},
    {S_INIT("1.23E+2"), true, 123},
    {S_INIT("12345e-2"), true, 123},
    {S_INIT("9e-1"), true, 0},
    {S_INIT("9e-99999999999999999999999"), true, 0},
    {S_INIT("0e99999999999999999999999"), true, 0},
    {S_INIT("0.0000000000000000000000000000001e31"), true, 1},
    {S_INIT("0.0000000000000000000000000000001e32"), true, 10},
    {S_INIT("10000000000000000000000000000000e-31"), true, 1},
    {S_INIT("9007199254740992"), true, 9007199254740992},
    {S_INIT("\"9007199254740992\""), true, 9007199254740992},
    {S_INIT("900719925474099.2e1"), true, 9007199254740992},
    {S_INIT("9007199254740993"), false, 0},
    {S_INIT("\"9007199254740993\""), false, 0},
    {S_INIT("18446744073709551616"), false, 0},
    {S_INIT("\"18446744073709551616\""), false, 0},
    {S_INIT("1e16"), false, 0},
    {S_INIT("1e99999999999999999999999"), false, 0},
    {S_INIT("0.1e99999999999999999999999"), false, 0},
    {S_INIT("-1"), false, 0},
    {S_INIT("-0"), false, 0},
    {S_INIT("\"-1\""), false, 0},
    {S_INIT("\"\""), false, 0},
    {S_INIT("\" 1\""), false, 0},
    {S_INIT("\"1.0\""), false, 0},
    {S_INIT("\"1\\u0000\""), false, 0},
    {S_INIT("\"123456789012345678901\""), false, 0},
    {S_INIT("\"000000000000000000001\""), false, 0},
    {S_INIT("\"00000000000000000001\""), true, 1},
    {S_INIT("null"), false, 0},
    {S_INIT("true"), false, 0},
    {S_INIT("[1]"), false, 0},
};

static void test_a_number_becomes_an_integer_or_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(integers); i++) {
        uint64_t n = 77;
        assert_int_equal(json_integer(checked(integers[i].value), &n), integers[i].good);
        assert_int_equal(n, integers[i].good ? integers[i].n : 77);
    }
    uint64_t n = 77;
    assert_false(json_integer(guarded(S("")), &n));
    assert_false(json_integer(guarded(S("1x")), &n));
    assert_false(json_integer(guarded(S("1e")), &n));
    assert_false(json_integer(guarded(S("01")), &n));
    assert_int_equal(n, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_json_is_taken_without_the_white_space_around_it),
        cmocka_unit_test(test_what_is_not_json_is_refused_at_its_first_wrong_byte),
        cmocka_unit_test(test_a_fault_does_not_depend_on_what_follows_it),
        cmocka_unit_test(test_depth_64_is_taken_and_65_is_not),
        cmocka_unit_test(test_a_million_open_brackets_end_at_once),
        cmocka_unit_test(test_the_kind_is_told_by_the_first_byte),
        cmocka_unit_test(test_a_member_is_found_once_or_not_at_all),
        cmocka_unit_test(test_a_walk_gives_each_member_in_order),
        cmocka_unit_test(test_only_arrays_and_objects_have_members),
        cmocka_unit_test(test_a_walk_over_no_json_ends),
        cmocka_unit_test(test_a_string_is_unescaped_behind_what_is_there),
        cmocka_unit_test(test_a_string_may_be_unescaped_in_its_own_place),
        cmocka_unit_test(test_a_string_that_does_not_fit_says_so_and_leaves_nothing),
        cmocka_unit_test(test_what_is_no_string_is_not_unescaped),
        cmocka_unit_test(test_a_string_is_its_own_bytes_and_no_others),
        cmocka_unit_test(test_quoting_escapes_only_what_must_be),
        cmocka_unit_test(test_what_json_cannot_say_is_not_quoted),
        cmocka_unit_test(test_a_number_becomes_an_integer_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
