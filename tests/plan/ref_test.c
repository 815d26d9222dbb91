#include "lib/cm.h"
#include "lib/guard.h"
#include "plan/ref.h"

#define V32 "0123456789abcdef0123456789ABCDEF"
#define SUB "01234567-89ab-cdef-0123-456789abcdef"

static const slice suffix = S_INIT("vault.azure.net");

static const struct {
    slice text;
    enum ref_kind wanted;
    slice vault, name, version, pointer;
    uint16_t port;
    enum ref_kind kind;
    enum ref_decode decode;
    enum ref_part part;
    bool optional;
} good[] = {
    {.text = S("db-password"), .name = S("db-password")},
    {.text = S("/db"), .name = S("db")},
    {.text = S("/db/" V32), .name = S("db"), .version = S(V32)},
    {.text = S("my-vault/db"), .vault = S("my-vault"), .name = S("db")},
    {.text = S("my-vault/db/" V32), .vault = S("my-vault"), .name = S("db"), .version = S(V32)},
    {.text = S("v.vault.azure.cn/db"), .vault = S("v.vault.azure.cn"), .name = S("db")},
    {.text = S("v.example:8443/db"), .vault = S("v.example"), .name = S("db"), .port = 8443},
    {.text = S("akv://my-vault/db"), .vault = S("my-vault"), .name = S("db")},
    {.text = S("AKV://my-vault/db"), .vault = S("my-vault"), .name = S("db")},
    {.text = S("akv://v.example:1/db/" V32), .vault = S("v.example"), .name = S("db"), .version = S(V32), .port = 1},
    {.text = S("akv://my-vault/secrets/db"), .vault = S("my-vault"), .name = S("db")},
    {.text = S("akv://my-vault/certificates/tls"), .vault = S("my-vault"), .name = S("tls"), .kind = REF_CERTIFICATE},
    /* A word that nothing follows is a name, and one that is said to be a secret's is too. */
    {.text = S("akv://my-vault/keys"), .vault = S("my-vault"), .name = S("keys")},
    {.text = S("akv://my-vault/secrets/keys/" V32), .vault = S("my-vault"), .name = S("keys"), .version = S(V32)},
    {.text = S("https://v.vault.azure.net/secrets/db"), .vault = S("v.vault.azure.net"), .name = S("db")},
    {.text = S("https://v.vault.azure.net/secrets/db/"), .vault = S("v.vault.azure.net"), .name = S("db")},
    {.text = S("HTTPS://v.vault.azure.net:443/Secrets/db/" V32),
     .vault = S("v.vault.azure.net"),
     .name = S("db"),
     .version = S(V32)},
    {.text = S("https://v.vault.azure.net/certificates/tls/" V32),
     .vault = S("v.vault.azure.net"),
     .name = S("tls"),
     .version = S(V32),
     .kind = REF_CERTIFICATE},
    {.text = S("@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/db/)"),
     .vault = S("v.vault.azure.net"),
     .name = S("db")},
    {.text = S("@microsoft.keyvault(secreturi=https://v.vault.azure.net/secrets/db/" V32 ")?optional#/a"),
     .vault = S("v.vault.azure.net"),
     .name = S("db"),
     .version = S(V32),
     .pointer = S("/a"),
     .optional = true},
    {.text = S("@Microsoft.KeyVault(VaultName=my-vault;SecretName=db)"), .vault = S("my-vault"), .name = S("db")},
    {.text = S("@Microsoft.KeyVault(VaultName=my-vault;SecretName=db;SecretVersion=)"),
     .vault = S("my-vault"),
     .name = S("db")},
    {.text = S("@Microsoft.KeyVault(SecretVersion=" V32 ";SecretName=db;VaultName=my-vault)"),
     .vault = S("my-vault"),
     .name = S("db"),
     .version = S(V32)},
    {.text = S("akvs://" SUB "/my-vault/db/" V32), .vault = S("my-vault"), .name = S("db"), .version = S(V32)},
    {.text = S("ref+azurekeyvault://my-vault/db#/a/b"), .vault = S("my-vault"), .name = S("db"), .pointer = S("/a/b")},
    /* Without a collection's words of their own, these two forms have secrets of any name. */
    {.text = S("ref+azurekeyvault://my-vault/keys/" V32), .vault = S("my-vault"), .name = S("keys"), .version = S(V32)},
    {.text = S("db?decode=base64"), .name = S("db"), .decode = DECODE_BASE64},
    {.text = S("db?decode=base64url"), .name = S("db"), .decode = DECODE_BASE64URL},
    {.text = S("db?decode=hex"), .name = S("db"), .decode = DECODE_HEX},
    {.text = S("tls?part=key"), .name = S("tls"), .part = PART_KEY},
    {.text = S("tls?part=cert"), .name = S("tls"), .part = PART_CERT},
    {.text = S("tls?part=chain&optional&decode=base64#/x"),
     .name = S("tls"),
     .pointer = S("/x"),
     .decode = DECODE_BASE64,
     .part = PART_CHAIN,
     .optional = true},
    /* A pointer is not a URL: nothing in it is special but "~" and "/". */
    {.text = S("db#/a?b=c#d~1 e%20"), .name = S("db"), .pointer = S("/a?b=c#d~1 e%20")},
    {.text = S("db#/"), .name = S("db"), .pointer = S("/")},
    {.text = S("disk-key"), .wanted = REF_KEY, .name = S("disk-key"), .kind = REF_KEY},
    {.text = S("akv://my-vault/keys/k/" V32),
     .wanted = REF_KEY,
     .vault = S("my-vault"),
     .name = S("k"),
     .version = S(V32),
     .kind = REF_KEY},
    {.text = S("https://h.managedhsm.azure.net/keys/k"),
     .wanted = REF_KEY,
     .vault = S("h.managedhsm.azure.net"),
     .name = S("k"),
     .kind = REF_KEY},
};

