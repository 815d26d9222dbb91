#include "lib/cm.h"
#include "lib/guard.h"
#include "plan/option.h"
#include "plan/target.h"

#include <string.h>

#define GUID_1 "01234567-89ab-cdef-0123-456789abcdef"
#define GUID_2 "fedcba98-89ab-cdef-0123-456789abcdef"

static uint8_t notes_room[1024];
static struct options options;
static char *argv_now[40];

/* Arguments and variables in one text each, divided by "|". Each ends at an unreadable page, as the NUL of its last
 * one. */
static char **strings_of(const char *text, char **room)
{
    slice rest = slice_of(text), one;
    size_t n = 0;
    for (bool more = rest.len > 0; more; n++) {
        more = slice_cut(&rest, '|', &one);
        room[n] = (char *)guarded_room(one.len + 1);
        if (one.len)
            memcpy(room[n], one.at, one.len);
        room[n][one.len] = 0;
    }
    room[n] = NULL;
    return room;
}

static err read_options(unsigned command, const char *arguments, const char *variables)
{
    static struct buf notes;
    char *envp[20];
    notes = BUF(notes_room);
    return options_read(strings_of(arguments, argv_now), strings_of(variables, envp), command, &options, &notes);
}

static slice line_of(err e)
{
    static uint8_t room[1024];
    struct buf line = BUF(room);
    err_write(e, &line);
    return buf_slice(&line);
}

static void test_nothing_given_means_the_defaults(void **state)
{
    (void)state;
    assert_false(failed(read_options(COMMAND_GET, "", "")));
    assert_int_equal(options.timeout_ms, 60000);
    assert_false(options.timeout_given);
    assert_int_equal(options.wait_ms, 0);
    assert_int_equal(options.operands, 0);
    assert_int_equal(options.mode, 0400);
    assert_true(options.owner_user == OWNER_KEEP && options.owner_group == OWNER_KEEP);
    assert_int_equal(options.vault.vault.len, 0);
    assert_int_equal(options.identity, IDENTITY_AUTO);
    assert_null(options.child);
}

static void test_options_stand_before_and_behind_operands(void **state)
{
    (void)state;
    assert_false(failed(read_options(COMMAND_GET, "--vault=v-1|a|--timeout|5s|b|-vo|out.txt|c|--|--json|-v|--", "")));
    assert_int_equal(options.operands, 6);
    static const char *const want[] = {"a", "b", "c", "--json", "-v", "--"};
    for (size_t i = 0; i < COUNT(want); i++)
        assert_string_equal(options.operand[i], want[i]);
    assert_slice(options.vault.vault, S("v-1"));
    assert_slice(options.vault_named, S("--vault"));
    assert_true(options.timeout_given && options.timeout_ms == 5000);
    assert_slice(options.output, S("out.txt"));
    assert_int_equal(options.verbose, 1);
    assert_false(options.json);
}

static void test_the_command_of_exec_is_left_alone(void **state)
{
    (void)state;
    assert_false(failed(read_options(COMMAND_EXEC, "A=a|--init|B=b|--|/app|--only|--", "")));
    assert_int_equal(options.operands, 2);
    assert_string_equal(options.operand[1], "B=b");
    assert_true(options.init && !options.only);
    assert_string_equal(options.child[0], "/app");
    assert_string_equal(options.child[2], "--");
    assert_null(options.child[3]);
    assert_int_equal(err_message(read_options(COMMAND_EXEC, "A=a", "")), M_OPTION_NO_CHILD);
    assert_int_equal(err_message(read_options(COMMAND_EXEC, "A=a|--", "")), M_OPTION_NO_CHILD);
    assert_false(failed(read_options(COMMAND_EXEC, "--help", "")));
    assert_true(options.help);
}

