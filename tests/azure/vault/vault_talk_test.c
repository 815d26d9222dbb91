#include "lib/cm.h"

#include "azure/answers.h"
#include "azure/vault.h"
#include "wire/http_request.h"

#define HOST     "myvault.vault.azure.net"
#define RESOURCE "https://vault.azure.net"
#define TOKEN    "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.UkVEQUNURUQ.c2lnbmF0dXJl"
#define CLIENT   "11111111-1111-1111-1111-111111111111"
#define OBJECT   "22222222-2222-2222-2222-222222222222"

static uint8_t request_room[4096], notes_room[8192];

/* The smallest operation. */
static struct talking {
    struct vault_talk vault;
    struct buf request, notes;
    unsigned answers; /* of 200, with a token */
} it;

static bool ask(struct vault_talk *vault, slice authorization)
{
    return vault_request(vault, S("GET"), S(""), S(""), authorization) &&
           http_request_end(vault->talk.request, (slice){NULL, 0});
}

static struct want done(struct vault_talk *vault, const struct news *news)
{
    (void)vault;
    assert_int_equal(news->head->status, 200);
    it.answers++;
    return (struct want){.kind = WANT_DONE};
}

static const struct vault_operation operation = {ask, done};

static struct want tell(struct news news)
{
    return vault_tell(&it.vault, &operation, &news);
}

static struct want start(slice host, bool ask_first)
{
    it = (struct talking){
        .vault = {.talk = {.to = {true, 443, host}, .request = &it.request, .notes = &it.notes},
                  .collection = S("secrets"),
                  .name = S("db"),
                  .ask_first = ask_first},
        .request = BUF(request_room),
        .notes = BUF(notes_room),
    };
    return tell((struct news){.kind = NEWS_START});
}

static struct want give(slice token)
{
    static const struct caller caller = {S_INIT(CLIENT), S_INIT(OBJECT), S_INIT("tenant")};
    return tell((struct news){.kind = NEWS_TOKEN, .token = token, .caller = &caller});
}

static struct want paused(void)
{
    return tell((struct news){.kind = NEWS_PAUSED});
}

static struct want recorded(const char *name)
{
    static struct answer answer;
    assert_true(answer_recorded(&answer, name));
    return tell(answer.news);
}

static struct want answered(unsigned status, slice fields, slice body)
{
    static struct answer answer;
    assert_true(answer_with(&answer, status, fields, body));
    return tell(answer.news);
}

/* Started, with a token, the request sent. */
static void start_with_token(void)
{
    assert_int_equal(start(S(HOST), false).kind, WANT_TOKEN);
    assert_int_equal(give(S(TOKEN)).kind, WANT_SEND);
}

static bool holds(slice text, slice part)
{
    for (; text.len >= part.len; text = slice_after(text, 1))
        if (slice_starts(text, part))
            return true;
    return false;
}

static slice written(err e)
{
    static uint8_t room[4096];
    struct buf line = BUF(room);
    err_write(e, &line);
    return buf_slice(&line);
}

static void assert_fails(struct want want, enum message message, enum exit_status status)
{
    assert_int_equal(want.kind, WANT_FAIL);
    assert_int_equal(want.error->message, message);
    assert_int_equal(err_status(want.error), status);
    assert_false(holds(written(want.error), S(TOKEN)));
}

static void assert_wants_token(struct want want, slice resource, bool renew)
{
    assert_int_equal(want.kind, WANT_TOKEN);
    assert_slice(want.resource, resource);
    assert_int_equal(want.renew, renew);
}

/* --- requests --- */