static void test_every_spelling_gives_its_parts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct ref ref;
        slice text = guarded(good[i].text);
        assert_int_equal(err_message(ref_read(text, good[i].wanted, &ref)), M_NONE);
        assert_true(slice_equal(ref.text, text));
        assert_true(slice_equal(ref.vault, good[i].vault));
        assert_true(slice_equal(ref.name, good[i].name));
        assert_true(slice_equal(ref.version, good[i].version));
        assert_true(slice_equal(ref.pointer, good[i].pointer));
        assert_int_equal(ref.port, good[i].port ? good[i].port : VAULT_PORT);
        assert_int_equal(ref.kind, good[i].kind);
        assert_int_equal(ref.decode, good[i].decode);
        assert_int_equal(ref.part, good[i].part);
        assert_int_equal(ref.optional, good[i].optional);
    }
}

#define N127                                                                                                           \
    "a23456789-b23456789-c23456789-d23456789-e23456789-f23456789-g23456789-h23456789-i23456789-j23456789-k23456789-"   \
    "l23456789-2345678"

static const struct {
    slice text;
    enum message message;
    int64_t column;
    enum ref_kind wanted;
} bad[] = {
    {S(""), M_REF_NO_NAME, 1, REF_SECRET},
    {S("my_secret"), M_REF_UNDERSCORE, 3, REF_SECRET},
    {S("akv://my-vault/a_b"), M_REF_UNDERSCORE, 17, REF_SECRET},
    {S("a.b"), M_REF_NAME_BYTE, 2, REF_SECRET},
    {S("a b"), M_REF_NAME_BYTE, 2, REF_SECRET},
    {S("caf\xc3\xa9"), M_REF_NAME_BYTE, 4, REF_SECRET},
    {S("db%20"), M_REF_NAME_BYTE, 3, REF_SECRET},
    {S(N127 "9"), M_REF_NAME_LONG, 128, REF_SECRET},
    {S("/"), M_REF_NO_NAME, 2, REF_SECRET},
    {S("my-vault/"), M_REF_NO_NAME, 10, REF_SECRET},
    {S("akv://my-vault"), M_REF_NO_NAME, 15, REF_SECRET},
    {S("akv://my-vault/"), M_REF_NO_NAME, 16, REF_SECRET},
    {S("akv:///db"), M_REF_VAULT, 7, REF_SECRET},
    {S("akv://"), M_REF_NO_NAME, 7, REF_SECRET},
    {S("/db/"), M_REF_VERSION, 5, REF_SECRET},
    {S("/db/1"), M_REF_VERSION, 5, REF_SECRET},
    {S("/db/" V32 "0"), M_REF_VERSION, 5, REF_SECRET},
    {S("/db/" V32 "/"), M_REF_VERSION, 37, REF_SECRET},
    {S("/db/g123456789abcdef0123456789abcdef"), M_REF_VERSION, 5, REF_SECRET},
    {S("ab/db"), M_REF_VAULT, 3, REF_SECRET},
    {S("1ab/db"), M_REF_VAULT, 1, REF_SECRET},
    {S("a--b/db"), M_REF_VAULT, 3, REF_SECRET},
    {S("abc-/db"), M_REF_VAULT, 5, REF_SECRET},
    {S("a234567890123456789012345/db"), M_REF_VAULT, 25, REF_SECRET},
    {S("my-vault:443/db"), M_REF_VAULT, 9, REF_SECRET},
    {S("a..b/db"), M_REF_VAULT, 1, REF_SECRET},
    {S("10.0.0.1/db"), M_REF_VAULT, 1, REF_SECRET},
    {S("v.example:0/db"), M_REF_PORT, 11, REF_SECRET},
    {S("v.example:65536/db"), M_REF_PORT, 11, REF_SECRET},
    {S("v.example:/db"), M_REF_PORT, 11, REF_SECRET},
    {S("me@v.example/db"), M_REF_USER_INFO, 1, REF_SECRET},
    {S("https://me:pw@v.example/secrets/db"), M_REF_USER_INFO, 9, REF_SECRET},
    {S("http://v.vault.azure.net/secrets/db"), M_REF_PLAIN_HTTP, 1, REF_SECRET},
    {S("@Microsoft.KeyVault(SecretUri=http://v.vault.azure.net/secrets/db)"), M_REF_PLAIN_HTTP, 31, REF_SECRET},
    {S("https://localhost/secrets/db"), M_REF_VAULT, 9, REF_SECRET},
    {S("https://10.0.0.1/secrets/db"), M_REF_VAULT, 9, REF_SECRET},
    {S("https://[::1]/secrets/db"), M_REF_VAULT, 10, REF_SECRET},
    {S("https://v.example:x/secrets/db"), M_REF_URL, 19, REF_SECRET},
    {S("https://v.example"), M_REF_COLLECTION, 18, REF_SECRET},
    {S("https://v.example/secrets"), M_REF_COLLECTION, 19, REF_SECRET},
    {S("https://v.example/secret/db"), M_REF_COLLECTION, 19, REF_SECRET},
    {S("https://v.example/secrets/"), M_REF_NO_NAME, 27, REF_SECRET},
    {S("https://v.example/secrets/db?api-version=7.4"), M_REF_OPTION, 30, REF_SECRET},
    {S("op://vault/db/field"), M_REF_SCHEME, 1, REF_SECRET},
    {S("akvs://my-vault/db"), M_REF_SUBSCRIPTION, 8, REF_SECRET},
    {S("akvs://" SUB), M_REF_NO_NAME, 44, REF_SECRET},
    {S("ref+azurekeyvault://my-vault/secrets/db"), M_REF_VERSION, 38, REF_SECRET},
    {S("@Microsoft.KeyVault(SecretUri=https://v.example/secrets/db"), M_REF_UNCLOSED, 59, REF_SECRET},
    {S("@Microsoft.KeyVault("), M_REF_UNCLOSED, 21, REF_SECRET},
    {S("@Microsoft.KeyVault()"), M_REF_APP_SERVICE, 21, REF_SECRET},
    {S("@Microsoft.KeyVault(VaultName=my-vault)"), M_REF_APP_SERVICE, 39, REF_SECRET},
    {S("@Microsoft.KeyVault(VaultName=my-vault;VaultName=my-vault;SecretName=db)"), M_REF_APP_SERVICE, 40, REF_SECRET},
    {S("@Microsoft.KeyVault(VaultName=my-vault;SecretName=db;)"), M_REF_APP_SERVICE, 54, REF_SECRET},
    {S("@Microsoft.KeyVault(VaultName=my-vault;SecretName=a_b)"), M_REF_UNDERSCORE, 52, REF_SECRET},
    {S("db?"), M_REF_OPTION, 4, REF_SECRET},
    {S("db?optional="), M_REF_OPTION, 4, REF_SECRET},
    {S("db?optional&Optional"), M_REF_OPTION, 13, REF_SECRET},
    {S("db?decode=base32"), M_REF_OPTION, 4, REF_SECRET},
    {S("db?decode=hex&decode=base64"), M_REF_OPTION_TWICE, 15, REF_SECRET},
    {S("db?optional&optional"), M_REF_OPTION_TWICE, 13, REF_SECRET},
    {S("db#"), M_REF_POINTER, 4, REF_SECRET},
    {S("db#a"), M_REF_POINTER, 4, REF_SECRET},
    {S("db#/a/~2"), M_REF_POINTER, 7, REF_SECRET},
    {S("db\n"), M_REF_BYTE, 3, REF_SECRET},
    {S("db#/a\x7f"), M_REF_BYTE, 6, REF_SECRET},
    {S("d\0b"), M_REF_BYTE, 2, REF_SECRET},
    {S("akv://my-vault/keys/k"), M_REF_IS_KEY, 22, REF_SECRET},
    {S("https://v.example/keys/k?x"), M_REF_IS_KEY, 25, REF_SECRET},
    {S("https://v.example/secrets/db"), M_REF_NOT_KEY, 29, REF_KEY},
    {S("akvs://" SUB "/my-vault/db"), M_REF_NOT_KEY, 56, REF_KEY},
    {S("k?optional"), M_REF_KEY_OPTION, 2, REF_KEY},
    {S("k#/a"), M_REF_KEY_OPTION, 2, REF_KEY},
};