static void test_every_option_has_its_value(void **state)
{
    (void)state;
    assert_false(failed(read_options(COMMAND_EXEC,
                                     "-f|a.conf|-fb.conf|--file=-|--mode|0440|--owner|1:2|--mkdir|--always|--user|1000|"
                                     "--only|--drop-identity|--init|--kill-after|10s|--|x",
                                     "")));
    assert_int_equal(options.manifests, 3);
    assert_slice(options.manifest[0], S("a.conf"));
    assert_slice(options.manifest[1], S("b.conf"));
    assert_slice(options.manifest[2], S("-"));
    assert_true(options.mode == 0440 && options.owner_user == 1 && options.owner_group == 2);
    assert_true(options.mkdir && options.always && options.only && options.drop_identity && options.init);
    assert_true(options.has_user && options.user == 1000 && options.group == 1000 && options.kill_after_ms == 10000);
    assert_false(failed(read_options(COMMAND_EXEC, "--user=1:2|--|x", "")));
    assert_true(options.user == 1 && options.group == 2);

    assert_false(failed(read_options(COMMAND_GET,
                                     "--client-id|" GUID_1 "|--identity|app-service|--wait|2m|--ca|ca.pem|"
                                     "--resolve|v.example:8443:10.0.0.1|--resolve|w.example:1:[fe80::1]|"
                                     "--allow-host|v.example|--challenge|-vv|--format|dotenv|-ox",
                                     "")));
    assert_slice(options.client_id, S(GUID_1));
    assert_int_equal(options.identity, IDENTITY_APP_SERVICE);
    assert_int_equal(options.wait_ms, 120000);
    assert_slice(options.ca, S("ca.pem"));
    assert_int_equal(options.resolves, 2);
    assert_slice(options.resolve[0].host, S("v.example"));
    assert_true(options.resolve[0].port == 8443 && options.resolve[0].address_bytes == 4);
    assert_memory_equal(options.resolve[0].address, "\x0a\0\0\1", 4);
    assert_true(options.resolve[1].address_bytes == 16 && options.resolve[1].address[0] == 0xfe);
    assert_int_equal(options.allow_hosts, 1);
    assert_true(options.challenge && options.verbose == 2 && options.format == FORMAT_DOTENV);

    assert_false(failed(read_options(COMMAND_LIST, "--versions|db|--json|-q", "")));
    assert_slice(options.versions, S("db"));
    assert_true(options.json && options.quiet);
    assert_false(failed(read_options(COMMAND_CHECK, "--offline|--identity=token-file=/run/token", "")));
    assert_true(options.offline && options.identity == IDENTITY_TOKEN_FILE);
    assert_slice(options.token_file, S("/run/token"));
    assert_false(failed(read_options(COMMAND_WRAP, "key|--algorithm=A256KW|-i|in|-o|out", "")));
    assert_int_equal(options.algorithm, ALGORITHM_A256KW);
    assert_slice(options.input, S("in"));
}

