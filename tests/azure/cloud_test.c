#include "lib/cm.h"

#include "azure/cloud.h"

static void test_a_vault_of_each_cloud_has_its_resource(void **state)
{
    static const struct {
        slice host, resource;
    } rows[] = {
        {S_INIT("v.vault.azure.net"), S_INIT("https://vault.azure.net")},
        {S_INIT("V.VAULT.AZURE.NET"), S_INIT("https://vault.azure.net")},
        {S_INIT("h.managedhsm.azure.net"), S_INIT("https://managedhsm.azure.net")},
        {S_INIT("v.vault.usgovcloudapi.net"), S_INIT("https://vault.usgovcloudapi.net")},
        {S_INIT("h.managedhsm.usgovcloudapi.net"), S_INIT("https://managedhsm.usgovcloudapi.net")},
        {S_INIT("v.vault.azure.cn"), S_INIT("https://vault.azure.cn")},
        {S_INIT("h.managedhsm.azure.cn"), S_INIT("https://managedhsm.azure.cn")},
        {S_INIT("v.vault.microsoftazure.de"), S_INIT("https://vault.microsoftazure.de")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        slice resource;
        assert_true(cloud_of_vault(rows[i].host, &resource));
        assert_slice(resource, rows[i].resource);
    }
}

static void test_a_host_that_only_looks_like_a_vault_is_none(void **state)
{
    static const slice hosts[] = {
        S_INIT(""),
        S_INIT("vault.azure.net"), /* the suffix itself is nobody's vault */
        S_INIT(".vault.azure.net"),
        S_INIT("evilvault.azure.net"), /* no dot: another name */
        S_INIT("v.vault.azure.net.evil.example"),
        S_INIT("v.vault.azure.com"),
        S_INIT("v.privatelink.vaultcore.azure.net"),
        S_INIT("azure.net"),
        S_INIT("10.0.0.4"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(hosts); i++) {
        slice resource = S("untouched");
        assert_false(cloud_of_vault(hosts[i], &resource));
        assert_slice(resource, S("untouched"));
    }
}

static void test_an_authority_and_its_aliases_name_their_cloud(void **state)
{
    (void)state;
    assert_slice(cloud_of_authority(S(""))->vault_suffix, S("vault.azure.net"));
    assert_slice(cloud_of_authority(S("LOGIN.microsoftonline.com"))->vault_suffix, S("vault.azure.net"));
    assert_slice(cloud_of_authority(S("sts.windows.net"))->vault_suffix, S("vault.azure.net"));
    assert_slice(cloud_of_authority(S("login.microsoftonline.us"))->vault_suffix, S("vault.usgovcloudapi.net"));
    assert_slice(cloud_of_authority(S("login.chinacloudapi.cn"))->vault_suffix, S("vault.azure.cn"));
    assert_null(cloud_of_authority(S("login.example.com")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_vault_of_each_cloud_has_its_resource),
        cmocka_unit_test(test_a_host_that_only_looks_like_a_vault_is_none),
        cmocka_unit_test(test_an_authority_and_its_aliases_name_their_cloud),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
