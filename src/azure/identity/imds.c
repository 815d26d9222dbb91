/* The instance metadata service of VMs, scale sets and container instances: plain HTTP to a link-local address.
 * Source: azure-protocol section 1. */
#include "azure/identity.h"

#include "azure/retry.h"
#include "azure/service_error.h"
#include "azure/token.h"
#include "wire/http_request.h"
#include "wire/url.h"

static void put_query(struct buf *target, slice name, slice value)
{
    if (value.len == 0)
        return;
    buf_put(target, name);
    url_encode(target, value);
}

/* With every byte of the values as %XX. */
enum { TARGET_BYTES_MAX = 128 + 3 * (IDENTITY_RESOURCE_BYTES_MAX + IDENTITY_SELECTOR_BYTES_MAX) };

static struct want ask(struct identity *identity)
{
    uint8_t room[TARGET_BYTES_MAX], host_room[280];
    struct buf target = BUF(room), host = BUF(host_room);
    const struct identity_setting *setting = identity->setting;
    struct buf *request = identity->talk.request;

    buf_put(&target, S("/metadata/identity/oauth2/token?api-version=2018-02-01"));
    put_query(&target, S("&resource="), identity->resource);
    put_query(&target, S("&client_id="), setting->client_id);
    put_query(&target, S("&object_id="), setting->object_id);
    put_query(&target, S("&msi_res_id="), setting->resource_id); /* "mi_res_id" is App Service's spelling */
    endpoint_write(&identity->talk.to, &host);

    request->len = 0;
    if (!http_request_start(request, S("GET"), buf_slice(&target), buf_slice(&host)) ||
        !http_request_header(request, S("Metadata"), S("true")) || !http_request_end(request, (slice){NULL, 0}) ||
        target.full || host.full || request->full)
        return want_fail(err_make(M_INTERNAL, S("writing the request for a token")));
    identity->tries++;
    return (struct want){.kind = WANT_SEND};
}

static slice selector(const struct identity_setting *setting)
{
    if (setting->client_id.len)
        return setting->client_id;
    return setting->object_id.len ? setting->object_id : setting->resource_id;
}

/* The first row that fits: statuses, the code (empty: any), and what it means without and with a selector. */
static const struct {
    uint16_t first, last;
    slice code;
    enum message unselected, selected;
} refusals[] = {
    {100, 399, S_INIT(""), M_IMDS_NOT_IMDS, M_IMDS_NOT_IMDS}, /* a portal that redirects */
    {400, 400, S_INIT("invalid_request"), M_IMDS_NO_IDENTITY, M_IMDS_NOT_ASSIGNED},
    {400, 400, S_INIT("invalid_resource"), M_IMDS_RESOURCE, M_IMDS_RESOURCE},
    {403, 403, S_INIT(""), M_IMDS_NOT_IMDS, M_IMDS_NOT_IMDS}, /* the proxy of a container run-time: "unreachable" */
    {405, 405, S_INIT(""), M_IMDS_NOT_IMDS, M_IMDS_NOT_IMDS},
};

static enum message meaning_of(unsigned status, slice code, bool selected)
{
    for (size_t i = 0; i < COUNT(refusals); i++)
        if (status >= refusals[i].first && status <= refusals[i].last &&
            (refusals[i].code.len == 0 || slice_equal(refusals[i].code, code)))
            return selected ? refusals[i].selected : refusals[i].unselected;
    return M_IMDS_REFUSED;
}

static err error_of(const struct identity *identity, enum message message, const struct news *news,
                    const struct service_error *said)
{
    slice who = selector(identity->setting);
    return err_number(
        err_make(message, who.len ? who : S("of this machine"), said->code, said->message, identity->talk.to.host),
        (int64_t)news->head->status);
}

static struct want judge(struct identity *identity, const struct news *news)
{
    struct service_error said;
    uint32_t pause_ms;
    struct buf body = news->body;
    size_t notes_before = identity->talk.notes->len;

    if (news->head->status == 200) {
        if (token_read(&body, identity->now, &identity->token, &identity->expires_at) == TOKEN_OK)
            return (struct want){.kind = WANT_DONE};
        return want_fail(err_make(M_IMDS_GARBLED, identity->talk.to.host));
    }
    service_error_read(news->head, &body, (struct confidence){0}, identity->talk.notes, &said);
    if (!retry_pause(RETRY_IMDS, news->head, identity->tries, news->random, &pause_ms)) {
        enum message message = meaning_of(news->head->status, said.code, selector(identity->setting).len > 0);
        return want_fail(error_of(identity, message, news, &said));
    }
    err later = error_of(identity, M_IMDS_LATER, news, &said);
    struct want want = want_pause(&identity->talk, notes_before, pause_ms, later);
    want.gone = news->head->status == 410;
    return want;
}

struct want imds_tell(struct talk *talk, const struct news *news)
{
    struct identity *identity = (struct identity *)talk;
    switch (news->kind) {
    case NEWS_ANSWER:
        return judge(identity, news);
    case NEWS_PAUSED:
        talk_forget_pause(talk);
        return ask(identity);
    case NEWS_START:
        return ask(identity);
    case NEWS_TOKEN:
        break;
    }
    return want_fail(err_make(M_INTERNAL, S("talking with the instance metadata service")));
}