static const struct {
    unsigned command;
    const char *arguments, *variables;
    enum message message;
    slice line; /* not looked at when empty */
} bad[] = {
    {COMMAND_GET, "--tiemout|5s", "", M_OPTION_NEAR,
     S_INIT("--tiemout: there is no such option; did you mean --timeout?")},
    {COMMAND_GET, "--timout=5s", "", M_OPTION_NEAR,
     S_INIT("--timout: there is no such option; did you mean --timeout?")},
    {COMMAND_GET, "--frobnicate", "", M_OPTION_UNKNOWN, S_INIT("")},
    {COMMAND_GET, "--a-word-of-more-bytes-than-any-option-has", "", M_OPTION_UNKNOWN, S_INIT("")},
    {COMMAND_GET, "--=x", "", M_OPTION_UNKNOWN, S_INIT("")},
    {COMMAND_GET, "-x", "", M_OPTION_UNKNOWN,
     S_INIT("-x: there is no such option; see azfob COMMAND --help; what is for CMD stands behind --")},
    {COMMAND_GET, "--init", "", M_OPTION_ELSEWHERE,
     S_INIT("--init: this command does not take it; see azfob COMMAND --help")},
    {COMMAND_GET, "--timeout", "", M_OPTION_NO_VALUE, S_INIT("--timeout: its value is missing; write --timeout DUR")},
    {COMMAND_GET, "-vo", "", M_OPTION_NO_VALUE, S_INIT("")},
    {COMMAND_GET, "--json=yes", "", M_OPTION_TAKES_NONE, S_INIT("")},
    {COMMAND_GET, "--vault=", "", M_REF_VAULT, S_INIT("")},
    {COMMAND_GET, "--vault|my_vault", "", M_REF_VAULT, S_INIT("")},
    {COMMAND_GET, "--ca=", "", M_OPTION_VALUE, S_INIT("--ca: \"\" is not a path; see azfob COMMAND --help")},
    {COMMAND_GET, "--timeout|5", "", M_OPTION_VALUE, S_INIT("")},
    {COMMAND_GET, "--timeout|25h", "", M_OPTION_VALUE, S_INIT("")},
    {COMMAND_GET, "--client-id|mine", "", M_OPTION_VALUE, S_INIT("")},
    {COMMAND_GET, "--resource-id|x", "", M_OPTION_VALUE, S_INIT("")},
    {COMMAND_GET, "--identity|token-file=", "", M_OPTION_VALUE, S_INIT("")},
    {COMMAND_GET, "--identity|token-file", "", M_OPTION_VALUE, S_INIT("")},
    {COMMAND_GET, "--identity|Imds", "", M_OPTION_VALUE, S_INIT("")},
    {COMMAND_GET, "--format|yaml", "", M_OPTION_VALUE, S_INIT("")},
    {COMMAND_GET, "--mode|4755", "", M_OPTION_VALUE, S_INIT("")},
    {COMMAND_GET, "--resolve|v.example:443", "", M_OPTION_VALUE, S_INIT("")},
    {COMMAND_GET, "--resolve|v.example:0:10.0.0.1", "", M_OPTION_VALUE, S_INIT("")},
    {COMMAND_GET, "--resolve|v.example:443:w.example", "", M_OPTION_VALUE, S_INIT("")},
    {COMMAND_GET, "--allow-host|https://v.example", "", M_OPTION_VALUE, S_INIT("")},
    {COMMAND_EXEC, "--user|:5|--|x", "", M_OPTION_VALUE, S_INIT("")},
    {COMMAND_WRAP, "--algorithm|RSA1_5", "", M_ALGORITHM_WEAK, S_INIT("")},
    {COMMAND_GET, "--client-id|" GUID_1 "|--object-id|" GUID_2, "", M_OPTION_BOTH, S_INIT("")},
    {COMMAND_GET, "-qv", "", M_OPTION_BOTH, S_INIT("")},
    {COMMAND_GET, "--json|--format|env", "", M_OPTION_BOTH, S_INIT("")},
    {COMMAND_GET, "", "AZFOB_WIAT=2m", M_OPTION_NEAR,
     S_INIT("AZFOB_WIAT: there is no such option; did you mean AZFOB_WAIT?")},
    {COMMAND_GET, "", "AZFOB_ALLOWHOST=x", M_OPTION_NEAR,
     S_INIT("AZFOB_ALLOWHOST: there is no such option; did you mean AZFOB_ALLOW_HOST?")},
    {COMMAND_GET, "", "AZFOB_wait=2m", M_OPTION_NEAR, S_INIT("")},
    {COMMAND_GET, "", "AZFOB_FROBNICATE=", M_OPTION_VARIABLE, S_INIT("")},
    {COMMAND_GET, "", "AZFOB_=", M_OPTION_VARIABLE, S_INIT("")},
    {COMMAND_GET, "", "AZFOB_WAIT=2", M_OPTION_VALUE,
     S_INIT("AZFOB_WAIT: \"2\" is not a duration such as 500ms, 30s or 5m, of at most 24h; see azfob COMMAND --help")},
    {COMMAND_GET, "", "AZFOB_CHALLENGE=maybe", M_OPTION_VALUE, S_INIT("")},
    {COMMAND_GET, "", "AZFOB_VERBOSE=3", M_OPTION_VALUE, S_INIT("")},
    {COMMAND_GET, "", "AZFOB_CLIENT_ID=" GUID_1 "|AZFOB_OBJECT_ID=" GUID_2, M_OPTION_BOTH, S_INIT("")},
    {COMMAND_GET, "", "AZURE_CLIENT_ID=mine", M_OPTION_VALUE, S_INIT("")},
    {COMMAND_GET, "", "KEY_VAULT_NAME=my_vault", M_REF_VAULT,
     S_INIT("KEY_VAULT_NAME: \"my_vault\": column 3: this is neither a vault's name nor a host; "
            "a vault's name has 3 to 24 letters, digits and single \"-\", a letter first; a host has a dot")},
};

static void test_every_mistake_is_named_by_option_or_variable(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        err e = read_options(bad[i].command, bad[i].arguments, bad[i].variables);
        assert_int_equal(err_message(e), bad[i].message);
        assert_int_equal(err_status(e), EXIT_IS_USAGE);
        if (bad[i].line.len)
            assert_slice(line_of(e), bad[i].line);
    }
}

