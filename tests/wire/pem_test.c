#include "lib/cm.h"
#include "lib/guard.h"

#include "wire/pem.h"

#define CERT_BODY "QUFB\nQkJC\n"
#define CERT      "-----BEGIN CERTIFICATE-----\n" CERT_BODY "-----END CERTIFICATE-----\n"
#define KEY_BODY  "S0tL\r\n"
#define KEY       "-----BEGIN PRIVATE KEY-----\r\n" KEY_BODY "-----END PRIVATE KEY-----\r\n"

static void assert_block(slice *rest, slice label, slice whole, slice body)
{
    struct pem_block block;
    assert_int_equal(pem_next(rest, &block), PEM_BLOCK);
    assert_slice(block.label, label);
    assert_slice(block.whole, whole);
    assert_slice(block.body, body);
}

static void test_blocks_come_in_order_with_text_between_them_passed_over(void **state)
{
    struct pem_block block;
    slice rest =
        guarded(S("Bag Attributes\n  x: y\n" CERT "\n\n" KEY "subject=a\n" CERT "-----END CERTIFICATE-----\nend"));
    (void)state;
    assert_block(&rest, S("CERTIFICATE"), S(CERT), S(CERT_BODY));
    assert_block(&rest, S("PRIVATE KEY"), S(KEY), S(KEY_BODY));
    assert_block(&rest, S("CERTIFICATE"), S(CERT), S(CERT_BODY));
    assert_int_equal(pem_next(&rest, &block), PEM_END);
    assert_int_equal(rest.len, 0);
    assert_int_equal(pem_next(&rest, &block), PEM_END);
}

static void test_a_block_may_end_without_a_line_end(void **state)
{
    slice rest = guarded(S("-----BEGIN A-----\nQUFB\n-----END A-----"));
    (void)state;
    assert_block(&rest, S("A"), S("-----BEGIN A-----\nQUFB\n-----END A-----"), S("QUFB\n"));
    assert_int_equal(rest.len, 0);
    rest = guarded(S("-----BEGIN A-----\n-----END A-----\n"));
    assert_block(&rest, S("A"), S("-----BEGIN A-----\n-----END A-----\n"), S(""));
}

static void test_blanks_behind_a_line_do_not_count(void **state)
{
    slice rest = guarded(S("-----BEGIN A----- \t\r\nQUFB \n-----END A-----  \r\nx"));
    (void)state;
    assert_block(&rest, S("A"), S("-----BEGIN A----- \t\r\nQUFB \n-----END A-----  \r\n"), S("QUFB \n"));
    assert_slice(rest, S("x"));
}

static void test_text_without_blocks_has_none(void **state)
{
    static const slice texts[] = {S_INIT(""),
                                  S_INIT("\n\n"),
                                  S_INIT("secret"),
                                  S_INIT("-----END A-----\n"),
                                  S_INIT(" -----BEGIN A-----\n"),
                                  S_INIT("x-----BEGIN A-----\n"),
                                  S_INIT("----BEGIN A----\n"),
                                  S_INIT("-----begin A-----\n"),
                                  S_INIT("\0\0")};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct pem_block block;
        slice rest = guarded(texts[i]);
        assert_int_equal(pem_next(&rest, &block), PEM_END);
        assert_int_equal(rest.len, 0);
    }
}

static void test_a_block_that_is_not_whole_is_bad(void **state)
{
    static const slice texts[] = {
        S_INIT("-----BEGIN A-----"),
        S_INIT("-----BEGIN A-----\n"),
        S_INIT("-----BEGIN A-----\nQUFB\n"),
        S_INIT("-----BEGIN A-----\nQUFB\n-----END B-----\n"),
        S_INIT("-----BEGIN A-----\nQUFB\n-----END a-----\n"),
        S_INIT("-----BEGIN A-----\nQUFB\n-----END A----\n"),
        S_INIT("-----BEGIN A-----\nQUFB\n-----END A-----x\n"),
        S_INIT("-----BEGIN A-----\nQUFB\n-----BEGIN A-----\nQUFB\n-----END A-----\n"),
        S_INIT("-----BEGIN A-----\nQUFB\n-----\n-----END A-----\n"),
        S_INIT("-----BEGIN A----\nQUFB\n-----END A----\n"),
        S_INIT("-----BEGIN A\nQUFB\n-----END A-----\n"),
        S_INIT("-----BEGIN -----\nQUFB\n-----END -----\n"),
        S_INIT("-----BEGIN A-----QUFB-----END A-----\n"),
        S_INIT("-----BEGIN A-----\rQUFB\r-----END A-----\r"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct pem_block block;
        slice rest = guarded(texts[i]);
        assert_int_equal(pem_next(&rest, &block), PEM_BAD);
        assert_slice(rest, texts[i]);
    }
}

static void test_a_bad_block_does_not_hide_a_good_one_before_it(void **state)
{
    struct pem_block block;
    slice rest = guarded(S(CERT "-----BEGIN A-----\n"));
    (void)state;
    assert_block(&rest, S("CERTIFICATE"), S(CERT), S(CERT_BODY));
    assert_int_equal(pem_next(&rest, &block), PEM_BAD);
    assert_slice(rest, S("-----BEGIN A-----\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_come_in_order_with_text_between_them_passed_over),
        cmocka_unit_test(test_a_block_may_end_without_a_line_end),
        cmocka_unit_test(test_blanks_behind_a_line_do_not_count),
        cmocka_unit_test(test_text_without_blocks_has_none),
        cmocka_unit_test(test_a_block_that_is_not_whole_is_bad),
        cmocka_unit_test(test_a_bad_block_does_not_hide_a_good_one_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