static void test_every_mistake_is_named_with_its_column(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct ref ref;
        err e = ref_read(guarded(bad[i].text), bad[i].wanted, &ref);
        assert_int_equal(err_message(e), bad[i].message);
        assert_int_equal(e->number[0], bad[i].column);
        if (e->message == M_REF_USER_INFO)
            assert_slice(e->arg[0], slice_first(bad[i].text, (size_t)bad[i].column - 1));
        else
            assert_slice(e->arg[0], bad[i].text);
        assert_int_equal(e->arg[ERR_ARGS_MAX - 1].len, 0);
        assert_int_equal(err_status(e), EXIT_IS_USAGE);
    }
}

static void test_a_name_of_127_bytes_is_a_name(void **state)
{
    (void)state;
    struct ref ref;
    assert_int_equal(S(N127).len, 127);
    assert_false(failed(ref_read(guarded(S(N127)), REF_SECRET, &ref)));
}

static void test_a_mistake_reads_as_one_line_for_the_user(void **state)
{
    (void)state;
    uint8_t room[512];
    struct buf line = BUF(room);
    struct ref ref;
    err e = ref_read(S("my_secret"), REF_SECRET, &ref);
    e->arg[ERR_ARGS_MAX - 1] = S("secrets.conf line 3: ");
    err_write(e, &line);
    assert_true(
        slice_equal(buf_slice(&line), S("secrets.conf line 3: \"my_secret\": column 3: Key Vault has no underscores "
                                        "in names; write \"-\", as the secret in the vault has it")));
}

