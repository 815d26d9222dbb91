/* What all operations on a vault share: the token, the challenge, refusals and retries.
 * Source: azure-protocol sections 9.1 to 9.4 and 9.8. */
#include "azure/vault.h"

#include "azure/cloud.h"
#include "azure/retry.h"
#include "azure/scope.h"
#include "azure/service_error.h"
#include "base/num.h"
#include "wire/http_request.h"
#include "wire/json.h"
#include "wire/url.h"

enum {
    AUTHORIZATION_SCHEME_BYTES = 7, /* "Bearer " */
    BODY_GAP_BYTES = 64,            /* more than "Content-Length: N" and the blank line take */
    VERSION_DIGITS = 32,
    STATUS_THROTTLED = 429
};

/* First row that fits: a status, and a code or inner code (empty: any). */
static const struct {
    uint16_t status;
    slice code;
    enum message message;
} refusals[] = {
    {400, S_INIT(""), M_VAULT_BAD_REQUEST},
    {401, S_INIT(""), M_VAULT_TOKEN_REFUSED},
    {403, S_INIT("ForbiddenByRbac"), M_VAULT_ROLE_MISSING},
    {403, S_INIT("ForbiddenByPolicy"), M_VAULT_POLICY_MISSING},
    {403, S_INIT("AccessDenied"), M_VAULT_POLICY_MISSING},
    {403, S_INIT("ForbiddenByFirewall"), M_VAULT_FIREWALL},
    {403, S_INIT("ForbiddenByConnection"), M_VAULT_PRIVATE_ONLY},
    {403, S_INIT("SecretDisabled"), M_VAULT_DISABLED},
    {403, S_INIT("KeyDisabled"), M_VAULT_DISABLED},
    {403, S_INIT(""), M_VAULT_FORBIDDEN},
    {404, S_INIT(""), M_VAULT_MISSING},
    {409, S_INIT(""), M_VAULT_CONFLICT},
};

/* What the first three rows of a refusal say depends on what was asked for. */
static const struct {
    uint16_t bad_request, no_role, no_permission; /* enum message */
} by_right[VAULT_RIGHTS] = {
    [RIGHT_READ] = {M_VAULT_BAD_REQUEST, M_VAULT_ROLE_MISSING, M_VAULT_POLICY_MISSING},
    [RIGHT_SET] = {M_SET_REFUSED, M_SET_ROLE_MISSING, M_SET_POLICY_MISSING},
    [RIGHT_WRAP] = {M_WRAP_REFUSED, M_KEY_ROLE_MISSING, M_KEY_POLICY_MISSING},
    [RIGHT_UNWRAP] = {M_UNWRAP_REFUSED, M_KEY_ROLE_MISSING, M_KEY_POLICY_MISSING},
};

static slice shown_name(const struct vault_talk *vault)
{
    return vault->name.len ? vault->name : vault->collection;
}

/* "client id C, object id O" */
static slice write_caller(const struct caller *caller, struct buf *notes)
{
    size_t start = notes->len;
    buf_put(notes, S("client id "));
    buf_put(notes, caller->client_id.len ? caller->client_id : S("unknown"));
    buf_put(notes, S(", object id "));
    buf_put(notes, caller->object_id.len ? caller->object_id : S("unknown"));
    return slice_after(buf_slice(notes), start);
}

static enum message message_of(const struct vault_talk *vault, unsigned status, slice code)
{
    for (size_t i = 0; i < COUNT(refusals); i++) {
        if (status != refusals[i].status || (refusals[i].code.len && !slice_equal(refusals[i].code, code)))
            continue;
        if (refusals[i].message == M_VAULT_BAD_REQUEST)
            return (enum message)by_right[vault->right].bad_request;
        if (refusals[i].message == M_VAULT_ROLE_MISSING)
            return (enum message)by_right[vault->right].no_role;
        if (refusals[i].message == M_VAULT_POLICY_MISSING)
            return (enum message)by_right[vault->right].no_permission;
        return refusals[i].message;
    }
    return status >= 300 && status < 400 ? M_VAULT_REDIRECT : M_VAULT_ODD_STATUS;
}

