#include "lib/cm.h"

#include "lib/guard.h"
#include "output/launch.h"

enum { ENTRIES = 16, TEXT_BYTES = 256 };

static char *entry[ENTRIES];
static struct environment env;

static void start(size_t entries, size_t bytes)
{
    environment_start(&env, entry, entries, (struct buf){guarded_room(bytes), 0, bytes, false});
}

static void set(const char *name, slice value)
{
    environment_set(&env, slice_of(name));
    environment_put(&env, value);
}

/* The final NULL included. */
static void has(const char *const *want)
{
    size_t i = 0;
    assert_int_equal(err_message(environment_end(&env)), M_NONE);
    for (; want[i] && entry[i]; i++)
        assert_string_equal(entry[i], want[i]);
    assert_true(!want[i] && !entry[i]);
}

static char *const given[] = {"PATH=/bin",
                              "AZFOB_VAULT=v",
                              "A=1",
                              "B=",
                              "ODD",
                              "AZURE_CLIENT_ID=c",
                              "IDENTITY_HEADER=h",
                              "MSI_SECRET=s",
                              "IMDS_ENDPOINT=e",
                              "AZFOB_=x",
                              "A=2",
                              "AZFOBX=y",
                              NULL};

static void test_our_own_variables_never_reach_cmd(void **state)
{
    (void)state;
    start(ENTRIES, TEXT_BYTES);
    environment_inherit(&env, given, false);
    has((const char *const[]){"PATH=/bin", "A=1", "B=", "ODD", "AZURE_CLIENT_ID=c", "IDENTITY_HEADER=h", "MSI_SECRET=s",
                              "IMDS_ENDPOINT=e", "A=2", "AZFOBX=y", NULL});
}

static void test_the_way_to_tokens_is_hidden_when_asked(void **state)
{
    (void)state;
    start(ENTRIES, TEXT_BYTES);
    environment_inherit(&env, given, true);
    has((const char *const[]){"PATH=/bin", "A=1", "B=", "ODD", "A=2", "AZFOBX=y", NULL});
}

static void test_what_is_added_replaces_every_variable_of_its_name(void **state)
{
    (void)state;
    start(ENTRIES, TEXT_BYTES);
    environment_inherit(&env, given, true);
    set("A", S("new"));
    environment_put(&env, S("er"));
    set("ODD", S("="));
    set("A_LONGER", S(""));
    set("AZURE_CLIENT_ID", S("asked for by name"));
    has((const char *const[]){"PATH=/bin", "B=", "AZFOBX=y", "A=newer",
                              "ODD==", "A_LONGER=", "AZURE_CLIENT_ID=asked for by name", NULL});
}

static void test_a_removed_variable_is_gone_and_its_neighbours_are_not(void **state)
{
    (void)state;
    start(ENTRIES, TEXT_BYTES);
    environment_inherit(&env, given, true);
    set("C", S("x"));
    environment_remove(&env, S("A"));
    environment_remove(&env, S("NOT_THERE"));
    environment_remove(&env, S("PAT"));
    has((const char *const[]){"PATH=/bin", "B=", "ODD", "AZFOBX=y", "C=x", NULL});
}

static void test_an_environment_may_have_only_what_is_added(void **state)
{
    (void)state;
    start(2, 6);
    set("A", S("\xff\n"));
    environment_remove(&env, S("B"));
    has((const char *const[]){"A=\xff\n", NULL});
    start(1, 0);
    has((const char *const[]){NULL});
}

static void test_a_nul_in_a_value_is_an_error_that_names_the_variable(void **state)
{
    (void)state;
    start(ENTRIES, TEXT_BYTES);
    set("GOOD", S("x"));
    set("BAD", S("a\0b"));
    set("LATER", S("c\0d"));
    err e = environment_end(&env);
    assert_int_equal(err_message(e), M_LAUNCH_NUL);
    assert_int_equal(err_status(e), EXIT_IS_DATA);
    assert_slice(e->arg[0], S("BAD"));
}

static void test_too_little_room_is_an_error_and_no_cut(void **state)
{
    (void)state;
    start(ENTRIES, 4);
    set("A", S("xy"));
    assert_int_equal(err_message(environment_end(&env)), M_NO_MEMORY);
    start(ENTRIES, 5);
    set("A", S("xy"));
    assert_int_equal(err_message(environment_end(&env)), M_NONE);
    start(1, TEXT_BYTES);
    set("A", S("xy"));
    assert_int_equal(err_message(environment_end(&env)), M_NO_MEMORY);
    start(3, TEXT_BYTES);
    environment_inherit(&env, given, false);
    assert_int_equal(err_message(environment_end(&env)), M_NO_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_our_own_variables_never_reach_cmd),
        cmocka_unit_test(test_the_way_to_tokens_is_hidden_when_asked),
        cmocka_unit_test(test_what_is_added_replaces_every_variable_of_its_name),
        cmocka_unit_test(test_a_removed_variable_is_gone_and_its_neighbours_are_not),
        cmocka_unit_test(test_an_environment_may_have_only_what_is_added),
        cmocka_unit_test(test_a_nul_in_a_value_is_an_error_that_names_the_variable),
        cmocka_unit_test(test_too_little_room_is_an_error_and_no_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
