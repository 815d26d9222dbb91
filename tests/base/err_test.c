#include "lib/cm.h"
#include "lib/guard.h"

#include "base/err.h"

static const struct row {
    const char *name, *what, *why, *todo;
    enum exit_status status;
} rows[] = {
#define M(name, status, what, why, todo) {#name, what, why, todo, EXIT_IS_##status},
#include "base/messages.h"
#undef M
};

static slice written(err e, size_t cap)
{
    struct buf to = {guarded_room(cap), 0, cap, false};
    err_write(e, &to);
    return buf_slice(&to);
}

static bool is_directive(char c)
{
    return c && strchr("12345abAB", c);
}

/* So that a row that is wrong is named by the failure. */
static void assert_row(const struct row *row, bool good)
{
    assert_string_equal(good ? "" : row->name, "");
}

static void assert_part(const struct row *row, const char *part)
{
    size_t len = strlen(part);
    assert_row(row, len > 0 && part[0] != ' ' && !strchr(".,;:! ", part[len - 1]));
    for (size_t i = 0; i < len; i++) {
        assert_row(row, part[i] >= ' ' && part[i] <= '~');
        if (part[i] == '%')
            assert_row(row, is_directive(part[++i]));
    }
    assert_row(row, !strstr(part, "  "));
}

static void test_every_row_has_three_parts_in_the_house_form(void **state)
{
    (void)state;
    assert_int_equal(COUNT(rows), M_COUNT - 1);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_part(&rows[i], rows[i].what);
        assert_part(&rows[i], rows[i].why);
        assert_part(&rows[i], rows[i].todo);
        /* A reader splits the line at its first ": " and then its first "; ". */
        assert_row(&rows[i], !strstr(rows[i].what, ": ") && !strstr(rows[i].what, "; ") && !strstr(rows[i].why, "; "));
    }
}

static void test_every_row_is_written_with_its_own_texts_and_status(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t want_room[1024];
        struct buf want = BUF(want_room);
        err e = err_make((uint16_t)(i + 1), S("%1"), S("%2"), S("%3"), S("%4"), S("%5"));
        const char *const parts[] = {rows[i].what, ": ", rows[i].why, "; ", rows[i].todo};
        e->number[0] = 0;
        e->number[1] = 0;
        for (size_t p = 0; p < COUNT(parts); p++) {
            for (const char *c = parts[p]; *c; c++) {
                bool number = *c == '%' && (c[1] == 'a' || c[1] == 'b');
                bool time = *c == '%' && (c[1] == 'A' || c[1] == 'B');
                if (number || time)
                    buf_text(&want, number ? "0" : "1970-01-01T00:00:00Z");
                else
                    buf_byte(&want, (uint8_t)*c); /* each argument is its own directive */
                c += number || time;
            }
        }
        assert_false(want.full);
        assert_slice(written(e, 1024), buf_slice(&want));
        assert_int_equal(err_status(e), rows[i].status);
        assert_true(failed(e));
    }
    assert_false(failed(OK));
    assert_int_equal(err_status(OK), 0);
}

static void test_the_statuses_are_those_of_the_contract(void **state)
{
    static const int contract[] = {64, 65, 66, 69, 70, 71, 73, 74, 75, 76, 77, 78, 126, 127};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool known = false;
        for (size_t k = 0; k < COUNT(contract); k++)
            known = known || (int)rows[i].status == contract[k];
        assert_row(&rows[i], known);
    }
}

/* FILE_READ is "%1: it cannot be read: %2; check the path and its permissions". */
#define FILE_READ_TEXT(one, two) S(one ": it cannot be read: " two "; check the path and its permissions")

static void test_a_server_cannot_write_to_the_terminal(void **state)
{
    (void)state;
    assert_slice(written(err_make(M_FILE_READ, guarded(S("\x1b[2J\r\n\t\x7f")), guarded(S("\0\x80\xc3\xa9~ !"))), 200),
                 FILE_READ_TEXT("?[2J????", "????~ !"));
}

