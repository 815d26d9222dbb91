#include "lib/cm.h"
#include "lib/guard.h"
#include "plan/plan.h"

enum { MAX = 4096, ANY = 1 << TARGET_OUTPUT | 1 << TARGET_VARIABLE | 1 << TARGET_MEMFILE | 1 << TARGET_FILE };

static struct item item[MAX];
static struct use use[MAX];
static uint8_t notes_room[16384];
static struct buf notes;
static struct plan plan;
static struct ref default_vault;
static struct plan_setting setting;

static void start(unsigned targets, size_t max)
{
    notes = BUF(notes_room);
    default_vault = (struct ref){.vault = S("my-vault"), .port = VAULT_PORT};
    setting = (struct plan_setting){.suffix = S("vault.azure.net"),
                                    .vault = &default_vault,
                                    .targets = targets,
                                    .mode = FILE_MODE,
                                    .user = OWNER_KEEP,
                                    .group = OWNER_KEEP};
    plan_start(&plan, &setting, item, use, max, &notes);
}

static slice line_of(size_t mistake)
{
    static uint8_t room[1024];
    struct buf line = BUF(room);
    err_write(&plan.mistake[mistake], &line);
    return buf_slice(&line);
}

static void test_a_secret_that_is_wanted_twice_is_one_item(void **state)
{
    (void)state;
    start(ANY, MAX);
    assert_true(plan_assign(&plan, S("A=db")));
    assert_true(plan_assign(&plan, S("@B=https://MY-VAULT.vault.azure.net/secrets/DB/")));
    assert_true(plan_assign(&plan, S("./c=my-vault/certificates/db?part=key")));
    assert_true(plan_assign(&plan, S("D=other/db")));
    assert_true(plan_output(&plan, S("/db/0123456789abcdef0123456789abcdef")));
    assert_int_equal(plan.uses, 5);
    assert_int_equal(plan.items, 3);
    assert_int_equal(plan.vaults, 2);
    assert_int_equal(plan.mistakes, 0);
    assert_true(use[0].item == 0 && use[1].item == 0 && use[2].item == 0 && use[3].item == 1 && use[4].item == 2);
    assert_slice(item[0].vault->to.host, S("my-vault.vault.azure.net"));
    assert_slice(item[0].vault->resource, S("https://vault.azure.net"));
    assert_true(item[0].vault->to.tls && item[0].vault->to.port == 443);
    assert_ptr_equal(item[0].vault, item[2].vault);
    assert_slice(item[1].vault->to.host, S("other.vault.azure.net"));
    assert_slice(item[0].ref->name, S("db"));
    assert_int_equal(use[2].ref.part, PART_KEY);
    assert_int_equal(item[0].state, ITEM_WAITING);
}

static void test_a_vault_that_no_secret_is_wanted_of_is_found_and_judged_all_the_same(void **state)
{
    struct ref ref;
    (void)state;
    start(ANY, MAX);
    assert_int_equal(err_message(ref_read_vault(S("https://OTHER.vault.azure.net:8443/"), &ref)), M_NONE);
    const struct vault *vault = plan_vault(&plan, &ref);
    assert_non_null(vault);
    assert_slice(vault->to.host, S("other.vault.azure.net"));
    assert_int_equal(vault->to.port, 8443);
    assert_ptr_equal(plan_vault(&plan, &ref), vault);
    assert_true(plan.vaults == 1 && plan.items == 0 && plan.mistakes == 0);
    assert_int_equal(err_message(ref_read_vault(S("vault.example"), &ref)), M_NONE);
    plan_vault(&plan, &ref);
    assert_int_equal(plan.mistakes, 1);
    assert_int_equal(plan.mistake[0].message, M_VAULT_FAR_HOST);
}

static void test_an_item_is_optional_only_if_all_its_uses_are(void **state)
{
    (void)state;
    start(ANY, MAX);
    assert_true(plan_assign(&plan, S("A=db?optional")) && plan_assign(&plan, S("B=x?optional")));
    assert_true(item[0].optional && item[1].optional);
    assert_true(plan_assign(&plan, S("C=db")));
    assert_true(!item[0].optional && item[1].optional);
    assert_true(use[0].ref.optional && !use[2].ref.optional);
}