static struct ref settled(slice text, slice vault)
{
    struct ref ref, fallback;
    assert_false(failed(ref_read(guarded(text), REF_SECRET, &ref)));
    assert_false(failed(ref_read_vault(guarded(vault), &fallback)));
    assert_true(ref_settle(&ref, &fallback));
    return ref;
}

static void test_one_secret_is_the_same_in_all_its_spellings(void **state)
{
    (void)state;
    static const slice same[] = {
        S_INIT("db"),
        S_INIT("DB"),
        S_INIT("/db?optional#/a"),
        S_INIT("my-vault/db"),
        S_INIT("MY-VAULT/db?decode=hex"),
        S_INIT("My-Vault.Vault.azure.NET/db"),
        S_INIT("my-vault.vault.azure.net:443/db"),
        S_INIT("akv://my-vault/secrets/db"),
        S_INIT("akv://my-vault/certificates/db"),
        S_INIT("https://my-vault.vault.azure.net/secrets/db/"),
        S_INIT("@Microsoft.KeyVault(VaultName=my-vault;SecretName=db)"),
        S_INIT("akvs://" SUB "/my-vault/db"),
        S_INIT("ref+azurekeyvault://my-vault/db"),
    };
    static const slice others[] = {
        S_INIT("db2"),
        S_INIT("d"),
        S_INIT("my-vault2/db"),
        S_INIT("my-vaul/db"),
        S_INIT("my-vault.vault.azure.cn/db"),
        S_INIT("my-vault-vault.azure.net/db"),
        S_INIT("my-vault.vault.azure.net.x/db"),
        S_INIT("xmy-vault.vault.azure.net/db"),
        S_INIT("my-vault.vault.azure.net:8443/db"),
        S_INIT("/db/" V32),
    };
    for (size_t i = 0; i < COUNT(same); i++) {
        struct ref a = settled(same[i], S("https://MY-vault.vault.azure.net/"));
        for (size_t k = 0; k < COUNT(same); k++) {
            struct ref b = settled(same[k], S("my-vault"));
            assert_true(ref_same_secret(&a, &b, suffix));
        }
        for (size_t k = 0; k < COUNT(others); k++) {
            struct ref b = settled(others[k], S("my-vault"));
            assert_false(ref_same_secret(&a, &b, suffix));
            assert_false(ref_same_secret(&b, &a, suffix));
        }
    }
}

