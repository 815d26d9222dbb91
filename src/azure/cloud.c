#include "azure/cloud.h"

#include "wire/url.h"

static const struct {
    struct cloud cloud;
    slice vault_resource, hsm_resource;
    slice alias[4];
} rows[] = {
    {{S_INIT("vault.azure.net"), S_INIT("managedhsm.azure.net"), S_INIT("login.microsoftonline.com")},
     S_INIT("https://vault.azure.net"),
     S_INIT("https://managedhsm.azure.net"),
     {S_INIT("login.windows.net"), S_INIT("login.microsoft.com"), S_INIT("sts.windows.net")}},
    {{S_INIT("vault.usgovcloudapi.net"), S_INIT("managedhsm.usgovcloudapi.net"), S_INIT("login.microsoftonline.us")},
     S_INIT("https://vault.usgovcloudapi.net"),
     S_INIT("https://managedhsm.usgovcloudapi.net"),
     {S_INIT("login.usgovcloudapi.net")}},
    {{S_INIT("vault.azure.cn"), S_INIT("managedhsm.azure.cn"), S_INIT("login.partner.microsoftonline.cn")},
     S_INIT("https://vault.azure.cn"),
     S_INIT("https://managedhsm.azure.cn"),
     {S_INIT("login.chinacloudapi.cn")}},
    /* Closed in 2021; the row costs less than the question why an old reference is refused. */
    {{S_INIT("vault.microsoftazure.de"), S_INIT(""), S_INIT("login.microsoftonline.de")},
     S_INIT("https://vault.microsoftazure.de"),
     S_INIT(""),
     {S_INIT("")}},
};

const struct cloud *cloud_of_authority(slice authority_host)
{
    if (authority_host.len == 0)
        return &rows[0].cloud;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (slice_equal_nocase(authority_host, rows[i].cloud.authority))
            return &rows[i].cloud;
        for (size_t k = 0; k < COUNT(rows[i].alias); k++)
            if (slice_equal_nocase(authority_host, rows[i].alias[k]))
                return &rows[i].cloud;
    }
    return NULL;
}

bool cloud_of_vault(slice host, slice *resource)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (host_is_below(host, rows[i].cloud.vault_suffix)) {
            *resource = rows[i].vault_resource;
            return true;
        }
        if (rows[i].cloud.hsm_suffix.len && host_is_below(host, rows[i].cloud.hsm_suffix)) {
            *resource = rows[i].hsm_resource;
            return true;
        }
    }
    return false;
}
