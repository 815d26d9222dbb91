#include "lib/cm.h"

#include "azure/scope.h"

static void test_only_a_parent_of_the_host_may_be_asked_for(void **state)
{
    static const struct {
        slice host, resource, wanted_scope;
        enum scope verdict;
    } rows[] = {
        {S_INIT("v.vault.azure.net"), S_INIT("https://vault.azure.net"), S_INIT(""), SCOPE_OK},
        {S_INIT("V.Vault.Azure.Net"), S_INIT("https://vault.azure.net"), S_INIT(""), SCOPE_OK},
        {S_INIT("v.vault.azure.net"), S_INIT("https://VAULT.azure.net"), S_INIT(""), SCOPE_OK},
        {S_INIT("v.vault.azure.net"), S_INIT(""), S_INIT("https://vault.azure.net/.default"), SCOPE_OK},
        {S_INIT("v.vault.azure.net"), S_INIT(""), S_INIT(""), SCOPE_NO_RESOURCE},
        {S_INIT("v.vault.azure.net"), S_INIT("https://vault.azure.cn"), S_INIT(""), SCOPE_FOREIGN},
        {S_INIT("v.vault.azure.net"), S_INIT("https://ault.azure.net"), S_INIT(""), SCOPE_FOREIGN},
        {S_INIT("v.vault.azure.net"), S_INIT("https://v.vault.azure.net"), S_INIT(""), SCOPE_FOREIGN},
        {S_INIT("v.vault.azure.net"), S_INIT("https://management.azure.com"), S_INIT(""), SCOPE_FOREIGN},
        {S_INIT("v.vault.azure.net"), S_INIT("https://net"), S_INIT(""), SCOPE_FOREIGN},
        {S_INIT("v.vault.azure.net"), S_INIT("http://vault.azure.net"), S_INIT(""), SCOPE_FOREIGN},
        {S_INIT("v.vault.azure.net"), S_INIT("https://vault.azure.net/"), S_INIT(""), SCOPE_FOREIGN},
        {S_INIT("v.vault.azure.net"), S_INIT("https://vault.azure.net:444"), S_INIT(""), SCOPE_FOREIGN},
        {S_INIT("v.vault.azure.net"), S_INIT("https://evil@vault.azure.net"), S_INIT(""), SCOPE_FOREIGN},
        {S_INIT("v.vault.azure.net"), S_INIT("https://vault.azure.net?x"), S_INIT(""), SCOPE_FOREIGN},
        {S_INIT("v.vault.azure.net"), S_INIT("vault.azure.net"), S_INIT(""), SCOPE_FOREIGN},
        /* a scope is what counts where both are given */
        {S_INIT("v.vault.azure.net"), S_INIT("https://vault.azure.net"), S_INIT("https://graph.microsoft.com/.default"),
         SCOPE_FOREIGN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct challenge challenge = {.resource = rows[i].resource, .scope = rows[i].wanted_scope};
        slice resource;
        assert_int_equal(scope_of_challenge(&challenge, rows[i].host, &resource), rows[i].verdict);
        /* What it said, for the message; without the end that a scope has and a resource has not. */
        assert_slice(resource, slice_first(rows[i].wanted_scope.len ? rows[i].wanted_scope : rows[i].resource,
                                           rows[i].wanted_scope.len ? rows[i].wanted_scope.len - S("/.default").len
                                                                    : rows[i].resource.len));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_only_a_parent_of_the_host_may_be_asked_for)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