static void test_nobody_is_told_the_password_in_a_url(void **state)
{
    static const struct {
        slice argument;
        const char *told;
    } urls[] = {
        {S_INIT("https://me:pass@host/x"), "https://...@host/x"},
        {S_INIT("//me:pass@host"), "//...@host"},
        {S_INIT("https://me:p@ss@host"), "https://...@host"},
        {S_INIT("https://me:p/ss@host"), "https://...@host"},
        {S_INIT("https://me:p//ss@host"), "https://...@host"},
        {S_INIT("http://a:b@c http://d:e@f ://@"), "http://...@c http://...@f ://...@"},
        {S_INIT("see https://host/ or mail a@b //x"), "see https://host/ or mail a@b //x"},
        {S_INIT("@Microsoft.KeyVault(SecretUri=https://h//x)"), "@Microsoft.KeyVault(SecretUri=https://h//x)"},
        {S_INIT("a@b//"), "a@b//"},
        {S_INIT("/"), "/"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(urls); i++) {
        uint8_t room[200];
        struct buf want = BUF(room);
        buf_text(&want, urls[i].told);
        buf_text(&want, ": it cannot be read: x; check the path and its permissions");
        assert_slice(written(err_make(M_FILE_READ, guarded(urls[i].argument), S("x")), 200), buf_slice(&want));
    }
}

static void test_an_argument_is_not_a_form(void **state)
{
    (void)state;
    assert_slice(written(err_make(M_FILE_READ, S("%2%1%a"), S("%")), 200), FILE_READ_TEXT("%2%1%a", "%"));
}

static void test_an_argument_that_was_not_given_is_empty(void **state)
{
    (void)state;
    assert_slice(written(err_make(M_FILE_READ, S("x")), 200), FILE_READ_TEXT("x", ""));
}

static void test_a_failure_that_is_kept_outlives_those_made_after_it(void **state)
{
    struct failure kept, none;
    (void)state;
    err_keep(&none, OK);
    err_keep(&kept, err_number(err_make(M_FILE_TOO_BIG, S("x")), 7));
    for (size_t i = 0; i < ERRS_MAX; i++)
        (void)err_make(M_FILE_READ, S("y"), S("z"));
    err e = err_of(&kept);
    assert_int_equal(err_message(e), M_FILE_TOO_BIG);
    assert_slice(e->arg[0], S("x"));
    assert_int_equal(e->number[0], 7);
    assert_true(e != &kept);
    assert_false(failed(err_of(&none)));
    assert_int_equal(err_message(OK), M_NONE);
    assert_false(failed(err_number(OK, 7)));
}

static void test_as_many_as_are_promised_live_beside_each_other(void **state)
{
    err made[ERRS_MAX];
    (void)state;
    for (size_t i = 0; i < ERRS_MAX; i++)
        made[i] = err_number(err_make(M_FILE_TOO_BIG), (int64_t)i);
    for (size_t i = 0; i < ERRS_MAX; i++)
        assert_int_equal(made[i]->number[0], i);
    /* What stood in its place before is not seen. */
    for (size_t i = 0; i < ERRS_MAX; i++) {
        err e = err_make(M_NO_RANDOM);
        assert_int_equal(e->number[0], 0);
        assert_int_equal(e->arg[0].len, 0);
    }
}

static void test_numbers_of_either_sign_are_written(void **state)
{
    static const struct {
        int64_t n;
        const char *text;
    } numbers[] = {{0, " 0 "},
                   {-1, " -1 "},
                   {503, " 503 "},
                   {INT64_MAX, " 9223372036854775807 "},
                   {INT64_MIN, " -9223372036854775808 "}};
    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        err e = err_make(M_FILE_TOO_BIG, S("x"));
        e->number[0] = numbers[i].n;
        slice text = written(e, 200);
        uint8_t *terminated = guarded_room(text.len + 1);
        memcpy(terminated, text.at, text.len);
        terminated[text.len] = 0;
        assert_non_null(strstr((char *)terminated, numbers[i].text));
    }
}

static void test_a_text_that_does_not_fit_is_cut_at_the_room_and_nowhere_else(void **state)
{
    err e = err_make(M_FILE_READ, S("/etc/key"), S("Permission denied"));
    slice whole = written(e, 200);
    (void)state;
    for (size_t cap = 0; cap <= whole.len; cap++)
        assert_slice(written(e, cap), slice_first(whole, cap));
}

static void test_a_note_is_kept_up_to_its_limit(void **state)
{
    static uint8_t long_text[NOTE_BYTES_MAX + 1];
    uint8_t *room = guarded_room(NOTE_BYTES_MAX + 8);
    struct buf notes = {room, 0, NOTE_BYTES_MAX + 8, false};
    (void)state;
    memset(long_text, 'x', sizeof long_text);
    slice number = note_number(&notes, UINT64_MAX / 1000000000000000);
    assert_slice(number, S("18446"));
    assert_ptr_equal(number.at, room);
    slice kept = note_keep(&notes, guarded((slice){long_text, sizeof long_text}));
    assert_int_equal(kept.len, NOTE_BYTES_MAX);
    assert_slice(number, S("18446"));
    assert_slice(note_keep(&notes, S("abc")), S("abc"));
    /* Full: the message still has something to show, and later notes may still fit. */
    assert_slice(note_keep(&notes, S("d")), S("..."));
    assert_false(notes.full);
    assert_slice(note_keep(&notes, S("")), S(""));
    assert_slice(number, S("18446"));
}

static void test_a_note_is_its_own_text_even_behind_one_that_did_not_fit(void **state)
{
    struct buf notes = {guarded_room(4), 0, 4, false};
    (void)state;
    buf_put(&notes, S("longer"));
    assert_slice(note_keep(&notes, S("abc")), S("abc"));
    assert_slice(buf_slice(&notes), S("abc"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_has_three_parts_in_the_house_form),
        cmocka_unit_test(test_every_row_is_written_with_its_own_texts_and_status),
        cmocka_unit_test(test_the_statuses_are_those_of_the_contract),
        cmocka_unit_test(test_a_server_cannot_write_to_the_terminal),
        cmocka_unit_test(test_nobody_is_told_the_password_in_a_url),
        cmocka_unit_test(test_an_argument_is_not_a_form),
        cmocka_unit_test(test_an_argument_that_was_not_given_is_empty),
        cmocka_unit_test(test_a_failure_that_is_kept_outlives_those_made_after_it),
        cmocka_unit_test(test_as_many_as_are_promised_live_beside_each_other),
        cmocka_unit_test(test_numbers_of_either_sign_are_written),
        cmocka_unit_test(test_a_text_that_does_not_fit_is_cut_at_the_room_and_nowhere_else),
        cmocka_unit_test(test_a_note_is_kept_up_to_its_limit),
        cmocka_unit_test(test_a_note_is_its_own_text_even_behind_one_that_did_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