static void test_an_option_beats_its_variable_which_beats_the_azure_tools(void **state)
{
    (void)state;
    const char *variables =
        "AZURE_KEY_VAULT_URL=https://four.vault.azure.net|AZURE_KEYVAULT_URL=https://three.vault.azure.net|"
        "KEY_VAULT_NAME=two|AZFOB_VAULT=one";
    static const struct {
        const char *arguments;
        slice vault, by;
    } rows[] = {
        {"--vault|zero", S_INIT("zero"), S_INIT("--vault")},
        {"", S_INIT("one"), S_INIT("AZFOB_VAULT")},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_false(failed(read_options(COMMAND_GET, rows[i].arguments, variables)));
        assert_slice(options.vault.vault, rows[i].vault);
        assert_slice(options.vault_named, rows[i].by);
    }
    assert_false(
        failed(read_options(COMMAND_GET, "", "AZURE_KEY_VAULT_URL=https://four.vault.azure.net|KEY_VAULT_NAME=two")));
    assert_slice(options.vault.vault, S("two"));
    assert_false(failed(read_options(COMMAND_GET, "",
                                     "AZURE_KEY_VAULT_URL=https://four.vault.azure.net|"
                                     "AZURE_KEYVAULT_URL=https://three.vault.azure.net")));
    assert_slice(options.vault.vault, S("three.vault.azure.net"));
    assert_false(failed(read_options(COMMAND_GET, "", "AZFOB_VAULT=|KEY_VAULT_NAME=|AZURE_KEY_VAULT_URL=four")));
    assert_slice(options.vault.vault, S("four"));
    assert_slice(options.vault_named, S("AZURE_KEY_VAULT_URL"));
}

static void test_a_resource_id_has_a_largest_length(void **state)
{
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        char text[600] = "--resource-id|/subscriptions/";
        size_t head = strlen("--resource-id|");
        memset(text + strlen(text), 'x', head + IDENTITY_SELECTOR_BYTES_MAX + more - strlen(text));
        assert_int_equal(err_message(read_options(COMMAND_GET, text, "")), more ? M_OPTION_VALUE : M_NONE);
    }
}

static void test_a_selector_hides_the_other_selectors_of_lower_rank(void **state)
{
    (void)state;
    assert_false(
        failed(read_options(COMMAND_GET, "--object-id|" GUID_1, "AZURE_CLIENT_ID=mine|AZFOB_CLIENT_ID=" GUID_2)));
    assert_slice(options.object_id, S(GUID_1));
    assert_int_equal(options.client_id.len, 0);
    assert_false(
        failed(read_options(COMMAND_GET, "", "AZURE_CLIENT_ID=" GUID_1 "|AZFOB_RESOURCE_ID=/subscriptions/x")));
    assert_slice(options.resource_id, S("/subscriptions/x"));
    assert_int_equal(options.client_id.len, 0);
    assert_false(failed(read_options(COMMAND_GET, "", "AZURE_CLIENT_ID=" GUID_1)));
    assert_slice(options.client_id, S(GUID_1));
    assert_false(failed(read_options(COMMAND_GET, "-q", "AZFOB_VERBOSE=2")));
    assert_true(options.quiet && options.verbose == 0);
}

static void test_variables_set_flags_and_lists(void **state)
{
    (void)state;
    assert_false(
        failed(read_options(COMMAND_EXEC, "--|x",
                            "AZFOB_CHALLENGE=Yes|AZFOB_INIT=0|AZFOB_VERBOSE=2|AZFOB_DROP_IDENTITY=1|"
                            "AZFOB_ALLOW_HOST=a.example, b.example|AZFOB_FILE=x.conf y.conf|AZFOB_TIMEOUT=5s")));
    assert_true(options.challenge && !options.init && options.verbose == 2 && options.drop_identity);
    assert_int_equal(options.allow_hosts, 2);
    assert_slice(options.allow_host[1], S("b.example"));
    assert_int_equal(options.manifests, 2);
    assert_true(options.timeout_given && options.timeout_ms == 5000);
    assert_false(failed(read_options(COMMAND_EXEC, "-f|z.conf|--|x", "AZFOB_FILE=x.conf y.conf")));
    assert_int_equal(options.manifests, 1);
}

