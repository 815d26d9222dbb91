#include "lib/cm.h"
#include "lib/guard.h"

#include "wire/pointer.h"

static const struct {
    slice pointer, names, not ; /* does the last token name this? */
    int tokens;
    enum pointer end;
    size_t left; /* of the pointer when it ends: for BAD, from the fault on */
} rows[] = {
    {S_INIT(""), S_INIT(""), S_INIT("a"), 0, POINTER_END, 0},  /* the whole document */
    {S_INIT("/"), S_INIT(""), S_INIT("/"), 1, POINTER_END, 0}, /* the empty name, section 5 */
    {S_INIT("//"), S_INIT(""), S_INIT("/"), 2, POINTER_END, 0},
    {S_INIT("/a~1b/x"), S_INIT("x"), S_INIT(""), 2, POINTER_END, 0},
    {S_INIT("/a~1b"), S_INIT("a/b"), S_INIT("a~1b"), 1, POINTER_END, 0},
    {S_INIT("/m~0n"), S_INIT("m~n"), S_INIT("m~0n"), 1, POINTER_END, 0},
    {S_INIT("/~01"), S_INIT("~1"), S_INIT("/"), 1, POINTER_END, 0}, /* the order of unescaping, section 4 */
    {S_INIT("/~0~1~1~0"), S_INIT("~//~"), S_INIT("~/"), 1, POINTER_END, 0},
    {S_INIT("/a\0b"), S_INIT("a\0b"), S_INIT("a"), 1, POINTER_END, 0},
    {S_INIT("/ "), S_INIT(" "), S_INIT(""), 1, POINTER_END, 0},
    {S_INIT("/%41"), S_INIT("%41"), S_INIT("A"), 1, POINTER_END, 0}, /* no URI fragment: section 6 is not for us */
    {S_INIT("a"), S_INIT(""), S_INIT("a"), 0, POINTER_BAD, 1},       /* no leading slash */
    {S_INIT("#/a"), S_INIT(""), S_INIT("a"), 0, POINTER_BAD, 3},
    {S_INIT("/a/~2"), S_INIT("a"), S_INIT("~2"), 1, POINTER_BAD, 2},
    {S_INIT("/~0~/a"), S_INIT(""), S_INIT("a"), 0, POINTER_BAD, 3}, /* the tilde's escape is not in the next token */
    {S_INIT("/a~"), S_INIT(""), S_INIT("a~"), 0, POINTER_BAD, 1},   /* cut short inside an escape */
    {S_INIT("/~~0"), S_INIT(""), S_INIT("~"), 0, POINTER_BAD, 3},
};

static void test_every_pointer_gives_exactly_its_tokens(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        slice rest = guarded(rows[i].pointer), token = S("");
        enum pointer step;
        int tokens = 0;
        while ((step = pointer_step(&rest, &token)) == POINTER_TOKEN)
            tokens++;
        assert_int_equal(step, rows[i].end);
        assert_int_equal(tokens, rows[i].tokens);
        assert_int_equal(rest.len, rows[i].left);
        assert_true(pointer_names(token, guarded(rows[i].names)));
        assert_false(pointer_names(token, guarded(rows[i].not )));
        assert_int_equal(pointer_check(guarded(rows[i].pointer)), rows[i].end == POINTER_END);
    }
}

static void test_a_name_is_compared_to_its_end(void **state)
{
    (void)state;
    assert_false(pointer_names(guarded(S("ab")), guarded(S("a"))));
    assert_false(pointer_names(guarded(S("a")), guarded(S("ab"))));
    assert_false(pointer_names(guarded(S("~1")), guarded(S(""))));
    assert_false(pointer_names(guarded(S("")), guarded(S("~"))));
    assert_true(pointer_names(guarded(S("~")), guarded(S("~")))); /* total: even for a token that no step gave */
}

/* RFC 6901 section 5, and what else can be found. */
static const char document[] = "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,"
                               "\"k\\\"l\":6,\" \":7,\"m~n\":8,\"\\u00e9\":{\"x\":[[],[{\"y\":null}]]},"
                               "\"twice\":1,\"t\\u0077ice\":2,\"o\":{\"t\":1,\"t\":2,\"u\":3},\"\\u007e1\":9,\"-\":10,"
                               "\"0\":11,\"n\\u0000l\":12,\"\\ud83d\\ude00\":13}";

