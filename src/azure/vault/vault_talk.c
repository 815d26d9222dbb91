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
    BODY_GAP_BYTES = 64, /* more than "Content-Length: N" and the blank line take */
    VERSION_DIGITS = 32,
    STATUS_THROTTLED = 429
};

/* First row that fits: a status, and a code or inner code (empty: any). */
static const struct {
    uint16_t status, message; /* enum message */
    char code[22];
} refusals[] = {
    {400, M_VAULT_BAD_REQUEST, ""},
    {401, M_VAULT_CLAIMS, "insufficient_claims"},
    {401, M_VAULT_TOKEN_REFUSED, ""},
    {403, M_VAULT_ROLE_MISSING, "ForbiddenByRbac"},
    {403, M_VAULT_POLICY_MISSING, "ForbiddenByPolicy"},
    {403, M_VAULT_POLICY_MISSING, "AccessDenied"},
    {403, M_VAULT_FIREWALL, "ForbiddenByFirewall"},
    {403, M_VAULT_PRIVATE_ONLY, "ForbiddenByConnection"},
    {403, M_VAULT_DISABLED, "SecretDisabled"},
    {403, M_VAULT_DISABLED, "KeyDisabled"},
    {403, M_VAULT_FORBIDDEN, ""},
    /* A vault always says which kind of object it misses. What somebody else does not find may be there: `?optional` must
     * not turn it into nothing. */
    {404, M_VAULT_ODD_STATUS, "no code"},
    {404, M_VAULT_MISSING, ""},
    {409, M_VAULT_CONFLICT, ""},
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

static enum message message_of(const struct vault_talk *vault, unsigned status, slice code)
{
    for (size_t i = 0; i < COUNT(refusals); i++) {
        slice wanted = slice_of(refusals[i].code);
        if (status != refusals[i].status || (wanted.len && !slice_equal(wanted, code)))
            continue;
        if (refusals[i].message == M_VAULT_BAD_REQUEST)
            return (enum message)by_right[vault->right].bad_request;
        if (refusals[i].message == M_VAULT_ROLE_MISSING)
            return (enum message)by_right[vault->right].no_role;
        if (refusals[i].message == M_VAULT_POLICY_MISSING)
            return (enum message)by_right[vault->right].no_permission;
        return (enum message)refusals[i].message;
    }
    return status >= 300 && status < 400 ? M_VAULT_REDIRECT : M_VAULT_ODD_STATUS;
}

static bool find_challenge(const struct http_head *head, struct challenge *challenge)
{
    slice line;
    return http_head_field(head, S("www-authenticate"), &line) && challenge_read(line, challenge) == CHALLENGE_BEARER;
}

/* Which identity was refused: what an administrator has to give a role to. */
static slice keep_caller(struct vault_talk *vault)
{
    uint8_t room[2 * CALLER_ID_BYTES_MAX + 32];
    struct buf text = BUF(room);
    const struct caller *caller = &vault->caller;
    buf_put(&text, S("client id "));
    buf_put(&text, caller->client_id.len ? caller->client_id : S("unknown"));
    buf_put(&text, S(", object id "));
    buf_put(&text, caller->object_id.len ? caller->object_id : S("unknown"));
    return note_keep(vault->talk.notes, buf_slice(&text));
}

static struct confidence confided(const struct vault_talk *vault)
{
    return (struct confidence){vault->token, vault->value};
}

static err refusal_of(struct vault_talk *vault, const struct news *news, const struct service_error *said)
{
    struct challenge challenge = {0};
    struct buf *notes = vault->talk.notes;
    unsigned status = news->head->status;
    slice code = said->inner.len ? said->inner : said->code;
    /* The code of every 401 is the same; a challenge that says why says more. */
    if (status == 401 && find_challenge(news->head, &challenge) && challenge.error.len)
        code = quote_keep(notes, challenge.error, confided(vault));
    enum message message = message_of(vault, status, code);
    bool names_caller = message == by_right[vault->right].no_role || message == by_right[vault->right].no_permission;
    return err_number(err_make(message, shown_name(vault), vault->talk.to.host, code, said->request_id,
                               names_caller ? keep_caller(vault) : said->message),
                      status);
}

static err refusal(struct vault_talk *vault, const struct news *news)
{
    struct service_error said;
    struct buf body = news->body;
    service_error_read(news->head, &body, confided(vault), vault->talk.notes, &said);
    return refusal_of(vault, news, &said);
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
    vault->value = S("");
    vault->resource = S("");
    vault->caller = (struct caller){S(""), S(""), S("")};
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
    size_t notes_before = vault->talk.notes->len;
    err e = refusal(vault, news);
    e->message = M_VAULT_LATER;
    return want_pause(&vault->talk, notes_before, pause_ms, e);
}

/* The token is fetched for what was checked, to the byte: a copy that was cut would name something else. */
static struct want want_token(struct vault_talk *vault, slice resource, bool renew)
{
    slice kept = slice_equal(resource, vault->resource) ? vault->resource : note_keep(vault->talk.notes, resource);
    if (!slice_equal(kept, resource))
        return want_fail(err_make(M_NO_MEMORY, S("the name of the token's resource")));
    vault->resource = kept;
    return (struct want){.kind = WANT_TOKEN, .resource = kept, .renew = renew};
}

/* 401 and no challenge. One that has a code is told: it says why the token was refused. */
static err unchallenged(struct vault_talk *vault, const struct news *news)
{
    struct service_error said;
    struct buf body = news->body;
    if (vault->token.len && service_error_read(news->head, &body, confided(vault), vault->talk.notes, &said))
        return refusal_of(vault, news, &said);
    return err_make(M_VAULT_NO_CHALLENGE, vault->talk.to.host);
}

static struct want challenged(struct vault_talk *vault, const struct news *news)
{
    struct challenge challenge;
    slice resource, host = vault->talk.to.host;
    bool had_token = vault->token.len > 0;

    if (had_token && is_akv10046(buf_slice(&news->body)))
        return again(vault, news, retry_backoff(vault->tries, news->random) + 400);
    if (!find_challenge(news->head, &challenge))
        return want_fail(unchallenged(vault, news));
    switch (scope_of_challenge(&challenge, host, &resource)) {
    case SCOPE_NO_RESOURCE:
        return want_fail(err_make(M_VAULT_NO_CHALLENGE, host));
    case SCOPE_FOREIGN:
        return want_fail(
            err_make(M_VAULT_FOREIGN_CHALLENGE, host, quote_keep(vault->talk.notes, resource, confided(vault))));
    case SCOPE_OK:
        break;
    }
    /* A token that was just issued for this very resource was refused: one more, then the refusal is told. */
    if (had_token && vault->challenged)
        return want_fail(refusal(vault, news));
    vault->challenged = had_token;
    return want_token(vault, resource, slice_equal(resource, vault->resource));
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
    /* 429 says that nothing was done. After any other of these it may have been. */
    if (!vault->talk.once || news->head->status == STATUS_THROTTLED)
        return again(vault, news, pause_ms);
    err e = refusal(vault, news);
    e->message = M_VAULT_UNSURE;
    return want_fail(e);
}

static struct want take_token(struct vault_talk *vault, const struct vault_operation *operation,
                              const struct news *news)
{
    /* One that nobody asked for is for nobody checked; and an empty one would be asked for again without end. */
    if (vault->resource.len == 0 || news->token.len == 0)
        return want_fail(err_make(M_INTERNAL, S("a token for the vault")));
    vault->token = news->token;
    vault->caller = *news->caller;
    return send(vault, operation);
}

struct want vault_tell(struct vault_talk *vault, const struct vault_operation *operation, const struct news *news)
{
    switch (news->kind) {
    case NEWS_START:
        return start(vault, operation);
    case NEWS_ANSWER:
        return judge(vault, operation, news);
    case NEWS_TOKEN:
        return take_token(vault, operation, news);
    case NEWS_PAUSED:
        talk_forget_pause(&vault->talk);
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

static bool is_visible(slice token)
{
    for (size_t i = 0; i < token.len; i++)
        if (token.at[i] <= ' ' || token.at[i] >= 0x7f)
            return false;
    return true;
}

bool vault_request_at(struct vault_talk *vault, slice method, slice target, slice authorization)
{
    uint8_t room[280];
    struct buf host = BUF(room);
    struct buf *request = vault->talk.request;

    endpoint_write(&vault->talk.to, &host);
    if (host.full || !http_request_start(request, method, target, buf_slice(&host)) ||
        !http_request_header(request, S("Accept"), S("application/json")))
        return false;
    if (authorization.len == 0)
        return true;

    /* The token is copied from its place into the request and nowhere else: so the line is written here in two pieces, and
     * what http_request_header would have looked at is looked at. */
    if (!is_visible(authorization) || !http_request_header(request, S("Authorization"), S("Bearer .")))
        return false;
    request->len -= S(".\r\n").len;
    buf_put(request, authorization);
    buf_put(request, S("\r\n"));
    return !request->full;
}

struct buf vault_body(struct vault_talk *vault)
{
    struct buf *request = vault->talk.request;
    size_t behind = request->len + BODY_GAP_BYTES;
    if (request->full || behind > request->cap)
        return (struct buf){request->at, 0, 0, true};
    return (struct buf){request->at + behind, 0, request->cap - behind, false};
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
