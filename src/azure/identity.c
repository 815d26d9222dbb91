#include "azure/identity.h"

#include "wire/url.h"

const slice identity_variable_name[IDENTITY_VARIABLES] = {
    [VARIABLE_IDENTITY_ENDPOINT] = S_INIT("IDENTITY_ENDPOINT"),
    [VARIABLE_IDENTITY_HEADER] = S_INIT("IDENTITY_HEADER"),
    [VARIABLE_IDENTITY_SERVER_THUMBPRINT] = S_INIT("IDENTITY_SERVER_THUMBPRINT"),
    [VARIABLE_IMDS_ENDPOINT] = S_INIT("IMDS_ENDPOINT"),
    [VARIABLE_MSI_ENDPOINT] = S_INIT("MSI_ENDPOINT"),
    [VARIABLE_MSI_SECRET] = S_INIT("MSI_SECRET"),
    [VARIABLE_AZURE_FEDERATED_TOKEN_FILE] = S_INIT("AZURE_FEDERATED_TOKEN_FILE"),
    [VARIABLE_AZURE_TENANT_ID] = S_INIT("AZURE_TENANT_ID"),
    [VARIABLE_AZURE_POD_IDENTITY_AUTHORITY_HOST] = S_INIT("AZURE_POD_IDENTITY_AUTHORITY_HOST"),
};

#define SET(name) (1u << VARIABLE_##name)

/* In the order of detection (azure-protocol section 8): the first row whose variables in `when` are all set; so that a row
 * may rest on what those before it took. `also` must be there as well, or the set-up is half. */
static const struct {
    enum identity_source source;
    slice name;
    unsigned when, also;
    struct want (*tell)(struct talk *talk, const struct news *news); /* NULL: not served by this version */
} rows[] = {
    {IDENTITY_WORKLOAD, S_INIT("workload"), SET(AZURE_FEDERATED_TOKEN_FILE), SET(AZURE_TENANT_ID), NULL},
    {IDENTITY_SERVICE_FABRIC, S_INIT("service-fabric"),
     SET(IDENTITY_ENDPOINT) | SET(IDENTITY_HEADER) | SET(IDENTITY_SERVER_THUMBPRINT), 0, NULL},
    {IDENTITY_APP_SERVICE, S_INIT("app-service"), SET(IDENTITY_ENDPOINT) | SET(IDENTITY_HEADER), 0, NULL},
    {IDENTITY_ARC, S_INIT("arc"), SET(IDENTITY_ENDPOINT) | SET(IMDS_ENDPOINT), 0, NULL},
    {IDENTITY_APP_SERVICE, S_INIT("app-service"), SET(IDENTITY_ENDPOINT), SET(IDENTITY_HEADER), NULL},
    {IDENTITY_APP_SERVICE, S_INIT("app-service"), SET(IDENTITY_HEADER), SET(IDENTITY_ENDPOINT), NULL},
    {IDENTITY_AZURE_ML, S_INIT("azure-ml"), SET(MSI_ENDPOINT) | SET(MSI_SECRET), 0, NULL},
    {IDENTITY_CLOUD_SHELL, S_INIT("cloud-shell"), SET(MSI_ENDPOINT), 0, NULL},
    {IDENTITY_AZURE_ML, S_INIT("azure-ml"), SET(MSI_SECRET), SET(MSI_ENDPOINT), NULL},
    {IDENTITY_TOKEN_FILE, S_INIT("token-file"), ~0u, 0, NULL}, /* only by its name */
    {IDENTITY_IMDS, S_INIT("imds"), 0, 0, imds_tell},
};

slice identity_source_name(enum identity_source source)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].source == source)
            return rows[i].name;
    return S("auto");
}

static unsigned variables_set(const struct identity_setting *setting)
{
    unsigned set = 0;
    for (unsigned i = 0; i < IDENTITY_VARIABLES; i++)
        if (setting->variable[i].len)
            set |= 1u << i;
    return set;
}

static slice first_name(unsigned variables)
{
    for (unsigned i = 0; i < IDENTITY_VARIABLES; i++)
        if (variables & 1u << i)
            return identity_variable_name[i];
    return S("");
}

static err read_imds_base(struct talk *talk, slice base)
{
    struct url url;
    size_t fault;
    talk->to = (struct endpoint){.tls = false, .port = 80, .host = S("169.254.169.254")};
    if (base.len == 0)
        return OK;
    if (!url_read(base, &url, &fault) || url.https || url.has_query || url.has_fragment || url.path.len > 1)
        return err_make(M_BAD_AUTHORITY_HOST, note_keep(talk->notes, base));
    talk->to.host = url.host;
    talk->to.port = url.port;
    return OK;
}

err identity_choose(struct identity *identity, struct identity_setting *setting)
{
    unsigned set = variables_set(setting);
    identity->setting = setting;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (setting->source == IDENTITY_AUTO ? (set & rows[i].when) != rows[i].when : setting->source != rows[i].source)
            continue;
        if (rows[i].also & ~set)
            return err_make(M_IDENTITY_HALF_SET, first_name(rows[i].when), first_name(rows[i].also & ~set));
        if (!rows[i].tell)
            return err_make(M_IDENTITY_LATER_VERSION, rows[i].name,
                            setting->source == IDENTITY_AUTO ? first_name(rows[i].when) : S("--identity"));
        setting->source = rows[i].source;
        identity->talk.tell = rows[i].tell;
        return read_imds_base(&identity->talk, setting->variable[VARIABLE_AZURE_POD_IDENTITY_AUTHORITY_HOST]);
    }
    return err_make(M_INTERNAL, S("choosing an identity source"));
}

void identity_start(struct identity *identity, slice resource, int64_t now)
{
    identity->resource = resource;
    identity->now = now;
    identity->tries = 0;
    identity->token = S("");
    identity->expires_at = 0;
}