static const struct {
    slice pointer;
    enum json verdict;
    slice value;
} finds[] = {
    {S_INIT("/foo"), JSON_OK, S_INIT("[\"bar\",\"baz\"]")},
    {S_INIT("/foo/0"), JSON_OK, S_INIT("\"bar\"")},
    {S_INIT("/foo/1"), JSON_OK, S_INIT("\"baz\"")},
    {S_INIT("/"), JSON_OK, S_INIT("0")},
    {S_INIT("/a~1b"), JSON_OK, S_INIT("1")},
    {S_INIT("/c%d"), JSON_OK, S_INIT("2")},
    {S_INIT("/e^f"), JSON_OK, S_INIT("3")},
    {S_INIT("/g|h"), JSON_OK, S_INIT("4")},
    {S_INIT("/i\\j"), JSON_OK, S_INIT("5")},
    {S_INIT("/k\"l"), JSON_OK, S_INIT("6")},
    {S_INIT("/ "), JSON_OK, S_INIT("7")},
    {S_INIT("/m~0n"), JSON_OK, S_INIT("8")},
    {S_INIT("/~01"), JSON_OK, S_INIT("9")},
    {S_INIT("/-"), JSON_OK, S_INIT("10")}, /* an object may have such names */
    {S_INIT("/0"), JSON_OK, S_INIT("11")},
    {S_INIT("/n\0l"), JSON_OK, S_INIT("12")},
    {S_INIT("/\xf0\x9f\x98\x80"), JSON_OK, S_INIT("13")},
    {S_INIT("/\xc3\xa9/x/1/0/y"), JSON_OK, S_INIT("null")},
    {S_INIT("/o/u"), JSON_OK, S_INIT("3")},
    {S_INIT("/twice"), JSON_TWICE, S_INIT("")},
    {S_INIT("/o/t"), JSON_TWICE, S_INIT("")},
    {S_INIT("/foo/2"), JSON_NONE, S_INIT("")},
    {S_INIT("/foo/-"), JSON_NONE, S_INIT("")},
    {S_INIT("/foo/00"), JSON_NONE, S_INIT("")},
    {S_INIT("/foo/01"), JSON_NONE, S_INIT("")},
    {S_INIT("/foo/+1"), JSON_NONE, S_INIT("")},
    {S_INIT("/foo/ 1"), JSON_NONE, S_INIT("")},
    {S_INIT("/foo/1e0"), JSON_NONE, S_INIT("")},
    {S_INIT("/foo/"), JSON_NONE, S_INIT("")},
    {S_INIT("/foo/18446744073709551616"), JSON_NONE, S_INIT("")}, /* would wrap to 0 */
    {S_INIT("/foo/18446744073709551615"), JSON_NONE, S_INIT("")},
    {S_INIT("/foo/4294967296"), JSON_NONE, S_INIT("")},
    {S_INIT("/foo/0/x"), JSON_NONE, S_INIT("")}, /* a string has no members */
    {S_INIT("/foo/0/0"), JSON_NONE, S_INIT("")},
    {S_INIT("/\xc3\xa9/x/0/0"), JSON_NONE, S_INIT("")},
    {S_INIT("/Foo"), JSON_NONE, S_INIT("")},
    {S_INIT("/fo"), JSON_NONE, S_INIT("")},
    {S_INIT("/wice"), JSON_NONE, S_INIT("")}, /* "t\\u0077ice" is compared in three pieces */
    {S_INIT("/tice"), JSON_NONE, S_INIT("")},
    {S_INIT("/fooo"), JSON_NONE, S_INIT("")},
    {S_INIT("/bar"), JSON_NONE, S_INIT("")},
    {S_INIT("foo"), JSON_BAD, S_INIT("")},
    {S_INIT("/foo/0/~"), JSON_BAD, S_INIT("")},
};

static void test_a_pointer_finds_one_value_or_says_why_not(void **state)
{
    slice root, value;
    size_t fault;
    (void)state;
    assert_true(json_check(guarded((slice){(const uint8_t *)document, sizeof document - 1}), &root, &fault));
    for (size_t i = 0; i < COUNT(finds); i++) {
        value = S("untouched");
        assert_int_equal(pointer_find(root, guarded(finds[i].pointer), &value), finds[i].verdict);
        assert_slice(value, finds[i].verdict == JSON_OK ? finds[i].value : S("untouched"));
    }
    assert_int_equal(pointer_find(root, S(""), &value), JSON_OK);
    assert_slice(value, root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_pointer_gives_exactly_its_tokens),
        cmocka_unit_test(test_a_name_is_compared_to_its_end),
        cmocka_unit_test(test_a_pointer_finds_one_value_or_says_why_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
