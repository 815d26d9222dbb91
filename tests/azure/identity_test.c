#include "lib/cm.h"

#include "azure/identity.h"

static uint8_t notes_room[512];
static struct buf notes;

/* With these variables set to "x" but for those given a value. */
static err choose(struct identity *identity, struct identity_setting *setting)
{
    notes = BUF(notes_room);
    *identity = (struct identity){.talk = {.notes = &notes}};
    return identity_choose(identity, setting);
}

enum {
    ENDPOINT = 1u << VARIABLE_IDENTITY_ENDPOINT,
    HEADER = 1u << VARIABLE_IDENTITY_HEADER,
    THUMBPRINT = 1u << VARIABLE_IDENTITY_SERVER_THUMBPRINT,
    IMDS_ENDPOINT = 1u << VARIABLE_IMDS_ENDPOINT,
    MSI_ENDPOINT = 1u << VARIABLE_MSI_ENDPOINT,
    MSI_SECRET = 1u << VARIABLE_MSI_SECRET,
    FEDERATED = 1u << VARIABLE_AZURE_FEDERATED_TOKEN_FILE,
    TENANT = 1u << VARIABLE_AZURE_TENANT_ID,
};

static err choose_by(unsigned variables, struct identity_setting *setting)
{
    struct identity identity;
    *setting = (struct identity_setting){.source = IDENTITY_AUTO};
    for (unsigned i = 0; i < IDENTITY_VARIABLES; i++)
        if (variables & 1u << i)
            setting->variable[i] = S("x");
    return choose(&identity, setting);
}