static err refusal(struct vault_talk *vault, const struct news *news)
{
    struct service_error said;
    struct buf body = news->body;
    unsigned status = news->head->status;
    service_error_read(news->head, &body, vault->token, vault->talk.notes, &said);
    slice code = said.inner.len ? said.inner : said.code;
    enum message message = message_of(vault, status, code);
    slice fifth = said.message;
    if (message == by_right[vault->right].no_role || message == by_right[vault->right].no_permission)
        fifth = write_caller(&vault->caller, vault->talk.notes);
    err e = err_make(message, shown_name(vault), vault->talk.to.host, code, said.request_id, fifth);
    e.number[0] = status;
    return e;
}

static struct want send(struct vault_talk *vault, const struct vault_operation *operation)
{
    vault->talk.request->len = 0;
    if (!operation->ask(vault, vault->token) || vault->talk.request->full)
        return want_fail(err_make(M_INTERNAL, S("writing a request to the vault")));
    vault->tries++;
    return (struct want){.kind = WANT_SEND};
}

struct want vault_go_on(struct vault_talk *vault, const struct vault_operation *operation)
{
    vault->tries = 0;
    return send(vault, operation);
}

static struct want start(struct vault_talk *vault, const struct vault_operation *operation)
{
    vault->token = S("");
    vault->resource = S("");
    vault->tries = 0;
    vault->challenged = false;
    if (vault->ask_first || !cloud_of_vault(vault->talk.to.host, &vault->resource))
        return send(vault, operation);
    return (struct want){.kind = WANT_TOKEN, .resource = vault->resource};
}

/* "AKV10046" is in the message only; the vault's own fault for valid tokens, so the same request is sent again. It is the
 * one text that we look into: the code of every 401 is the same. */
static bool is_akv10046(slice body)
{
    slice mark = S("AKV10046");
    for (; body.len >= mark.len; body = slice_after(body, 1))
        if (slice_starts(body, mark))
            return true;
    return false;
}

static struct want again(struct vault_talk *vault, const struct news *news, uint32_t pause_ms)
{
    err e = refusal(vault, news);
    e.message = M_VAULT_LATER;
    return (struct want){.kind = WANT_PAUSE, .pause_ms = pause_ms, .error = e};
}

static struct want challenged(struct vault_talk *vault, const struct news *news)
{
    struct challenge challenge;
    slice line, resource;
    slice host = vault->talk.to.host;
    bool had_token = vault->token.len > 0;

    if (had_token && is_akv10046(buf_slice(&news->body)))
        return again(vault, news, retry_backoff(vault->tries, news->random) + 400);
    if (!http_head_field(news->head, S("www-authenticate"), &line) ||
        challenge_read(line, &challenge) != CHALLENGE_BEARER)
        return want_fail(err_make(M_VAULT_NO_CHALLENGE, host));
    switch (scope_of_challenge(&challenge, host, &resource)) {
    case SCOPE_NO_RESOURCE:
        return want_fail(err_make(M_VAULT_NO_CHALLENGE, host));
    case SCOPE_FOREIGN:
        return want_fail(err_make(M_VAULT_FOREIGN_CHALLENGE, host, note_keep(vault->talk.notes, resource)));
    case SCOPE_OK:
        break;
    }
    /* A token that was just issued for this very resource was refused: one more, then the refusal is told. */
    if (had_token && vault->challenged)
        return want_fail(refusal(vault, news));
    vault->challenged = had_token;
    bool renew = had_token && slice_equal(resource, vault->resource);
    vault->resource = note_keep(vault->talk.notes, resource);
    return (struct want){.kind = WANT_TOKEN, .resource = vault->resource, .renew = renew};
}

static struct want judge(struct vault_talk *vault, const struct vault_operation *operation, const struct news *news)
{
    uint32_t pause_ms;
    if (news->head->status == 200) {
        /* Without a token nothing may come back: the identity that was asked for was not used. */
        if (vault->token.len == 0)
            return want_fail(err_make(M_VAULT_NO_CHALLENGE, vault->talk.to.host));
        return operation->done(vault, news);
    }
    if (news->head->status == 401)
        return challenged(vault, news);
    if (!retry_pause(RETRY_VAULT, news->head, vault->tries, news->random, &pause_ms))
        return want_fail(refusal(vault, news));
    struct want pause = again(vault, news, pause_ms);
    /* 429 says that nothing was done. After any other of these it may have been. */
    if (!vault->talk.once || news->head->status == STATUS_THROTTLED)
        return pause;
    pause.error.message = M_VAULT_UNSURE;
    return want_fail(pause.error);
}

