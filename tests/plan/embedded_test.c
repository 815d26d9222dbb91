#include "base/buf.h"
#include "lib/cm.h"
#include "lib/guard.h"
#include "plan/embedded.h"

static void test_only_what_is_marked_makes_a_value_special(void **state)
{
    (void)state;
    static const struct {
        slice value;
        enum embedded kind;
    } rows[] = {
        {S_INIT(""), EMBEDDED_NONE},
        {S_INIT("$"), EMBEDDED_NONE},
        {S_INIT("${"), EMBEDDED_NONE},
        {S_INIT("${akv:/"), EMBEDDED_NONE},
        {S_INIT("${HOME}"), EMBEDDED_NONE},
        {S_INIT("see akv://v/n"), EMBEDDED_NONE},
        {S_INIT("https://v.vault.azure.net/secrets/n"), EMBEDDED_NONE},
        {S_INIT("akv://"), EMBEDDED_WHOLE},
        {S_INIT("akv://v/n#/${akv://"), EMBEDDED_WHOLE},
        {S_INIT("@Microsoft.KeyVault(x"), EMBEDDED_WHOLE},
        {S_INIT("AkvS://"), EMBEDDED_WHOLE},
        {S_INIT("ref+azurekeyvault://v/n"), EMBEDDED_WHOLE},
        {S_INIT("${akv://"), EMBEDDED_PARTS},
        {S_INIT("$${AKV://v/n}"), EMBEDDED_PARTS},
        {S_INIT("a ${x} ${akv://v/n}"), EMBEDDED_PARTS},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(embedded_kind(guarded(rows[i].value)), rows[i].kind);
}

/* "t:text" and "r:reference" for each piece, "!" for PIECE_BAD. */
static slice pieces(slice value)
{
    static uint8_t room[256];
    struct buf all = BUF(room);
    slice rest = guarded(value), text;
    for (enum piece piece; (piece = embedded_next(&rest, &text)) != PIECE_END;) {
        buf_text(&all, piece == PIECE_TEXT ? "[t:" : piece == PIECE_REF ? "[r:" : "[!:");
        buf_put(&all, text);
        buf_byte(&all, ']');
    }
    return buf_slice(&all);
}

static void test_a_value_falls_into_text_and_references(void **state)
{
    (void)state;
    static const struct {
        slice value, pieces;
    } rows[] = {
        {S_INIT("${akv://v/n}"), S_INIT("[r:akv://v/n]")},
        {S_INIT("pg://u:${akv://v/n}@h"), S_INIT("[t:pg://u:][r:akv://v/n][t:@h]")},
        {S_INIT("${akv://v/a}${akv://v/b}"), S_INIT("[r:akv://v/a][r:akv://v/b]")},
        {S_INIT("${x}$${akv://v/a}}"), S_INIT("[t:${x}$][r:akv://v/a][t:}]")},
        {S_INIT("${akv://${akv://v/a}"), S_INIT("[r:akv://${akv://v/a]")},
        {S_INIT("${akv://}"), S_INIT("[r:akv://]")},
        {S_INIT("a${akv://v/n"), S_INIT("[t:a][!:${akv://v/n]")},
        {S_INIT("${akv://v/n}${akv://"), S_INIT("[r:akv://v/n][!:${akv://]")},
        {S_INIT("plain"), S_INIT("[t:plain]")},
        {S_INIT(""), S_INIT("")},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_slice(pieces(rows[i].value), rows[i].pieces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_what_is_marked_makes_a_value_special),
        cmocka_unit_test(test_a_value_falls_into_text_and_references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