static void test_all_mistakes_are_named_with_their_places(void **state)
{
    (void)state;
    start(1 << TARGET_FILE, MAX);
    assert_false(plan_assign(&plan, S("./a=my_secret")));
    plan_manifest(&plan, S("secrets.conf"),
                  S("# one good line\n"
                    "/run/a=a mode=0440\n"
                    "/run/b=b_b\n"
                    "a.b=c_c\n"
                    "A=d\n"
                    "/run//a=e\n"));
    assert_false(plan_assign(&plan, S("no-assignment")));
    static const slice lines[] = {
        S_INIT("\"my_secret\": column 3: Key Vault has no underscores in names; "
               "write \"-\", as the secret in the vault has it"),
        S_INIT("secrets.conf line 3: \"b_b\": column 2: Key Vault has no underscores in names; "
               "write \"-\", as the secret in the vault has it"),
        S_INIT("secrets.conf line 4: \"a.b\": this is no variable's name; "
               "write NAME=REF, @NAME=REF, or for a file a path with a \"/\" (./FILE=REF)"),
        S_INIT("secrets.conf line 4: \"c_c\": column 2: Key Vault has no underscores in names; "
               "write \"-\", as the secret in the vault has it"),
        S_INIT("secrets.conf line 5: \"A\": this command sets no variables; "
               "write a path with a \"/\" (./FILE=REF), or use exec"),
        S_INIT("secrets.conf line 6: \"/run//a\": two values go there; give each its own target"),
        S_INIT("\"no-assignment\": there is no \"=\" in it; write TARGET=REF; for exec the command stands behind --"),
    };
    assert_int_equal(plan.mistakes, COUNT(lines));
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_slice(line_of(i), lines[i]);
    assert_int_equal(plan.uses, 1);
    assert_int_equal(use[0].target.mode, 0440);
}

static void test_files_that_say_nothing_get_the_commands_mode_and_owner(void **state)
{
    (void)state;
    start(ANY, MAX);
    setting.mode = 0444;
    setting.user = 7;
    setting.group = 8;
    plan_manifest(&plan, S("m"), S("/a=a\n/b=b mode=0400 owner=:9\n"));
    assert_true(use[0].target.mode == 0444 && use[0].target.user == 7 && use[0].target.group == 8);
    assert_true(use[1].target.mode == 0400 && use[1].target.user == 7 && use[1].target.group == 9);
}

static void test_the_environment_is_read_whole_and_in_pieces(void **state)
{
    (void)state;
    static char *const envp[] = {
        "PATH=/bin",
        "DB=akv://my-vault/db",
        "URL=pg://${akv://my-vault/user}:${akv://my-vault/password?optional}@host",
        "AZFOB_VAULT=akv://a_b",
        "HIDDEN=akv://a_b",
        "DB=akv://my-vault/second",
        "broken",
        "app.key=@Microsoft.KeyVault(VaultName=my-vault;SecretName=k)",
        "PLAIN=https://my-vault.vault.azure.net/secrets/db",
        NULL,
    };
    start(ANY, MAX);
    assert_true(plan_assign(&plan, S("HIDDEN=x")));
    plan_environment(&plan, envp);
    assert_int_equal(plan.mistakes, 0);
    assert_int_equal(plan.uses, 5);
    assert_slice(use[1].target.name, S("DB"));
    assert_slice(use[1].ref.name, S("db"));
    assert_true(!use[1].joined && use[1].before.len == 0 && use[1].after.len == 0);
    assert_slice(use[2].target.name, S("URL"));
    assert_slice(use[2].before, S("pg://"));
    assert_true(!use[2].joined && use[2].after.len == 0);
    assert_slice(use[3].target.name, S("URL"));
    assert_slice(use[3].before, S(":"));
    assert_slice(use[3].after, S("@host"));
    assert_true(use[3].joined && use[3].ref.optional);
    assert_slice(use[4].target.name, S("app.key"));
}

static void test_plain_text_of_the_environment_is_never_quoted(void **state)
{
    (void)state;
    static char *const envp[] = {
        "A=x${akv://my-vault/n;Password=hunter2;X={}",
        "B=${akv://my-vault/n hunter2",
        "C=akv://me:hunter2@my-vault.vault.azure.net/n",
        "D=${akv://my-vault/n?decode=hex;hunter2}",
        "E=akv://my-vault/n#hunter2",
        NULL,
    };
    static const slice lines[] = {
        S_INIT(
            "A: \"akv://my-vault/n;\": column 17: \";\" is in no name; a name has 1 to 127 of 0-9 A-Z a-z and \"-\""),
        S_INIT("B: reference: column 1: \"${akv://\" has no \"}\"; close it; nothing was started"),
        S_INIT("C: \"akv://\": column 7: a vault takes no user name; remove what is before the \"@\""),
    };
    start(ANY, MAX);
    plan_environment(&plan, envp);
    assert_int_equal(plan.mistakes, 5);
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_slice(line_of(i), lines[i]);
    for (size_t i = 0; i < plan.mistakes; i++) {
        slice line = line_of(i);
        for (size_t k = 0; k < line.len; k++)
            assert_false(slice_starts(slice_after(line, k), S("hunter2")));
    }
}

static void test_a_host_outside_the_known_clouds_must_be_allowed(void **state)
{
    (void)state;
    static const slice allowed[] = {S_INIT("Vault.example")};
    start(ANY, MAX);
    setting.allow_host = allowed;
    setting.allow_hosts = COUNT(allowed);
    assert_true(plan_assign(&plan, S("A=vault.example:8443/db")));
    assert_int_equal(plan.mistakes, 0);
    assert_int_equal(item[0].vault->resource.len, 0);
    assert_int_equal(item[0].vault->to.port, 8443);
    plan_assign(&plan, S("B=evil.example/db"));
    plan_assign(&plan, S("C=evil.example/db2"));
    assert_int_equal(plan.mistakes, 1);
    assert_int_equal(plan.mistake[0].message, M_VAULT_FAR_HOST);
}