struct want vault_tell(struct vault_talk *vault, const struct vault_operation *operation, const struct news *news)
{
    switch (news->kind) {
    case NEWS_START:
        return start(vault, operation);
    case NEWS_ANSWER:
        return judge(vault, operation, news);
    case NEWS_TOKEN:
        vault->token = news->token;
        vault->caller = *news->caller;
        return send(vault, operation);
    case NEWS_PAUSED:
        return send(vault, operation);
    }
    return want_fail(err_make(M_INTERNAL, S("talking with the vault")));
}

static void put_part(struct buf *target, slice part)
{
    if (part.len == 0)
        return;
    buf_byte(target, '/');
    buf_put(target, part);
}

bool vault_request(struct vault_talk *vault, slice method, slice verb, slice query, slice authorization)
{
    uint8_t room[512];
    struct buf target = BUF(room);

    put_part(&target, vault->collection);
    put_part(&target, vault->name);
    put_part(&target, vault->version);
    put_part(&target, verb);
    /* Nothing that a reader of secrets needs came after 7.0, and every vault knows 7.4. */
    buf_put(&target, S("?api-version=7.4"));
    buf_put(&target, query);
    return !target.full && vault_request_at(vault, method, buf_slice(&target), authorization);
}

bool vault_request_at(struct vault_talk *vault, slice method, slice target, slice authorization)
{
    uint8_t room[280];
    struct buf host = BUF(room);
    struct buf *request = vault->talk.request;

    endpoint_write(&vault->talk.to, &host);
    if (!http_request_start(request, method, target, buf_slice(&host)) ||
        !http_request_header(request, S("Accept"), S("application/json")))
        return false;
    if (authorization.len == 0)
        return true;

    /* The token is never copied out of its place but into the request: so the line is written here in two pieces. */
    size_t start = request->len;
    if (!http_request_header(request, S("Authorization"), S("Bearer .")))
        return false;
    request->len -= 3; /* ".\r\n" */
    buf_put(request, authorization);
    buf_put(request, S("\r\n"));
    return !request->full && request->len > start + AUTHORIZATION_SCHEME_BYTES;
}

struct buf vault_body(struct vault_talk *vault)
{
    struct buf *request = vault->talk.request;
    size_t start = request->len + BODY_GAP_BYTES;
    if (request->full || start > request->cap)
        return (struct buf){request->at, 0, 0, true};
    return (struct buf){request->at + start, 0, request->cap - start, false};
}

bool vault_request_end(struct vault_talk *vault, const struct buf *body, slice authorization)
{
    struct buf *request = vault->talk.request;
    if (authorization.len == 0)
        return http_request_end(request, S(""));
    return !body->full && http_request_header(request, S("Content-Type"), S("application/json")) &&
           http_request_end(request, buf_slice(body));
}

static bool is_version(slice text)
{
    size_t digits = 0;
    while (digits < text.len && num_hex_digit(text.at[digits]) >= 0)
        digits++;
    return digits == text.len && digits == VERSION_DIGITS;
}

bool vault_version(const struct vault_talk *vault, slice id, slice *version)
{
    struct url url;
    size_t fault;
    slice collection, name;
    if (!url_read(id, &url, &fault) || !url.https || url.has_query || url.has_fragment ||
        !slice_equal_nocase(url.host, vault->talk.to.host))
        return false;
    slice rest = slice_after(url.path, 1);
    slice_cut(&rest, '/', &collection);
    slice_cut(&rest, '/', &name);
    *version = rest;
    return slice_equal_nocase(collection, vault->collection) && slice_equal_nocase(name, vault->name) &&
           is_version(rest);
}

bool vault_text(const struct buf *body, slice string, slice *out)
{
    struct buf place = {body->at + (string.at - body->at), 0, string.len, false};
    if (json_kind(string) != JSON_STRING || json_unescape(string, &place) != JSON_OK)
        return false;
    *out = buf_slice(&place);
    return true;
}