static void test_the_request_is_what_the_vault_wants_to_the_byte(void **state)
{
    static const struct {
        struct vault_talk vault;
        slice method, verb, query, authorization, request;
    } rows[] = {
        {{.talk.to = {true, 443, S_INIT(HOST)}, .collection = S_INIT("secrets"), .name = S_INIT("db")},
         S_INIT("GET"),
         S_INIT(""),
         S_INIT(""),
         S_INIT(""),
         S_INIT("GET /secrets/db?api-version=7.4 HTTP/1.1\r\nHost: " HOST "\r\nAccept: application/json\r\n")},
        {{.talk.to = {true, 443, S_INIT(HOST)},
          .collection = S_INIT("secrets"),
          .name = S_INIT("db"),
          .version = S_INIT("4387e9f3d6e14c459867679a90fd0f79")},
         S_INIT("GET"),
         S_INIT(""),
         S_INIT(""),
         S_INIT(TOKEN),
         S_INIT("GET /secrets/db/4387e9f3d6e14c459867679a90fd0f79?api-version=7.4 HTTP/1.1\r\nHost: " HOST
                "\r\nAccept: application/json\r\nAuthorization: Bearer " TOKEN "\r\n")},
        {{.talk.to = {true, 8443, S_INIT("::1")}, .collection = S_INIT("keys"), .name = S_INIT("k")},
         S_INIT("POST"),
         S_INIT("wrapkey"),
         S_INIT("&maxresults=25"),
         S_INIT("a"),
         S_INIT("POST /keys/k/wrapkey?api-version=7.4&maxresults=25 HTTP/1.1\r\nHost: [::1]:8443\r\n"
                "Accept: application/json\r\nAuthorization: Bearer a\r\n")},
        {{.talk.to = {true, 443, S_INIT(HOST)}, .collection = S_INIT("secrets")},
         S_INIT("GET"),
         S_INIT(""),
         S_INIT(""),
         S_INIT(""),
         S_INIT("GET /secrets?api-version=7.4 HTTP/1.1\r\nHost: " HOST "\r\nAccept: application/json\r\n")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vault_talk vault = rows[i].vault;
        /* Just the room that it needs, and one byte less. */
        for (size_t less = 0; less < 2; less++) {
            size_t cap = rows[i].request.len - less;
            struct buf request = {guarded_room(cap), 0, cap, false};
            vault.talk.request = &request;
            bool fits = vault_request(&vault, rows[i].method, rows[i].verb, rows[i].query, rows[i].authorization) &&
                        !request.full;
            assert_int_equal(fits, less == 0);
            if (fits)
                assert_slice(buf_slice(&request), rows[i].request);
        }
    }
}

static void test_a_token_cannot_add_a_line_to_the_request(void **state)
{
    static const slice tokens[] = {S_INIT("a\r\nX: y"), S_INIT("a b"),      S_INIT("a\0"),
                                   S_INIT("a\x7f"),     S_INIT("\xc3\xa9"), S_INIT("a\n")};
    (void)state;
    for (size_t i = 0; i < COUNT(tokens); i++) {
        start(S(HOST), false);
        assert_fails(give(tokens[i]), M_INTERNAL, EXIT_IS_OURS);
    }
}

static void test_a_request_that_does_not_fit_is_not_sent(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 200; cap++) {
        start(S(HOST), false);
        it.request = (struct buf){guarded_room(cap), 0, cap, false};
        struct want want = give(S(TOKEN));
        if (want.kind == WANT_SEND) {
            assert_true(cap > 150);
            assert_true(slice_ends_nocase(buf_slice(&it.request), S("\r\nAuthorization: Bearer " TOKEN "\r\n\r\n")));
        } else {
            assert_fails(want, M_INTERNAL, EXIT_IS_OURS);
        }
    }
}

/* --- the token and the challenge --- */

static void test_a_known_cloud_s_vault_gets_its_token_at_once(void **state)
{
    (void)state;
    assert_wants_token(start(S(HOST), false), S(RESOURCE), false);
    assert_wants_token(start(S("h.managedhsm.azure.net"), false), S("https://managedhsm.azure.net"), false);
    assert_wants_token(start(S("v.vault.azure.cn"), false), S("https://vault.azure.cn"), false);
    start_with_token();
    assert_true(holds(buf_slice(&it.request), S("\r\nAuthorization: Bearer " TOKEN "\r\n")));
    assert_int_equal(recorded("kv-200-secret-tags").kind, WANT_DONE);
    assert_int_equal(it.answers, 1);
}