static void test_without_a_default_vault_a_bare_name_is_a_mistake(void **state)
{
    (void)state;
    start(ANY, MAX);
    setting.vault = NULL;
    assert_false(plan_output(&plan, S("db")));
    assert_true(plan_output(&plan, S("my-vault/db")));
    assert_int_equal(plan.mistake[0].message, M_PLAN_NO_VAULT);
}

static void test_two_outputs_of_one_name_are_a_mistake_where_names_matter(void **state)
{
    (void)state;
    start(ANY, MAX);
    assert_true(plan_output(&plan, S("a")) && plan_output(&plan, S("b")));
    plan_check_names(&plan);
    assert_int_equal(plan.mistakes, 0);
    assert_slice(use[0].target.name, S("a"));
    assert_true(plan_output(&plan, S("other/b")));
    plan_check_names(&plan);
    assert_int_equal(plan.mistakes, 1);
    assert_int_equal(plan.mistake[0].message, M_PLAN_OUTPUT_TWICE);
}

static void test_more_than_there_is_room_for_is_a_mistake(void **state)
{
    (void)state;
    start(ANY, 2);
    assert_true(plan_output(&plan, S("a")) && plan_output(&plan, S("b")));
    assert_false(plan_output(&plan, S("c")));
    assert_int_equal(plan.mistake[0].message, M_PLAN_FULL);
    assert_int_equal(plan.mistake[0].number[0], 2);
}

/* The texts stay, as argv's do: the plan points into them. */
static slice numbered(slice before, size_t n, slice after)
{
    static uint8_t all[MAX][32];
    struct buf text = BUF(all[n]);
    buf_put(&text, before);
    buf_number(&text, n);
    buf_put(&text, after);
    assert_false(text.full);
    return buf_slice(&text);
}

static void test_thousands_of_secrets_find_their_items(void **state)
{
    (void)state;
    start(ANY, MAX);
    for (size_t i = 0; i < MAX; i++)
        assert_true(plan_output(&plan, numbered(S("secret-"), i / 2, i % 2 ? S("?optional") : S(""))));
    assert_int_equal(plan.uses, MAX);
    assert_int_equal(plan.items, MAX / 2);
    for (size_t i = 0; i < MAX; i++)
        assert_int_equal(use[i].item, i / 2);
    assert_true(notes.len < 64);
}

static void test_too_many_vaults_and_mistakes_are_answers_too(void **state)
{
    (void)state;
    start(ANY, MAX);
    for (size_t i = 0; i <= PLAN_VAULTS_MAX; i++)
        assert_int_equal(plan_output(&plan, numbered(S("vault"), i, S("/db"))), i < PLAN_VAULTS_MAX);
    assert_int_equal(plan.mistakes, 1);
    assert_int_equal(plan.mistake[0].message, M_PLAN_FULL);
    for (size_t i = 0; i < 2 * PLAN_MISTAKES_MAX; i++)
        assert_false(plan_output(&plan, S("a_b")));
    assert_int_equal(plan.mistakes, PLAN_MISTAKES_MAX);
}

static void test_full_notes_lose_places_but_no_host(void **state)
{
    (void)state;
    start(ANY, MAX);
    notes.cap = 30;
    plan_manifest(&plan, S("m"), S("/a=a\n/b=b_b\n/c=other-vault/c\n"));
    assert_slice(item[0].vault->to.host, S("my-vault.vault.azure.net"));
    assert_int_equal(plan.items, 1);
    assert_int_equal(plan.mistakes, 2);
    assert_int_equal(plan.mistake[0].arg[ERR_ARGS_MAX - 1].len, 0);
    assert_int_equal(plan.mistake[1].message, M_PLAN_FULL);
    assert_false(notes.full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_secret_that_is_wanted_twice_is_one_item),
        cmocka_unit_test(test_a_vault_that_no_secret_is_wanted_of_is_found_and_judged_all_the_same),
        cmocka_unit_test(test_an_item_is_optional_only_if_all_its_uses_are),
        cmocka_unit_test(test_all_mistakes_are_named_with_their_places),
        cmocka_unit_test(test_files_that_say_nothing_get_the_commands_mode_and_owner),
        cmocka_unit_test(test_the_environment_is_read_whole_and_in_pieces),
        cmocka_unit_test(test_plain_text_of_the_environment_is_never_quoted),
        cmocka_unit_test(test_a_host_outside_the_known_clouds_must_be_allowed),
        cmocka_unit_test(test_without_a_default_vault_a_bare_name_is_a_mistake),
        cmocka_unit_test(test_two_outputs_of_one_name_are_a_mistake_where_names_matter),
        cmocka_unit_test(test_more_than_there_is_room_for_is_a_mistake),
        cmocka_unit_test(test_thousands_of_secrets_find_their_items),
        cmocka_unit_test(test_too_many_vaults_and_mistakes_are_answers_too),
        cmocka_unit_test(test_full_notes_lose_places_but_no_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
