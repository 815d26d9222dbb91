#include "lib/cm.h"
#include "lib/guard.h"

#include "output/suspect.h"

#define PEM "-----BEGIN PRIVATE KEY-----"

static void test_what_was_mishandled_is_told_and_what_was_not_is_left_alone(void **state)
{
    static const struct {
        slice value;
        slice words; /* the beginning of */
    } rows[] = {
        {S_INIT("abc@123"), S_INIT("")},
        {S_INIT(" abc "), S_INIT("")},
        {S_INIT("\0"), S_INIT("")},
        {S_INIT(""), S_INIT("its value is empty")},
        {S_INIT("abc@123\n"), S_INIT("its value ends with a line end")},
        {S_INIT("abc@123\r\n"), S_INIT("its value ends with a line end")},
        {S_INIT("\n"), S_INIT("its value ends with a line end")},
        {S_INIT("two\nlines\n"), S_INIT("")},
        {S_INIT("two\nlines"), S_INIT("")},
        {S_INIT("a\\nb"), S_INIT("")},
        {S_INIT(PEM "\nMII=\n-----END PRIVATE KEY-----\n"), S_INIT("")},
        {S_INIT(PEM "\r\nMII=\r\n-----END PRIVATE KEY-----"), S_INIT("")},
        {S_INIT(PEM "\\nMII=\\n-----END PRIVATE KEY-----"), S_INIT("its PEM has \"\\n\"")},
        {S_INIT(PEM "\\nMII=\\n-----END PRIVATE KEY-----\\n"), S_INIT("its PEM has \"\\n\"")},
        {S_INIT(PEM " MII= -----END PRIVATE KEY-----"), S_INIT("its PEM is all in one line")},
        {S_INIT("-----BEGIN "), S_INIT("its PEM is all in one line")},
        {S_INIT("\xef\xbb\xbfx"), S_INIT("its value starts with a byte order mark")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        slice words = suspect_value(guarded(rows[i].value));
        assert_true(slice_starts(words, rows[i].words));
        assert_int_equal(words.len > 0, rows[i].words.len > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_mishandled_is_told_and_what_was_not_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