static void test_when_told_to_it_asks_first_and_obeys_a_challenge_in_scope(void **state)
{
    static const struct {
        const char *name;
        slice host, resource;
    } rows[] = {
        {"kv-401-challenge-2020", S_INIT(HOST), S_INIT(RESOURCE)},
        {"kv-401-challenge-2023", S_INIT(HOST), S_INIT(RESOURCE)},
        {"kv-401-scope-form", S_INIT(HOST), S_INIT(RESOURCE)},
        {"mhsm-401-empty-body", S_INIT("h.managedhsm.azure.net"), S_INIT("https://managedhsm.azure.net")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(start(rows[i].host, true).kind, WANT_SEND);
        assert_false(holds(buf_slice(&it.request), S("Authorization")));
        assert_wants_token(recorded(rows[i].name), rows[i].resource, false);
        assert_int_equal(give(S(TOKEN)).kind, WANT_SEND);
        assert_true(holds(buf_slice(&it.request), S("\r\nAuthorization: Bearer " TOKEN "\r\n")));
        assert_int_equal(recorded("kv-200-secret-tags").kind, WANT_DONE);
    }
}

static void test_a_host_of_no_known_cloud_is_asked_first(void **state)
{
    (void)state;
    assert_int_equal(start(S("v.vault.example"), false).kind, WANT_SEND);
    assert_false(holds(buf_slice(&it.request), S("Authorization")));
    assert_wants_token(answered(401, S("WWW-Authenticate: Bearer resource=\"https://vault.example\"\r\n"), S("")),
                       S("https://vault.example"), false);
    assert_int_equal(give(S(TOKEN)).kind, WANT_SEND);
}

static void test_a_foreign_resource_gets_no_token(void **state)
{
    static const slice resources[] = {
        S_INIT("https://vault.azure.cn"),          S_INIT("https://management.azure.com"),
        S_INIT("https://myvault.vault.azure.net"), S_INIT("https://ault.azure.net"),
        S_INIT("http://vault.azure.net"),          S_INIT("https://net"),
        S_INIT("https://x@vault.azure.net"),       S_INIT("https://vault.azure.net/"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(resources); i++)
        for (int with_token = 0; with_token < 2; with_token++) {
            uint8_t room[256];
            struct buf line = BUF(room);
            if (with_token)
                start_with_token();
            else
                start(S(HOST), true);
            buf_put(&line, S("WWW-Authenticate: Bearer authorization=\"https://login.windows.net/t\", resource=\""));
            buf_put(&line, resources[i]);
            buf_put(&line, S("\"\r\n"));
            struct want want = answered(401, buf_slice(&line), S(""));
            assert_fails(want, M_VAULT_FOREIGN_CHALLENGE, EXIT_IS_UNTRUSTED);
            assert_slice(want.error->arg[0], S(HOST));
            assert_slice(want.error->arg[1], resources[i]);
        }
    start(S(HOST), true);
    assert_fails(recorded("kv-401-foreign-resource"), M_VAULT_FOREIGN_CHALLENGE, EXIT_IS_UNTRUSTED);
}

static void test_without_a_challenge_that_names_a_resource_there_is_no_token(void **state)
{
    static const slice fields[] = {
        S_INIT(""),
        S_INIT("WWW-Authenticate: Basic realm=\"x\"\r\n"),
        S_INIT("WWW-Authenticate: Bearer authorization=\"https://login.windows.net/t\"\r\n"),
        S_INIT("WWW-Authenticate: Bearer resource=\"\"\r\n"),
        S_INIT("WWW-Authenticate: Bearer resource=\"" RESOURCE "\", resource=\"" RESOURCE "\"\r\n"),
        S_INIT("WWW-Authenticate: Bearer resource=\"" RESOURCE "\r\n"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(fields); i++) {
        start(S(HOST), true);
        assert_fails(answered(401, fields[i], S("")), M_VAULT_NO_CHALLENGE, EXIT_IS_UNTRUSTED);
        start_with_token();
        assert_fails(answered(401, fields[i], S("")), M_VAULT_NO_CHALLENGE, EXIT_IS_UNTRUSTED);
    }
    start(S(HOST), true);
    struct want want = recorded("kv-401-no-challenge");
    assert_fails(want, M_VAULT_NO_CHALLENGE, EXIT_IS_UNTRUSTED);
    assert_slice(want.error->arg[0], S(HOST));
}

static void test_a_refusal_with_a_reason_and_no_challenge_is_told(void **state)
{
    slice body = S("{\"error\":{\"code\":\"Unauthorized\",\"message\":\"Token not yet valid\"}}");
    (void)state;
    start_with_token();
    struct want want = answered(401, S(""), body);
    assert_fails(want, M_VAULT_TOKEN_REFUSED, EXIT_IS_REFUSED);
    assert_slice(want.error->arg[4], S("Token not yet valid"));
    start(S(HOST), true);
    assert_fails(answered(401, S(""), body), M_VAULT_NO_CHALLENGE, EXIT_IS_UNTRUSTED);
}

static void test_a_token_that_is_refused_is_renewed_once_then_the_refusal_is_told(void **state)
{
    (void)state;
    start_with_token();
    assert_wants_token(recorded("kv-401-invalid-audience"), S(RESOURCE), true);
    assert_int_equal(give(S("another" TOKEN)).kind, WANT_SEND);
    assert_true(holds(buf_slice(&it.request), S("\r\nAuthorization: Bearer another" TOKEN "\r\n")));
    struct want want = recorded("kv-401-invalid-audience");
    assert_fails(want, M_VAULT_TOKEN_REFUSED, EXIT_IS_REFUSED);
    assert_slice(want.error->arg[0], S("db"));
    assert_slice(want.error->arg[1], S(HOST));
    assert_slice(want.error->arg[2], S("Unauthorized"));
    assert_slice(want.error->arg[3], S("80709a01-a508-48f5-9793-a6849a9ad672"));
    assert_true(slice_starts(want.error->arg[4], S("AKV10022: Invalid audience.")));
    /* The same struct, from the beginning. */
    assert_wants_token(tell((struct news){.kind = NEWS_START}), S(RESOURCE), false);
}

static void test_when_asked_first_the_same_holds(void **state)
{
    (void)state;
    start(S(HOST), true);
    assert_wants_token(recorded("kv-401-challenge-2023"), S(RESOURCE), false);
    give(S(TOKEN));
    assert_wants_token(recorded("kv-401-challenge-2023"), S(RESOURCE), true);
    give(S(TOKEN));
    assert_fails(recorded("kv-401-challenge-2023"), M_VAULT_TOKEN_REFUSED, EXIT_IS_REFUSED);
}

static void test_another_resource_in_scope_is_obeyed_once(void **state)
{
    slice line = S("WWW-Authenticate: Bearer resource=\"https://azure.net\"\r\n");
    (void)state;
    start_with_token();
    assert_wants_token(answered(401, line, S("")), S("https://azure.net"), false);
    give(S(TOKEN));
    assert_fails(answered(401, line, S("")), M_VAULT_TOKEN_REFUSED, EXIT_IS_REFUSED);
}

static void test_a_claims_challenge_is_tried_once_and_then_said_plainly(void **state)
{
    (void)state;
    start_with_token();
    assert_wants_token(recorded("kv-401-cae-insufficient-claims"), S(RESOURCE), true);
    give(S(TOKEN));
    struct want want = recorded("kv-401-cae-insufficient-claims");
    assert_fails(want, M_VAULT_CLAIMS, EXIT_IS_REFUSED);
    assert_slice(want.error->arg[2], S("insufficient_claims"));
}

static void test_akv10046_is_the_vault_s_own_fault_and_the_same_request_is_sent_again(void **state)
{
    slice body = S("{\"error\":{\"code\":\"Unauthorized\",\"message\":\"AKV10046: Unable to resolve the key used for "
                   "signature validation. EncodedJwtHeader: 'eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0'.\"}}");
    slice line = S("WWW-Authenticate: Bearer resource=\"" RESOURCE "\"\r\n");
    (void)state;
    start_with_token();
    for (unsigned i = 0; i < 100; i++) {
        struct want want = answered(401, line, body);
        assert_int_equal(want.kind, WANT_PAUSE);
        assert_true(want.pause_ms >= 500 && want.pause_ms < 20000);
        assert_int_equal(err_message(want.error), M_VAULT_LATER);
        assert_int_equal(err_status(want.error), EXIT_IS_LATER);
        assert_int_equal(paused().kind, WANT_SEND);
        assert_true(holds(buf_slice(&it.request), S("\r\nAuthorization: Bearer " TOKEN "\r\n")));
    }
    assert_int_equal(recorded("kv-200-secret-tags").kind, WANT_DONE);
    /* Without a token nothing was validated. */
    start(S(HOST), true);
    assert_wants_token(answered(401, line, body), S(RESOURCE), false);
}

static void test_success_without_a_token_is_no_success(void **state)
{
    (void)state;
    start(S(HOST), true);
    assert_fails(recorded("kv-200-secret-tags"), M_VAULT_NO_CHALLENGE, EXIT_IS_UNTRUSTED);
    assert_int_equal(it.answers, 0);
}

static void test_a_token_that_nobody_asked_for_is_not_sent(void **state)
{
    (void)state;
    start(S("v.vault.example"), false);
    assert_fails(give(S(TOKEN)), M_INTERNAL, EXIT_IS_OURS);
    assert_false(holds(buf_slice(&it.request), S(TOKEN)));
    start(S(HOST), false);
    assert_fails(give(S("")), M_INTERNAL, EXIT_IS_OURS);
}

/* --- refusals --- */

/* Each row of azure-protocol section 9.8, recorded where there is a recording. */
static void test_each_refusal_has_its_row_its_status_and_its_words(void **state)
{
    static const struct {
        const char *recorded; /* else status and body */
        unsigned status;
        slice body;
        enum message message;
        enum exit_status exit;
        slice code, request_id, fifth; /* how that starts */
    } rows[] = {
        {"kv-400-invalid-name", 400, S_INIT(""), M_VAULT_BAD_REQUEST, EXIT_IS_OURS, S_INIT("BadParameter"),
         S_INIT("00000000-0000-0000-0000-000000000018"), S_INIT("The request URI contains an invalid name")},
        {"kv-403-forbidden-by-rbac", 403, S_INIT(""), M_VAULT_ROLE_MISSING, EXIT_IS_REFUSED, S_INIT("ForbiddenByRbac"),
         S_INIT("00000000-0000-0000-0000-000000000012"), S_INIT("client id " CLIENT ", object id " OBJECT)},
        {"kv-403-forbidden-by-policy", 403, S_INIT(""), M_VAULT_POLICY_MISSING, EXIT_IS_REFUSED,
         S_INIT("ForbiddenByPolicy"), S_INIT("18a929ac-bd11-4db2-bd6b-03d14db442d6"),
         S_INIT("client id " CLIENT ", object id " OBJECT)},
        {"kv-403-access-denied", 403, S_INIT(""), M_VAULT_POLICY_MISSING, EXIT_IS_REFUSED, S_INIT("AccessDenied"),
         S_INIT(""), S_INIT("client id " CLIENT ", object id " OBJECT)},
        {"kv-403-forbidden-by-firewall", 403, S_INIT(""), M_VAULT_FIREWALL, EXIT_IS_REFUSED,
         S_INIT("ForbiddenByFirewall"), S_INIT(""),
         S_INIT("Client address is not authorized and caller is not a trusted service.  Client address: 203.0.113.7")},
        {NULL, 403,
         S_INIT("{\"error\":{\"code\":\"Forbidden\",\"message\":\"Public network access is disabled and request is not "
                "from a trusted service nor via an approved private link.\",\"innererror\":{\"code\":"
                "\"ForbiddenByConnection\"}}}"),
         M_VAULT_PRIVATE_ONLY, EXIT_IS_REFUSED, S_INIT("ForbiddenByConnection"), S_INIT("id-7"),
         S_INIT("Public network access is disabled")},
        {"kv-403-secret-disabled", 403, S_INIT(""), M_VAULT_DISABLED, EXIT_IS_REFUSED, S_INIT("SecretDisabled"),
         S_INIT("325ca7b0-9ed9-4d92-9b79-acb126fa5a90"), S_INIT("Operation get is not allowed")},
        {NULL, 403, S_INIT("{\"error\":{\"code\":\"Forbidden\",\"innererror\":{\"code\":\"KeyDisabled\"}}}"),
         M_VAULT_DISABLED, EXIT_IS_REFUSED, S_INIT("KeyDisabled"), S_INIT("id-7"), S_INIT("no message")},
        {NULL, 403,
         S_INIT("{\"error\":{\"code\":\"Forbidden\",\"message\":\"new\",\"innererror\":{\"code\":\"New\"}}}"),
         M_VAULT_FORBIDDEN, EXIT_IS_REFUSED, S_INIT("New"), S_INIT("id-7"), S_INIT("new")},
        {NULL, 403, S_INIT(""), M_VAULT_FORBIDDEN, EXIT_IS_REFUSED, S_INIT("no code"), S_INIT("id-7"),
         S_INIT("no message")},
        {"kv-404-secret-not-found", 404, S_INIT(""), M_VAULT_MISSING, EXIT_IS_MISSING, S_INIT("SecretNotFound"),
         S_INIT("f0dbf02f-e5a4-424c-86cc-157111c0a44c"), S_INIT("A secret with (name/id) ShouldNotExist")},
        {"kv-404-key-not-found", 404, S_INIT(""), M_VAULT_MISSING, EXIT_IS_MISSING, S_INIT("KeyNotFound"),
         S_INIT("4d61fffb-2645-43dd-a671-24320e6fef62"), S_INIT("Key not found: nodeKey")},
        {NULL, 404, S_INIT("<html>404</html>"), M_VAULT_ODD_STATUS, EXIT_IS_UNTRUSTED, S_INIT("no code"),
         S_INIT("id-7"), S_INIT("no message")},
        {NULL, 409,
         S_INIT("{\"error\":{\"code\":\"Conflict\",\"message\":\"m\",\"innererror\":{\"code\":"
                "\"ObjectIsDeletedButRecoverable\"}}}"),
         M_VAULT_CONFLICT, EXIT_IS_REFUSED, S_INIT("ObjectIsDeletedButRecoverable"), S_INIT("id-7"), S_INIT("m")},
        {"odd-307-other-host", 307, S_INIT(""), M_VAULT_REDIRECT, EXIT_IS_UNTRUSTED, S_INIT("no code"), S_INIT("none"),
         S_INIT("no message")},
        {NULL, 302, S_INIT(""), M_VAULT_REDIRECT, EXIT_IS_UNTRUSTED, S_INIT("no code"), S_INIT("id-7"),
         S_INIT("no message")},
        {NULL, 304, S_INIT(""), M_VAULT_REDIRECT, EXIT_IS_UNTRUSTED, S_INIT("no code"), S_INIT("id-7"),
         S_INIT("no message")},
        {"kv-204-purge", 204, S_INIT(""), M_VAULT_ODD_STATUS, EXIT_IS_UNTRUSTED, S_INIT("no code"), S_INIT(""),
         S_INIT("no message")},
        /* a proxy has touched it: its value is not quoted */
        {NULL, 203, S_INIT("{\"value\":\"hunter2\",\"id\":\"https://" HOST "/secrets/db/1\"}"), M_VAULT_ODD_STATUS,
         EXIT_IS_UNTRUSTED, S_INIT("no code"), S_INIT("id-7"), S_INIT("no message")},
        {NULL, 410, S_INIT(""), M_VAULT_ODD_STATUS, EXIT_IS_UNTRUSTED, S_INIT("no code"), S_INIT("id-7"),
         S_INIT("no message")},
        {NULL, 451, S_INIT(""), M_VAULT_ODD_STATUS, EXIT_IS_UNTRUSTED, S_INIT("no code"), S_INIT("id-7"),
         S_INIT("no message")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        start_with_token();
        struct want want = rows[i].recorded ? recorded(rows[i].recorded)
                                            : answered(rows[i].status, S("x-ms-request-id: id-7\r\n"), rows[i].body);
        assert_fails(want, rows[i].message, rows[i].exit);
        assert_slice(want.error->arg[0], S("db"));
        assert_slice(want.error->arg[1], S(HOST));
        assert_slice(want.error->arg[2], rows[i].code);
        if (rows[i].request_id.len)
            assert_slice(want.error->arg[3], rows[i].request_id);
        assert_slice(slice_first(want.error->arg[4], rows[i].fifth.len), rows[i].fifth);
        assert_int_equal(want.error->number[0], rows[i].status);
        assert_false(holds(written(want.error), S("hunter2")));
    }
}

static void test_a_caller_that_is_not_known_is_said_so(void **state)
{
    static const struct caller nobody;
    (void)state;
    start(S(HOST), false);
    tell((struct news){.kind = NEWS_TOKEN, .token = S(TOKEN), .caller = &nobody});
    assert_slice(recorded("kv-403-forbidden-by-rbac").error->arg[4], S("client id unknown, object id unknown"));
}

static void test_a_collection_is_named_where_there_is_no_object(void **state)
{
    (void)state;
    start_with_token();
    it.vault.name = S("");
    assert_slice(recorded("kv-403-forbidden-by-rbac").error->arg[0], S("secrets"));
}

static void test_a_service_that_repeats_the_token_does_not_make_us_say_it(void **state)
{
    static const struct {
        unsigned status;
        slice fields, body;
    } rows[] = {
        {400, S_INIT(""),
         S_INIT("{\"error\":{\"code\":\"BadParameter\",\"message\":\"header Bearer " TOKEN " is bad\"}}")},
        {403, S_INIT("x-ms-request-id: " TOKEN "\r\n"), S_INIT("{\"error\":{\"code\":\"" TOKEN "\"}}")},
        {403, S_INIT(""), S_INIT("{\"error\":{\"code\":\"F\",\"innererror\":{\"code\":\"" TOKEN "\"}}}")},
        {418, S_INIT(""), S_INIT("{\"error\":\"" TOKEN "\",\"error_description\":\"" TOKEN "\"}")},
        {401, S_INIT("WWW-Authenticate: Bearer resource=\"https://" TOKEN ".example\"\r\n"), S_INIT("")},
        {401, S_INIT(""), S_INIT("{\"error\":{\"code\":\"U\",\"message\":\"" TOKEN "\"}}")},
        {503, S_INIT(""), S_INIT("{\"error\":{\"code\":\"S\",\"message\":\"" TOKEN "\"}}")},
        {307, S_INIT("Location: https://evil.example/?t=" TOKEN "\r\n"), S_INIT("")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        start_with_token();
        struct want want = answered(rows[i].status, rows[i].fields, rows[i].body);
        assert_true(failed(want.error));
        for (size_t k = 0; k + 16 <= S(TOKEN).len; k++)
            assert_false(holds(written(want.error), slice_first(slice_after(S(TOKEN), k), 16)));
        assert_false(holds(buf_slice(&it.notes), slice_first(S(TOKEN), 16)));
    }
    /* In the challenge's own words. */
    slice line = S("WWW-Authenticate: Bearer resource=\"" RESOURCE "\", error=\"" TOKEN "\"\r\n");
    start_with_token();
    assert_int_equal(answered(401, line, S("")).kind, WANT_TOKEN);
    give(S(TOKEN));
    assert_slice(answered(401, line, S("")).error->arg[2], S("[hidden]"));
}

/* --- retries and notes --- */

static void test_what_passes_is_waited_for_and_asked_again(void **state)
{
    static const struct {
        const char *recorded;
        unsigned status;
        slice fields, code;
        uint32_t least_ms, most_ms;
    } rows[] = {
        {"kv-429-no-retry-after", 429, S_INIT(""), S_INIT("Throttled"), 500, 1500},
        {NULL, 429, S_INIT("Retry-After: 7\r\n"), S_INIT("no code"), 7000, 8000},
        {"odd-502-html", 502, S_INIT(""), S_INIT("no code"), 0, 800},
        {NULL, 408, S_INIT(""), S_INIT("no code"), 0, 800},
        {NULL, 500, S_INIT(""), S_INIT("no code"), 0, 800},
        {NULL, 503, S_INIT("Retry-After: 2\r\n"), S_INIT("no code"), 2000, 2800},
        {NULL, 599, S_INIT(""), S_INIT("no code"), 0, 800},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        start_with_token();
        struct want want =
            rows[i].recorded ? recorded(rows[i].recorded) : answered(rows[i].status, rows[i].fields, S(""));
        assert_int_equal(want.kind, WANT_PAUSE);
        assert_false(want.gone);
        assert_true(want.pause_ms >= rows[i].least_ms && want.pause_ms <= rows[i].most_ms);
        assert_int_equal(err_message(want.error), M_VAULT_LATER);
        assert_int_equal(err_status(want.error), EXIT_IS_LATER);
        assert_slice(want.error->arg[0], S("db"));
        assert_slice(want.error->arg[1], S(HOST));
        assert_slice(want.error->arg[2], rows[i].code);
        assert_int_equal(want.error->number[0], rows[i].status);
        assert_int_equal(paused().kind, WANT_SEND);
        assert_true(holds(buf_slice(&it.request), S("\r\nAuthorization: Bearer " TOKEN "\r\n")));
        assert_int_equal(recorded("kv-200-secret-tags").kind, WANT_DONE);
    }
}

static void test_retries_do_not_fill_notes(void **state)
{
    (void)state;
    start_with_token();
    for (unsigned i = 0; i < 1000; i++) {
        struct want want = answered(429, S("x-ms-request-id: 0e57042c-b600-47ba-bfac-27238ec41a3a\r\n"),
                                    S("{\"error\":{\"code\":\"Throttled\",\"message\":\"too many requests\"}}"));
        assert_int_equal(want.kind, WANT_PAUSE);
        assert_slice(want.error->arg[4], S("too many requests"));
        assert_int_equal(paused().kind, WANT_SEND);
        assert_int_equal(it.notes.len, 0);
    }
}

static void test_what_another_talk_wrote_behind_a_pause_stays(void **state)
{
    (void)state;
    start_with_token();
    struct want want = recorded("kv-429-no-retry-after");
    slice other = note_keep(&it.notes, S("another's"));
    paused();
    paused();
    assert_slice(want.error->arg[2], S("Throttled"));
    assert_slice(other, S("another's"));
    assert_ptr_equal(it.notes.at + it.notes.len, other.at + other.len);
    /* Nor is that taken which happens to end where a pause's texts ended. */
    start_with_token();
    recorded("kv-429-no-retry-after");
    size_t end = it.notes.len;
    paused();
    while (it.notes.len < end)
        note_keep(&it.notes, S("x"));
    paused();
    assert_int_equal(it.notes.len, end);
}

static void test_full_notes_never_change_what_a_token_is_for(void **state)
{
    slice line = S("WWW-Authenticate: Bearer resource=\"https://vault.example\"\r\n");
    (void)state;
    for (size_t cap = 0; cap < 40; cap++) {
        start(S("v.vault.example"), false);
        it.notes = (struct buf){guarded_room(cap), 0, cap, false};
        struct want want = answered(401, line, S(""));
        if (cap >= S("https://vault.example").len)
            assert_wants_token(want, S("https://vault.example"), false);
        else
            assert_fails(want, M_NO_MEMORY, EXIT_IS_SYSTEM);
    }
    /* What is known is not copied again. */
    start_with_token();
    it.notes.cap = 0;
    assert_wants_token(recorded("kv-401-challenge-2023"), S(RESOURCE), true);
}

static void test_full_notes_cost_a_refusal_its_words_and_nothing_else(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 800; cap += 7) {
        start_with_token();
        it.notes = (struct buf){guarded_room(cap), 0, cap, false};
        struct want want = recorded("kv-403-forbidden-by-rbac");
        assert_int_equal(want.kind, WANT_FAIL);
        assert_int_equal(err_status(want.error), EXIT_IS_REFUSED);
        for (size_t i = 0; i < ERR_ARGS_MAX; i++)
            assert_true(want.error->arg[i].len > 0);
        assert_true(it.notes.len <= cap);
    }
}

static void test_started_again_it_has_forgotten_all(void **state)
{
    struct news again = {.kind = NEWS_START};
    (void)state;
    /* what a token was for */
    start(S("v.vault.example"), false);
    answered(401, S("WWW-Authenticate: Bearer resource=\"https://vault.example\"\r\n"), S(""));
    give(S(TOKEN));
    assert_int_equal(tell(again).kind, WANT_SEND);
    assert_false(holds(buf_slice(&it.request), S("Authorization")));
    assert_fails(give(S(TOKEN)), M_INTERNAL, EXIT_IS_OURS);
    /* the token, and whose it was */
    start_with_token();
    it.vault.ask_first = true;
    assert_int_equal(tell(again).kind, WANT_SEND);
    assert_slice(recorded("kv-403-forbidden-by-rbac").error->arg[4], S("client id unknown, object id unknown"));
    assert_fails(recorded("kv-200-secret-tags"), M_VAULT_NO_CHALLENGE, EXIT_IS_UNTRUSTED);
    /* that a challenge was obeyed */
    start_with_token();
    recorded("kv-401-challenge-2023");
    give(S(TOKEN));
    tell(again);
    give(S(TOKEN));
    assert_wants_token(recorded("kv-401-challenge-2023"), S(RESOURCE), true);
}

static void test_pauses_grow_and_start_small_again(void **state)
{
    static struct answer answer;
    (void)state;
    start_with_token();
    for (unsigned try = 1; try <= 8; try++) {
        uint32_t most = 800u << (try > 6 ? 5 : try - 1);
        assert_true(answer_with(&answer, 500, S(""), S("")));
        answer.news.random = most; /* the longest that this try may wait */
        assert_int_equal(tell(answer.news).pause_ms, most);
        paused();
    }
    tell((struct news){.kind = NEWS_START});
    give(S(TOKEN));
    assert_true(tell(answer.news).pause_ms <= 800);
}

static void test_news_in_any_order_end_in_one_want(void **state)
{
    (void)state;
    start_with_token();
    it.vault.talk.pause_notes_end = 0;
    assert_int_equal(tell((struct news){.kind = NEWS_PAUSED}).kind, WANT_SEND);
    assert_int_equal(tell((struct news){.kind = (enum news_kind)9}).kind, WANT_FAIL);
    assert_int_equal(recorded("kv-200-secret-tags").kind, WANT_DONE);
    assert_int_equal(recorded("kv-200-secret-tags").kind, WANT_DONE);
    assert_int_equal(tell((struct news){.kind = NEWS_START}).kind, WANT_TOKEN);
    /* Started again, it has forgotten the token. */
    assert_fails(recorded("kv-200-secret-tags"), M_VAULT_NO_CHALLENGE, EXIT_IS_UNTRUSTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_request_is_what_the_vault_wants_to_the_byte),
        cmocka_unit_test(test_a_token_cannot_add_a_line_to_the_request),
        cmocka_unit_test(test_a_request_that_does_not_fit_is_not_sent),
        cmocka_unit_test(test_a_known_cloud_s_vault_gets_its_token_at_once),
        cmocka_unit_test(test_when_told_to_it_asks_first_and_obeys_a_challenge_in_scope),
        cmocka_unit_test(test_a_host_of_no_known_cloud_is_asked_first),
        cmocka_unit_test(test_a_foreign_resource_gets_no_token),
        cmocka_unit_test(test_without_a_challenge_that_names_a_resource_there_is_no_token),
        cmocka_unit_test(test_a_refusal_with_a_reason_and_no_challenge_is_told),
        cmocka_unit_test(test_a_token_that_is_refused_is_renewed_once_then_the_refusal_is_told),
        cmocka_unit_test(test_when_asked_first_the_same_holds),
        cmocka_unit_test(test_another_resource_in_scope_is_obeyed_once),
        cmocka_unit_test(test_a_claims_challenge_is_tried_once_and_then_said_plainly),
        cmocka_unit_test(test_akv10046_is_the_vault_s_own_fault_and_the_same_request_is_sent_again),
        cmocka_unit_test(test_success_without_a_token_is_no_success),
        cmocka_unit_test(test_a_token_that_nobody_asked_for_is_not_sent),
        cmocka_unit_test(test_each_refusal_has_its_row_its_status_and_its_words),
        cmocka_unit_test(test_a_caller_that_is_not_known_is_said_so),
        cmocka_unit_test(test_a_collection_is_named_where_there_is_no_object),
        cmocka_unit_test(test_a_service_that_repeats_the_token_does_not_make_us_say_it),
        cmocka_unit_test(test_what_passes_is_waited_for_and_asked_again),
        cmocka_unit_test(test_retries_do_not_fill_notes),
        cmocka_unit_test(test_what_another_talk_wrote_behind_a_pause_stays),
        cmocka_unit_test(test_full_notes_never_change_what_a_token_is_for),
        cmocka_unit_test(test_full_notes_cost_a_refusal_its_words_and_nothing_else),
        cmocka_unit_test(test_started_again_it_has_forgotten_all),
        cmocka_unit_test(test_pauses_grow_and_start_small_again),
        cmocka_unit_test(test_news_in_any_order_end_in_one_want),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