static void test_variables_of_others_are_left_alone(void **state)
{
    (void)state;
    assert_false(
        failed(read_options(COMMAND_TOKEN, "",
                            "AZFOB_VERSION=1.2|AZFOB_HELP=1|AZFOB_SERVICE_HOST=10.0.0.1|AZFOB_PORT=tcp://10.0.0.1:1|"
                            "AZFOB_PORT_443_TCP_ADDR=10.0.0.1|AZFOB_PROXY_SERVICE_PORT=1|AZFOB_FORMAT=yaml|"
                            "AZFOBULOUS=1|AZFOB_CHALLENGE=")));
    assert_false(options.help || options.version || options.challenge);
}

static void test_a_list_that_is_too_long_is_an_error(void **state)
{
    (void)state;
    assert_false(failed(read_options(COMMAND_WRITE, "-fa|-fb|-fc|-fd|-fe|-ff|-fg|-fh", "")));
    assert_int_equal(err_message(read_options(COMMAND_WRITE, "-fa|-fb|-fc|-fd|-fe|-ff|-fg|-fh|-fi", "")),
                     M_OPTION_TOO_MANY);
}

static void test_a_lone_dash_is_an_operand(void **state)
{
    (void)state;
    assert_false(failed(read_options(COMMAND_GET, "-", "")));
    assert_int_equal(options.operands, 1);
    assert_string_equal(options.operand[0], "-");
}

static void test_the_nearest_name_is_near(void **state)
{
    (void)state;
    static const char names[] = "get\0write\0exec\0list\0unwrap\0wrap\0";
    assert_slice(nearest_name(guarded(S("wirte")), names), S("write"));
    assert_slice(nearest_name(guarded(S("unwarp")), names), S("unwrap"));
    assert_slice(nearest_name(guarded(S("gte")), names), S("get"));
    assert_slice(nearest_name(guarded(S("lists")), names), S("list"));
    assert_int_equal(nearest_name(guarded(S("")), names).len, 0);
    assert_int_equal(nearest_name(guarded(S("delete")), names).len, 0);
    assert_int_equal(nearest_name(guarded(S("x")), names).len, 0);
    assert_int_equal(nearest_name(guarded(S("writewritewritewritewrite")), names).len, 0);
}

static void test_help_has_a_line_for_each_option_of_the_command(void **state)
{
    (void)state;
    static uint8_t room[8192];
    struct buf help = BUF(room);
    option_help(COMMAND_LIST, &help);
    slice rest = buf_slice(&help), line;
    bool versions = false, init = false, timeout = false;
    while (rest.len) {
        assert_true(slice_cut(&rest, '\n', &line));
        assert_true(line.len <= 100);
        versions = versions || slice_starts(line, S("      --versions NAME  "));
        timeout = timeout || slice_starts(line, S("      --timeout DUR  "));
        init = init || slice_starts(line, S("      --init"));
    }
    assert_true(versions && timeout && !init && !help.full);
}

static void test_algorithms_are_named_as_the_service_names_them(void **state)
{
    (void)state;
    enum wrap_algorithm algorithm = ALGORITHM_DEFAULT;
    assert_slice(wrap_algorithm_name(ALGORITHM_DEFAULT), S("RSA-OAEP-256"));
    assert_true(wrap_algorithm_of(guarded(S("RSA-OAEP")), &algorithm));
    assert_int_equal(algorithm, ALGORITHM_RSA_OAEP);
    assert_false(wrap_algorithm_of(guarded(S("rsa-oaep")), &algorithm));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_given_means_the_defaults),
        cmocka_unit_test(test_options_stand_before_and_behind_operands),
        cmocka_unit_test(test_the_command_of_exec_is_left_alone),
        cmocka_unit_test(test_every_option_has_its_value),
        cmocka_unit_test(test_every_mistake_is_named_by_option_or_variable),
        cmocka_unit_test(test_an_option_beats_its_variable_which_beats_the_azure_tools),
        cmocka_unit_test(test_a_resource_id_has_a_largest_length),
        cmocka_unit_test(test_a_selector_hides_the_other_selectors_of_lower_rank),
        cmocka_unit_test(test_variables_set_flags_and_lists),
        cmocka_unit_test(test_variables_of_others_are_left_alone),
        cmocka_unit_test(test_a_list_that_is_too_long_is_an_error),
        cmocka_unit_test(test_a_lone_dash_is_an_operand),
        cmocka_unit_test(test_the_nearest_name_is_near),
        cmocka_unit_test(test_help_has_a_line_for_each_option_of_the_command),
        cmocka_unit_test(test_algorithms_are_named_as_the_service_names_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