static void test_a_vault_is_a_name_a_host_or_a_url(void **state)
{
    (void)state;
    static const struct {
        slice text, host;
        uint16_t port;
    } rows[] = {
        {S_INIT("Dummy-KeyVault"), S_INIT("dummy-keyvault.vault.azure.net"), 443},
        {S_INIT("v.vault.azure.cn"), S_INIT("v.vault.azure.cn"), 443},
        {S_INIT("v.example:8443"), S_INIT("v.example"), 8443},
        {S_INIT("https://v.vault.azure.net"), S_INIT("v.vault.azure.net"), 443},
        {S_INIT("https://V.vault.azure.net/"), S_INIT("v.vault.azure.net"), 443},
        {S_INIT("https://v.example:8443/"), S_INIT("v.example"), 8443},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ref vault;
        struct buf host = {guarded_room(rows[i].host.len), 0, rows[i].host.len, false};
        assert_false(failed(ref_read_vault(guarded(rows[i].text), &vault)));
        ref_host(&vault, suffix, &host);
        assert_true(slice_equal(buf_slice(&host), rows[i].host));
        assert_false(host.full);
        assert_int_equal(vault.port, rows[i].port);
        assert_int_equal(vault.name.len, 0);
    }
}

static void test_what_is_no_vault_is_refused(void **state)
{
    (void)state;
    static const struct {
        slice text;
        enum message message;
    } rows[] = {
        {S_INIT(""), M_REF_VAULT},
        {S_INIT("my_vault"), M_REF_VAULT},
        {S_INIT("my-vault/db"), M_REF_VAULT},
        {S_INIT("http://v.vault.azure.net"), M_REF_PLAIN_HTTP},
        {S_INIT("https://v.vault.azure.net/secrets"), M_REF_VAULT_PATH},
        {S_INIT("https://me@v.vault.azure.net"), M_REF_USER_INFO},
        {S_INIT("my-vault\n"), M_REF_BYTE},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ref vault;
        assert_int_equal(err_message(ref_read_vault(guarded(rows[i].text), &vault)), rows[i].message);
    }
}

