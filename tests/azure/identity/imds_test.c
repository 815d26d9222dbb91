#include "lib/cm.h"

#include "azure/answers.h"
#include "azure/identity.h"

enum { NOW = 1500000000 };

static uint8_t request_room[4096], notes_room[4096];

static struct talking {
    struct identity_setting setting;
    struct identity identity;
    struct buf request, notes;
} it;

/* A talk with the service at its own address, started. */
static struct want start(struct identity_setting setting, slice resource)
{
    it.setting = setting;
    it.setting.source = IDENTITY_IMDS;
    it.request = BUF(request_room);
    it.notes = BUF(notes_room);
    it.identity = (struct identity){.talk = {.request = &it.request, .notes = &it.notes}};
    assert_false(failed(identity_choose(&it.identity, &it.setting)));
    identity_start(&it.identity, resource, NOW);
    return imds_tell(&it.identity.talk, &(struct news){.kind = NEWS_START});
}

static struct want tell(enum news_kind kind)
{
    static const struct caller nobody;
    return imds_tell(&it.identity.talk, &(struct news){.kind = kind, .caller = &nobody});
}

static struct want answered(struct answer *answer)
{
    return imds_tell(&it.identity.talk, &answer->news);
}

static void test_the_request_is_what_the_service_wants_to_the_byte(void **state)
{
    static const struct {
        struct identity_setting setting;
        slice resource, line, host;
    } rows[] = {
        {{.source = IDENTITY_IMDS},
         S_INIT("https://vault.azure.net"),
         S_INIT("/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net"),
         S_INIT("169.254.169.254")},
        {{.client_id = S_INIT("11111111-1111-1111-1111-111111111111")},
         S_INIT("https://managedhsm.azure.net"),
         S_INIT("/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fmanagedhsm.azure.net"
                "&client_id=11111111-1111-1111-1111-111111111111"),
         S_INIT("169.254.169.254")},
        {{.object_id = S_INIT("22222222-2222-2222-2222-222222222222")},
         S_INIT("r"),
         S_INIT("/metadata/identity/oauth2/token?api-version=2018-02-01&resource=r"
                "&object_id=22222222-2222-2222-2222-222222222222"),
         S_INIT("169.254.169.254")},
        /* its own spelling: mi_res_id is App Service's */
        {{.resource_id = S_INIT("/subscriptions/s/resourceGroups/a (b)/x")},
         S_INIT("r&client_id=x"),
         S_INIT("/metadata/identity/oauth2/token?api-version=2018-02-01&resource=r%26client_id%3Dx"
                "&msi_res_id=%2Fsubscriptions%2Fs%2FresourceGroups%2Fa%20%28b%29%2Fx"),
         S_INIT("169.254.169.254")},
        {{.variable[VARIABLE_AZURE_POD_IDENTITY_AUTHORITY_HOST] = S_INIT("http://[::1]:8080/")},
         S_INIT("r"),
         S_INIT("/metadata/identity/oauth2/token?api-version=2018-02-01&resource=r"),
         S_INIT("[::1]:8080")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t room[1024];
        struct buf wanted = BUF(room);
        buf_put(&wanted, S("GET "));
        buf_put(&wanted, rows[i].line);
        buf_put(&wanted, S(" HTTP/1.1\r\nHost: "));
        buf_put(&wanted, rows[i].host);
        buf_put(&wanted, S("\r\nMetadata: true\r\n\r\n"));
        assert_int_equal(start(rows[i].setting, rows[i].resource).kind, WANT_SEND);
        assert_slice(buf_slice(&it.request), buf_slice(&wanted));
    }
}

static void test_recorded_tokens_are_taken(void **state)
{
    static const struct {
        const char *name;
        int64_t expires_at;
    } rows[] = {
        {"imds-200-system-assigned", 1580179303},
        {"imds-200-doc-form", 1506484173},
        {"imds-200-expires-float", 1893456000},
        {"wi-proxy-200", 1781265600},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer answer;
        start((struct identity_setting){0}, S("https://vault.azure.net"));
        assert_true(answer_recorded(&answer, rows[i].name));
        assert_int_equal(answered(&answer).kind, WANT_DONE);
        assert_slice(it.identity.token, S("eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.UkVEQUNURUQ.UkVEQUNURUQ"));
        assert_int_equal(it.identity.expires_at, rows[i].expires_at);
    }
}

static void test_success_without_a_token_is_another_program_s(void **state)
{
    static const slice bodies[] = {
        S_INIT(""),
        S_INIT("<html>Welcome! Please log in.</html>"),
        S_INIT("{\"access_token\":\"\"}"),
        S_INIT("{\"access_token\":\"eyJ\",\"access_token\":\"eyK\"}"),
        S_INIT("{\"access_token\":\"eyJ\""),
        S_INIT("{\"error\":\"invalid_request\"}"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct answer answer;
        start((struct identity_setting){0}, S("r"));
        assert_true(answer_with(&answer, 200, S(""), bodies[i]));
        struct want want = answered(&answer);
        assert_int_equal(want.kind, WANT_FAIL);
        assert_int_equal(err_message(want.error), M_IMDS_GARBLED);
        assert_int_equal(err_status(want.error), EXIT_IS_UNTRUSTED);
        assert_slice(want.error->arg[0], S("169.254.169.254"));
        assert_int_equal(it.identity.token.len, 0);
    }
}

#define CLIENT "11111111-1111-1111-1111-111111111111"

/* Each status of azure-protocol section 1.3. */
static void test_each_refusal_is_told_with_its_meaning(void **state)
{
    static const struct {
        const char *recorded; /* else status and body */
        unsigned status;
        slice body, code;
        enum message unselected, selected;
        enum exit_status exit_unselected, exit_selected;
    } rows[] = {
        {"imds-400-identity-not-found", 400, S_INIT(""), S_INIT("invalid_request"), M_IMDS_NO_IDENTITY,
         M_IMDS_NOT_ASSIGNED, EXIT_IS_CONFIG, EXIT_IS_REFUSED},
        {NULL, 400,
         S_INIT(
             "{\"error\":\"invalid_request\",\"error_description\":\"Multiple user assigned identities exist, please "
             "specify the clientId / resourceId of the identity in the token request\"}"),
         S_INIT("invalid_request"), M_IMDS_NO_IDENTITY, M_IMDS_NOT_ASSIGNED, EXIT_IS_CONFIG, EXIT_IS_REFUSED},
        {"imds-400-aadsts500011", 400, S_INIT(""), S_INIT("invalid_resource"), M_IMDS_RESOURCE, M_IMDS_RESOURCE,
         EXIT_IS_REFUSED, EXIT_IS_REFUSED},
        {"imds-400-no-metadata-header", 400, S_INIT(""), S_INIT("bad_request_102"), M_IMDS_REFUSED, M_IMDS_REFUSED,
         EXIT_IS_REFUSED, EXIT_IS_REFUSED},
        {NULL, 400, S_INIT("Required metadata header not specified or not correct"), S_INIT("no code"), M_IMDS_REFUSED,
         M_IMDS_REFUSED, EXIT_IS_REFUSED, EXIT_IS_REFUSED},
        {NULL, 401, S_INIT("{\"error\":\"unknown_source\",\"error_description\":\"Unknown Source 127.0.0.1\"}"),
         S_INIT("unknown_source"), M_IMDS_REFUSED, M_IMDS_REFUSED, EXIT_IS_REFUSED, EXIT_IS_REFUSED},
        {NULL, 401, S_INIT("{\"error\":\"unauthorized_client\"}"), S_INIT("unauthorized_client"), M_IMDS_REFUSED,
         M_IMDS_REFUSED, EXIT_IS_REFUSED, EXIT_IS_REFUSED},
        {NULL, 403, S_INIT("connecting to 169.254.169.254:80: dial tcp: host is unreachable"), S_INIT("no code"),
         M_IMDS_NOT_IMDS, M_IMDS_NOT_IMDS, EXIT_IS_CONFIG, EXIT_IS_CONFIG},
        {NULL, 405, S_INIT(""), S_INIT("no code"), M_IMDS_NOT_IMDS, M_IMDS_NOT_IMDS, EXIT_IS_CONFIG, EXIT_IS_CONFIG},
        /* a portal: not IMDS either, and not followed */
        {"odd-307-other-host", 307, S_INIT(""), S_INIT("no code"), M_IMDS_NOT_IMDS, M_IMDS_NOT_IMDS, EXIT_IS_CONFIG,
         EXIT_IS_CONFIG},
        {NULL, 202, S_INIT("{\"access_token\":\"eyJ\"}"), S_INIT("no code"), M_IMDS_NOT_IMDS, M_IMDS_NOT_IMDS,
         EXIT_IS_CONFIG, EXIT_IS_CONFIG},
        {NULL, 418, S_INIT("{\"error\":\"teapot\"}"), S_INIT("teapot"), M_IMDS_REFUSED, M_IMDS_REFUSED, EXIT_IS_REFUSED,
         EXIT_IS_REFUSED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int selected = 0; selected < 2; selected++) {
            struct answer answer;
            start((struct identity_setting){.client_id = selected ? S(CLIENT) : S("")}, S("r"));
            assert_true(rows[i].recorded ? answer_recorded(&answer, rows[i].recorded)
                                         : answer_with(&answer, rows[i].status, S(""), rows[i].body));
            struct want want = answered(&answer);
            assert_int_equal(want.kind, WANT_FAIL);
            assert_int_equal(want.error->message, selected ? rows[i].selected : rows[i].unselected);
            assert_int_equal(err_status(want.error), selected ? rows[i].exit_selected : rows[i].exit_unselected);
            assert_slice(want.error->arg[0], selected ? S(CLIENT) : S("of this machine"));
            assert_slice(want.error->arg[1], rows[i].code);
            assert_slice(want.error->arg[3], S("169.254.169.254"));
            assert_int_equal(want.error->number[0], rows[i].status);
        }
}

static void test_the_selector_is_named_whichever_it_is(void **state)
{
    static const struct identity_setting settings[] = {
        {.client_id = S_INIT("it")}, {.object_id = S_INIT("it")}, {.resource_id = S_INIT("it")}};
    (void)state;
    for (size_t i = 0; i < COUNT(settings); i++) {
        struct answer answer;
        start(settings[i], S("r"));
        assert_true(answer_recorded(&answer, "imds-400-identity-not-found"));
        struct want want = answered(&answer);
        assert_slice(want.error->arg[0], S("it"));
        assert_slice(want.error->arg[2], S("Identity not found"));
        assert_int_equal(err_status(want.error), EXIT_IS_REFUSED);
    }
}

static void test_what_passes_is_waited_for_and_asked_again(void **state)
{
    static const struct {
        const char *recorded;
        unsigned status;
        slice code;
        bool gone;
        uint32_t least_ms;
    } rows[] = {
        {NULL, 404, S_INIT("no code"), false, 400},
        {NULL, 408, S_INIT("no code"), false, 400},
        {"imds-410-gone-empty", 410, S_INIT("no code"), true, 5000},
        {"imds-429", 429, S_INIT("too_many_requests"), false, 400},
        {NULL, 500, S_INIT("no code"), false, 1000},
        {"odd-502-html", 502, S_INIT("no code"), false, 1000},
        {NULL, 503, S_INIT("no code"), false, 1000},
        {NULL, 504, S_INIT("no code"), false, 1000},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer answer;
        uint8_t first_room[1024];
        struct buf first = BUF(first_room);
        start((struct identity_setting){0}, S("r"));
        buf_put(&first, buf_slice(&it.request));
        assert_true(rows[i].recorded ? answer_recorded(&answer, rows[i].recorded)
                                     : answer_with(&answer, rows[i].status, S(""), S("")));
        struct want want = answered(&answer);
        assert_int_equal(want.kind, WANT_PAUSE);
        assert_int_equal(want.gone, rows[i].gone);
        assert_true(want.pause_ms >= rows[i].least_ms && want.pause_ms <= rows[i].least_ms + 800);
        assert_int_equal(err_message(want.error), M_IMDS_LATER);
        assert_int_equal(err_status(want.error), EXIT_IS_LATER);
        assert_slice(want.error->arg[1], rows[i].code);
        assert_slice(want.error->arg[3], S("169.254.169.254"));
        assert_int_equal(want.error->number[0], rows[i].status);
        assert_int_equal(tell(NEWS_PAUSED).kind, WANT_SEND);
        assert_slice(buf_slice(&it.request), buf_slice(&first));
    }
}

static void test_retries_go_on_with_growing_pauses_and_do_not_fill_notes(void **state)
{
    uint32_t longest = 0;
    (void)state;
    start((struct identity_setting){0}, S("r"));
    for (unsigned try = 1; try <= 2000; try++) {
        struct answer answer;
        assert_true(
            answer_with(&answer, 429, S(""), S("{\"error\":\"e\",\"error_description\":\"the same each time\"}")));
        answer.news.random = try * 2654435761u;
        struct want want = answered(&answer);
        assert_int_equal(want.kind, WANT_PAUSE);
        assert_slice(want.error->arg[2], S("the same each time"));
        longest = want.pause_ms > longest ? want.pause_ms : longest;
        assert_int_equal(tell(NEWS_PAUSED).kind, WANT_SEND);
        assert_int_equal(it.notes.len, 0);
    }
    assert_true(longest > 10000 && longest <= 400 + 32 * 800);
}

static void test_what_another_wrote_behind_a_pause_stays(void **state)
{
    struct answer answer;
    (void)state;
    start((struct identity_setting){0}, S("r"));
    assert_true(answer_recorded(&answer, "imds-429"));
    struct want want = answered(&answer);
    slice other = note_keep(&it.notes, S("another's"));
    tell(NEWS_PAUSED);
    assert_slice(want.error->arg[2], S("API rate limits exceeded"));
    tell(NEWS_PAUSED); /* nothing is taken back twice */
    assert_slice(slice_after(buf_slice(&it.notes), it.notes.len - other.len), S("another's"));
}

static void test_news_that_nobody_waits_for_end_it_or_start_it_again(void **state)
{
    (void)state;
    start((struct identity_setting){0}, S("r"));
    struct want want = tell(NEWS_TOKEN);
    assert_int_equal(want.kind, WANT_FAIL);
    assert_int_equal(err_message(want.error), M_INTERNAL);
    assert_int_equal(tell(NEWS_PAUSED).kind, WANT_SEND);
    assert_int_equal(tell(NEWS_START).kind, WANT_SEND);
}

static void test_a_request_that_does_not_fit_is_not_sent(void **state)
{
    static uint8_t long_id[4000];
    slice longest = {long_id, IDENTITY_SELECTOR_BYTES_MAX};
    (void)state;
    memset(long_id, '/', sizeof long_id);
    assert_int_equal(start((struct identity_setting){.resource_id = longest}, longest).kind, WANT_SEND);
    struct want want = start((struct identity_setting){.resource_id = {long_id, sizeof long_id}}, S("r"));
    assert_int_equal(want.kind, WANT_FAIL);
    assert_int_equal(err_message(want.error), M_INTERNAL);
    start((struct identity_setting){0}, S("r"));
    it.request.cap = 100;
    it.request.len = 0;
    assert_int_equal(tell(NEWS_START).kind, WANT_FAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_request_is_what_the_service_wants_to_the_byte),
        cmocka_unit_test(test_recorded_tokens_are_taken),
        cmocka_unit_test(test_success_without_a_token_is_another_program_s),
        cmocka_unit_test(test_each_refusal_is_told_with_its_meaning),
        cmocka_unit_test(test_the_selector_is_named_whichever_it_is),
        cmocka_unit_test(test_what_passes_is_waited_for_and_asked_again),
        cmocka_unit_test(test_retries_go_on_with_growing_pauses_and_do_not_fill_notes),
        cmocka_unit_test(test_what_another_wrote_behind_a_pause_stays),
        cmocka_unit_test(test_news_that_nobody_waits_for_end_it_or_start_it_again),
        cmocka_unit_test(test_a_request_that_does_not_fit_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
