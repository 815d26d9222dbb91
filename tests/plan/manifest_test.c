#include "lib/cm.h"
#include "lib/guard.h"
#include "plan/manifest.h"

static const slice text = S_INIT("# secrets of the web server\r\n"
                                 "\r\n"
                                 "DB_URL=akv://v/db#/url\r\n"
                                 "  /run/tls.key=tls?part=key mode=0440 owner=1000:1000 # for nginx\n"
                                 "\t@TOKEN=token\t\n"
                                 "\"/run/my app/a=b\"=x owner=:5\n"
                                 "   # nothing\n"
                                 "/run/last=y#/#");

static void test_every_line_gives_its_assignment(void **state)
{
    (void)state;
    static const struct {
        uint64_t line;
        enum target_kind kind;
        slice name, ref;
        uint16_t mode;
        uint32_t user, group;
    } rows[] = {
        {3, TARGET_VARIABLE, S_INIT("DB_URL"), S_INIT("akv://v/db#/url"), MODE_DEFAULT, OWNER_KEEP, OWNER_KEEP},
        {4, TARGET_FILE, S_INIT("/run/tls.key"), S_INIT("tls?part=key"), 0440, 1000, 1000},
        {5, TARGET_MEMFILE, S_INIT("TOKEN"), S_INIT("token"), MODE_DEFAULT, OWNER_KEEP, OWNER_KEEP},
        {6, TARGET_FILE, S_INIT("/run/my app/a=b"), S_INIT("x"), MODE_DEFAULT, OWNER_KEEP, 5},
        {8, TARGET_FILE, S_INIT("/run/last"), S_INIT("y#/#"), MODE_DEFAULT, OWNER_KEEP, OWNER_KEEP},
    };
    struct manifest m = {guarded(text), 0};
    struct assignment a;
    err e;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(manifest_next(&m, &a, &e));
        assert_int_equal(err_message(e), M_NONE);
        assert_int_equal(m.line, rows[i].line);
        assert_int_equal(a.target.kind, rows[i].kind);
        assert_slice(a.target.name, rows[i].name);
        assert_slice(a.ref, rows[i].ref);
        assert_int_equal(a.target.mode, rows[i].mode);
        assert_true(a.target.user == rows[i].user && a.target.group == rows[i].group);
    }
    assert_false(manifest_next(&m, &a, &e));
    assert_false(manifest_next(&m, &a, &e));
}

static void test_nothing_is_in_an_empty_manifest(void **state)
{
    (void)state;
    static const slice rows[] = {S_INIT(""), S_INIT("\n\n"), S_INIT("#"), S_INIT(" \t# A=b"), S_INIT("\r\n")};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct manifest m = {guarded(rows[i]), 0};
        struct assignment a;
        err e;
        assert_false(manifest_next(&m, &a, &e));
    }
}

static const struct {
    slice line;
    enum message message;
    slice quoted;
} bad[] = {
    {S_INIT("db"), M_TARGET_MISSING, S_INIT("db")},
    {S_INIT("A = db"), M_TARGET_MISSING, S_INIT("A")},
    {S_INIT("a.b=db"), M_TARGET_NAME, S_INIT("a.b")},
    {S_INIT("\"/run/x=db"), M_MANIFEST_QUOTE, S_INIT("\"/run/x=db")},
    {S_INIT("\"/run/x\" =db"), M_MANIFEST_QUOTE, S_INIT("\"/run/x\"")},
    {S_INIT("\"/run/x\"y=db"), M_MANIFEST_QUOTE, S_INIT("\"/run/x\"y=db")},
    {S_INIT("\""), M_MANIFEST_QUOTE, S_INIT("\"")},
    {S_INIT("/run/x=db more"), M_MANIFEST_SETTING, S_INIT("more")},
    {S_INIT("/run/x=db Mode=0400"), M_MANIFEST_SETTING, S_INIT("Mode=0400")},
    {S_INIT("/run/x=db mode"), M_MANIFEST_MODE, S_INIT("mode")},
    {S_INIT("/run/x=db mode=999"), M_MANIFEST_MODE, S_INIT("mode=999")},
    {S_INIT("/run/x=db mode=4755"), M_MANIFEST_MODE, S_INIT("mode=4755")},
    {S_INIT("/run/x=db owner=root"), M_MANIFEST_OWNER, S_INIT("owner=root")},
    {S_INIT("/run/x=db owner=1 owner=2"), M_MANIFEST_TWICE, S_INIT("owner=2")},
    {S_INIT("/run/x=db mode=1 mode=1"), M_MANIFEST_TWICE, S_INIT("mode=1")},
    {S_INIT("A=db mode=0400"), M_MANIFEST_NOT_FILE, S_INIT("mode=0400")},
    {S_INIT("@A=db owner=1"), M_MANIFEST_NOT_FILE, S_INIT("owner=1")},
    {S_INIT("/run/x\r=db"), M_TARGET_CONTROL, S_INIT("/run/x\r")},
};

static void test_a_wrong_line_is_named_and_passed_over(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        static uint8_t room[256];
        struct buf content = BUF(room);
        struct assignment a;
        err e;
        buf_text(&content, "A=a\n");
        buf_put(&content, bad[i].line);
        buf_text(&content, "\nB=b");
        struct manifest m = {guarded(buf_slice(&content)), 0};
        assert_true(manifest_next(&m, &a, &e) && !failed(e));
        assert_true(manifest_next(&m, &a, &e));
        assert_int_equal(err_message(e), bad[i].message);
        assert_slice(e->arg[0], bad[i].quoted);
        assert_int_equal(m.line, 2);
        assert_true(manifest_next(&m, &a, &e) && !failed(e));
        assert_slice(a.ref, S("b"));
        assert_false(manifest_next(&m, &a, &e));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_line_gives_its_assignment),
        cmocka_unit_test(test_nothing_is_in_an_empty_manifest),
        cmocka_unit_test(test_a_wrong_line_is_named_and_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