static void test_the_environment_chooses_in_the_order_of_the_sdks(void **state)
{
    static const struct {
        unsigned variables;
        slice source, by; /* by: the variable that the message names */
    } rows[] = {
        {FEDERATED | TENANT, S_INIT("workload"), S_INIT("AZURE_FEDERATED_TOKEN_FILE")},
        {FEDERATED | TENANT | ENDPOINT | HEADER | MSI_ENDPOINT, S_INIT("workload"),
         S_INIT("AZURE_FEDERATED_TOKEN_FILE")},
        {ENDPOINT | HEADER | THUMBPRINT, S_INIT("service-fabric"), S_INIT("IDENTITY_ENDPOINT")},
        {ENDPOINT | HEADER | THUMBPRINT | IMDS_ENDPOINT | MSI_ENDPOINT | MSI_SECRET, S_INIT("service-fabric"),
         S_INIT("IDENTITY_ENDPOINT")},
        {ENDPOINT | HEADER, S_INIT("app-service"), S_INIT("IDENTITY_ENDPOINT")},
        {ENDPOINT | HEADER | MSI_ENDPOINT | MSI_SECRET, S_INIT("app-service"), S_INIT("IDENTITY_ENDPOINT")},
        {ENDPOINT | IMDS_ENDPOINT, S_INIT("arc"), S_INIT("IDENTITY_ENDPOINT")},
        {MSI_ENDPOINT | MSI_SECRET, S_INIT("azure-ml"), S_INIT("MSI_ENDPOINT")},
        {MSI_ENDPOINT, S_INIT("cloud-shell"), S_INIT("MSI_ENDPOINT")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct identity_setting setting;
        err e = choose_by(rows[i].variables, &setting);
        assert_int_equal(err_message(e), M_IDENTITY_LATER_VERSION);
        assert_slice(e->arg[0], rows[i].source);
        assert_slice(e->arg[1], rows[i].by);
    }
}

static void test_a_half_set_pair_is_an_error_that_names_both(void **state)
{
    static const struct {
        unsigned variables;
        slice set, missing;
    } rows[] = {
        {FEDERATED, S_INIT("AZURE_FEDERATED_TOKEN_FILE"), S_INIT("AZURE_TENANT_ID")},
        {ENDPOINT, S_INIT("IDENTITY_ENDPOINT"), S_INIT("IDENTITY_HEADER")},
        {HEADER, S_INIT("IDENTITY_HEADER"), S_INIT("IDENTITY_ENDPOINT")},
        {HEADER | THUMBPRINT, S_INIT("IDENTITY_HEADER"), S_INIT("IDENTITY_ENDPOINT")},
        {MSI_SECRET, S_INIT("MSI_SECRET"), S_INIT("MSI_ENDPOINT")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct identity_setting setting;
        err e = choose_by(rows[i].variables, &setting);
        assert_int_equal(err_message(e), M_IDENTITY_HALF_SET);
        assert_int_equal(err_status(e), EXIT_IS_CONFIG);
        assert_slice(e->arg[0], rows[i].set);
        assert_slice(e->arg[1], rows[i].missing);
    }
}

static void test_without_any_of_them_it_is_the_machine_s_own_service(void **state)
{
    /* a tenant alone, or the thumbprint or IMDS_ENDPOINT alone, choose nothing */
    static const unsigned variables[] = {0, TENANT, THUMBPRINT, IMDS_ENDPOINT};
    (void)state;
    for (size_t i = 0; i < COUNT(variables); i++) {
        struct identity_setting setting = {.source = IDENTITY_AUTO};
        assert_false(failed(choose_by(variables[i], &setting)));
        assert_int_equal(setting.source, IDENTITY_IMDS);
    }
    struct identity_setting setting = {.source = IDENTITY_AUTO};
    struct identity identity;
    assert_false(failed(choose(&identity, &setting)));
    assert_ptr_equal(identity.talk.tell, imds_tell);
    assert_ptr_equal(identity.setting, &setting);
    assert_slice(identity.talk.to.host, S("169.254.169.254"));
    assert_int_equal(identity.talk.to.port, 80);
    assert_false(identity.talk.to.tls);
}

static void test_a_source_that_was_named_is_not_guessed(void **state)
{
    struct identity_setting setting = {.source = IDENTITY_IMDS};
    struct identity identity;
    (void)state;
    setting.variable[VARIABLE_IDENTITY_ENDPOINT] = S("http://x");
    setting.variable[VARIABLE_AZURE_FEDERATED_TOKEN_FILE] = S("/x");
    assert_false(failed(choose(&identity, &setting)));
    assert_ptr_equal(identity.talk.tell, imds_tell);
    for (unsigned source = IDENTITY_APP_SERVICE; source <= IDENTITY_TOKEN_FILE; source++) {
        setting.source = (enum identity_source)source;
        err e = choose(&identity, &setting);
        if (source == IDENTITY_WORKLOAD) {
            assert_int_equal(err_message(e), M_IDENTITY_HALF_SET);
            continue;
        }
        assert_int_equal(err_message(e), M_IDENTITY_LATER_VERSION);
        assert_slice(e->arg[0], identity_source_name((enum identity_source)source));
        assert_slice(e->arg[1], S("--identity"));
    }
}

static void test_the_authority_host_of_pod_identity_replaces_the_address(void **state)
{
    static const struct {
        slice value, host;
        uint16_t port;
    } good[] = {
        {S_INIT("http://127.0.0.1:2579"), S_INIT("127.0.0.1"), 2579},
        {S_INIT("http://imds.example/"), S_INIT("imds.example"), 80},
        {S_INIT("http://[fd00::1]:81"), S_INIT("fd00::1"), 81},
    };
    static const slice bad[] = {
        S_INIT("127.0.0.1"),
        S_INIT("https://127.0.0.1"),
        S_INIT("http://127.0.0.1/metadata"),
        S_INIT("http://127.0.0.1?x"),
        S_INIT("http://a@b"),
        S_INIT("http://127.0.0.1#"),
        S_INIT("http://"),
        S_INIT("ftp://127.0.0.1"),
        S_INIT("http://127.0.0.1\r\nX: y"),
    };
    struct identity_setting setting = {.source = IDENTITY_IMDS};
    struct identity identity;
    slice *variable = &setting.variable[VARIABLE_AZURE_POD_IDENTITY_AUTHORITY_HOST];
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        *variable = good[i].value;
        assert_false(failed(choose(&identity, &setting)));
        assert_slice(identity.talk.to.host, good[i].host);
        assert_int_equal(identity.talk.to.port, good[i].port);
        assert_false(identity.talk.to.tls);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        *variable = bad[i];
        err e = choose(&identity, &setting);
        assert_int_equal(err_message(e), M_BAD_AUTHORITY_HOST);
        assert_slice(e->arg[0], bad[i]);
    }
}

static void test_a_new_conversation_forgets_the_last_one(void **state)
{
    struct identity identity = {.tries = 5, .token = S_INIT("old"), .expires_at = 1, .now = 2, .resource = S_INIT("r")};
    (void)state;
    identity_start(&identity, S("https://vault.azure.net"), 1700000000);
    assert_int_equal(identity.tries, 0);
    assert_int_equal(identity.token.len, 0);
    assert_int_equal(identity.expires_at, 0);
    assert_int_equal(identity.now, 1700000000);
    assert_slice(identity.resource, S("https://vault.azure.net"));
}

static void test_each_source_has_the_name_that_its_option_takes(void **state)
{
    static const slice names[] = {S_INIT("auto"),     S_INIT("imds"),           S_INIT("app-service"),
                                  S_INIT("arc"),      S_INIT("service-fabric"), S_INIT("cloud-shell"),
                                  S_INIT("azure-ml"), S_INIT("workload"),       S_INIT("token-file")};
    (void)state;
    for (unsigned i = 0; i < COUNT(names); i++)
        assert_slice(identity_source_name((enum identity_source)i), names[i]);
    for (unsigned i = 0; i < IDENTITY_VARIABLES; i++)
        assert_true(identity_variable_name[i].len > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_environment_chooses_in_the_order_of_the_sdks),
        cmocka_unit_test(test_a_half_set_pair_is_an_error_that_names_both),
        cmocka_unit_test(test_without_any_of_them_it_is_the_machine_s_own_service),
        cmocka_unit_test(test_a_source_that_was_named_is_not_guessed),
        cmocka_unit_test(test_the_authority_host_of_pod_identity_replaces_the_address),
        cmocka_unit_test(test_a_new_conversation_forgets_the_last_one),
        cmocka_unit_test(test_each_source_has_the_name_that_its_option_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
