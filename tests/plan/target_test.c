#include "lib/cm.h"
#include "lib/guard.h"
#include "plan/target.h"

static const struct {
    slice text;
    enum target_kind kind;
    slice name, ref;
} good[] = {
    {S_INIT("DB=akv://v/db"), TARGET_VARIABLE, S_INIT("DB"), S_INIT("akv://v/db")},
    {S_INIT("_x9=db"), TARGET_VARIABLE, S_INIT("_x9"), S_INIT("db")},
    {S_INIT("@TLS=tls?part=key"), TARGET_MEMFILE, S_INIT("TLS"), S_INIT("tls?part=key")},
    {S_INIT("/run/db=db"), TARGET_FILE, S_INIT("/run/db"), S_INIT("db")},
    {S_INIT("./db=db"), TARGET_FILE, S_INIT("./db"), S_INIT("db")},
    {S_INIT("@dir/.db=db"), TARGET_FILE, S_INIT("@dir/.db"), S_INIT("db")},
    {S_INIT("/dev/fd/3=db"), TARGET_FILE, S_INIT("/dev/fd/3"), S_INIT("db")},
    /* What comes behind the first "=" is the reference's matter. */
    {S_INIT("A=@Microsoft.KeyVault(SecretUri=x)"), TARGET_VARIABLE, S_INIT("A"),
     S_INIT("@Microsoft.KeyVault(SecretUri=x)")},
    {S_INIT("A="), TARGET_VARIABLE, S_INIT("A"), S_INIT("")},
};

static void test_the_target_decides_where_a_value_goes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct assignment a;
        assert_int_equal(err_message(target_read(guarded(good[i].text), &a)), M_NONE);
        assert_int_equal(a.target.kind, good[i].kind);
        assert_slice(a.target.name, good[i].name);
        assert_slice(a.ref, good[i].ref);
        assert_int_equal(a.target.mode, MODE_DEFAULT);
        assert_true(a.target.user == OWNER_KEEP && a.target.group == OWNER_KEEP);
    }
}

static void test_what_is_no_target_is_named(void **state)
{
    (void)state;
    static const struct {
        slice text;
        enum message message;
        slice quoted;
    } rows[] = {
        {S_INIT("akv://v/db"), M_TARGET_MISSING, S_INIT("akv://v/db")},
        {S_INIT(""), M_TARGET_MISSING, S_INIT("")},
        {S_INIT("=db"), M_TARGET_NAME, S_INIT("")},
        {S_INIT("@=db"), M_TARGET_NAME, S_INIT("@")},
        {S_INIT("@@A=db"), M_TARGET_NAME, S_INIT("@@A")},
        {S_INIT("9A=db"), M_TARGET_NAME, S_INIT("9A")},
        {S_INIT("db-url=db"), M_TARGET_NAME, S_INIT("db-url")},
        {S_INIT("-=db"), M_TARGET_NAME, S_INIT("-")},
        {S_INIT("secret.txt=db"), M_TARGET_NAME, S_INIT("secret.txt")},
        {S_INIT("/run/=db"), M_TARGET_FOLDER, S_INIT("/run/")},
        {S_INIT("/=db"), M_TARGET_FOLDER, S_INIT("/")},
        {S_INIT("./..=db"), M_TARGET_FOLDER, S_INIT("./..")},
        {S_INIT("/run/.=db"), M_TARGET_FOLDER, S_INIT("/run/.")},
        {S_INIT("/run/a\nb=db"), M_TARGET_CONTROL, S_INIT("/run/a\nb")},
        {S_INIT("/run/a\0b=db"), M_TARGET_CONTROL, S_INIT("/run/a\0b")},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct assignment a;
        err e = target_read(guarded(rows[i].text), &a);
        assert_int_equal(err_message(e), rows[i].message);
        assert_slice(e->arg[0], rows[i].quoted);
    }
}

static void test_a_mode_is_octal_and_has_no_set_id_bits(void **state)
{
    (void)state;
    uint16_t mode = 1;
    assert_true(target_mode(guarded(S("0440")), &mode));
    assert_int_equal(mode, 0440);
    assert_true(target_mode(guarded(S("777")), &mode));
    static const slice bad[] = {S_INIT(""), S_INIT("8"), S_INIT("1777"), S_INIT("4755"), S_INIT("-1"), S_INIT("u=r")};
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(target_mode(guarded(bad[i]), &mode));
    assert_int_equal(mode, 0777);
}

static void test_an_owner_is_numbers_and_what_is_left_out_is_kept(void **state)
{
    (void)state;
    static const struct {
        slice text;
        uint32_t user, group;
    } rows[] = {
        {S_INIT("0"), 0, OWNER_KEEP},
        {S_INIT("1000:1001"), 1000, 1001},
        {S_INIT(":1001"), OWNER_KEEP, 1001},
        {S_INIT("4294967294:0"), 4294967294, 0},
    };
    static const slice bad[] = {S_INIT(""),           S_INIT(":"),     S_INIT("1000:"), S_INIT("root"),
                                S_INIT("4294967295"), S_INIT("1:2:3"), S_INIT("-1"),    S_INIT("18446744073709551616")};
    uint32_t user = 5, group = 6;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(target_owner(guarded(bad[i]), &user, &group));
    assert_true(user == 5 && group == 6);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(target_owner(guarded(rows[i].text), &user, &group));
        assert_true(user == rows[i].user && group == rows[i].group);
    }
}

static bool same(slice a, slice b)
{
    struct target x, y;
    assert_false(failed(target_of(guarded(a), &x)));
    assert_false(failed(target_of(guarded(b), &y)));
    assert_int_equal(target_same(&x, &y), target_same(&y, &x));
    return target_same(&x, &y);
}

static void test_one_place_is_the_same_however_it_is_written(void **state)
{
    (void)state;
    assert_true(same(S("/run/db"), S("//run/./db")));
    assert_true(same(S("run/db"), S("./run//db")));
    assert_true(same(S("A"), S("@A")));
    assert_false(same(S("A"), S("a")));
    assert_false(same(S("A"), S("./A")));
    assert_false(same(S("/run/db"), S("run/db")));
    assert_false(same(S("/run/db"), S("/run/db2")));
    assert_false(same(S("/run/db"), S("/run/x/db")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_target_decides_where_a_value_goes),
        cmocka_unit_test(test_what_is_no_target_is_named),
        cmocka_unit_test(test_a_mode_is_octal_and_has_no_set_id_bits),
        cmocka_unit_test(test_an_owner_is_numbers_and_what_is_left_out_is_kept),
        cmocka_unit_test(test_one_place_is_the_same_however_it_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