static void test_without_any_vault_nothing_is_settled(void **state)
{
    (void)state;
    struct ref ref, none = {.port = VAULT_PORT};
    assert_false(failed(ref_read(S("db"), REF_SECRET, &ref)));
    assert_false(ref_settle(&ref, NULL));
    assert_false(ref_settle(&ref, &none));
}

static void test_the_default_vault_brings_its_port(void **state)
{
    (void)state;
    assert_int_equal(settled(S("db"), S("v.example:8443")).port, 8443);
    assert_int_equal(settled(S("w.example/db"), S("v.example:8443")).port, 443);
}

static void test_only_marked_spellings_are_taken_from_the_environment(void **state)
{
    (void)state;
    assert_true(ref_is_marked(guarded(S("akv://"))));
    assert_true(ref_is_marked(guarded(S("AKVS://x"))));
    assert_true(ref_is_marked(guarded(S("ref+azurekeyvault://"))));
    assert_true(ref_is_marked(guarded(S("@microsoft.keyvault("))));
    assert_false(ref_is_marked(guarded(S("akv:/"))));
    assert_false(ref_is_marked(guarded(S(" akv://v/n"))));
    assert_false(ref_is_marked(guarded(S("https://v.vault.azure.net/secrets/db"))));
    assert_false(ref_is_marked(guarded(S("my-vault/db"))));
    assert_false(ref_is_marked(guarded(S(""))));
}

static void test_what_is_written_reads_back_the_same(void **state)
{
    (void)state;
    static uint8_t room[2048];
    for (size_t i = 0; i < COUNT(good); i++) {
        struct ref ref, again, fallback = {.vault = S("my-vault"), .port = VAULT_PORT};
        struct buf text = BUF(room);
        assert_false(failed(ref_read(good[i].text, good[i].wanted, &ref)));
        assert_true(ref_settle(&ref, &fallback));
        ref_write(&ref, suffix, &text);
        assert_false(failed(ref_read(guarded(buf_slice(&text)), good[i].wanted, &again)));
        assert_true(ref_same_secret(&ref, &again, suffix));
        assert_true(ref.kind == again.kind && ref.decode == again.decode && ref.part == again.part &&
                    ref.optional == again.optional && slice_equal(ref.pointer, again.pointer));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_spelling_gives_its_parts),
        cmocka_unit_test(test_every_mistake_is_named_with_its_column),
        cmocka_unit_test(test_a_name_of_127_bytes_is_a_name),
        cmocka_unit_test(test_a_mistake_reads_as_one_line_for_the_user),
        cmocka_unit_test(test_one_secret_is_the_same_in_all_its_spellings),
        cmocka_unit_test(test_a_vault_is_a_name_a_host_or_a_url),
        cmocka_unit_test(test_what_is_no_vault_is_refused),
        cmocka_unit_test(test_without_any_vault_nothing_is_settled),
        cmocka_unit_test(test_the_default_vault_brings_its_port),
        cmocka_unit_test(test_only_marked_spellings_are_taken_from_the_environment),
        cmocka_unit_test(test_what_is_written_reads_back_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
