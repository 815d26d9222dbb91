#include "lib/cm.h"

#include "azure/vault/dialogue.h"

#define VERSION "b590940956ed4415970d261ad1b17d55"
#define ID      "https://v.vault.azure.net/keys/disk/" VERSION

static struct dialogue d;
static struct key_wrap wrap;

static void begin(bool unwrap, slice version, slice value)
{
    wrap = (struct key_wrap){.unwrap = unwrap, .algorithm = S("RSA-OAEP-256"), .value = value};
    wrap.vault.talk.tell = key_wrap_tell;
    wrap.vault.collection = S("keys");
    wrap.vault.name = S("disk");
    wrap.vault.version = version;
    dialogue_open(&d, &wrap.vault, S("v.vault.azure.net"));
    dialogue_start(&d, &wrap.vault.talk);
    assert_int_equal(d.want.kind, WANT_TOKEN);
    assert_slice(d.want.resource, S("https://vault.azure.net"));
    dialogue_token(&d, &wrap.vault.talk, S("TOKEN"));
    assert_int_equal(d.want.kind, WANT_SEND);
}

static void answer(unsigned status, slice fields, slice body)
{
    assert_true(dialogue_answer(&d, &wrap.vault.talk, status, fields, body));
}

static void test_wrapping_asks_for_the_current_version_and_tells_which_it_was(void **state)
{
    (void)state;
    begin(false, S(""),
          S("\0\xff\xfe"
            "foo"));
    assert_slice(buf_slice(&d.request), S("POST /keys/disk//wrapkey?api-version=7.4 HTTP/1.1\r\n"
                                          "Host: v.vault.azure.net\r\n"
                                          "Accept: application/json\r\n"
                                          "Authorization: Bearer TOKEN\r\n"
                                          "Content-Type: application/json\r\n"
                                          "Content-Length: 41\r\n\r\n"
                                          "{\"alg\":\"RSA-OAEP-256\",\"value\":\"AP_-Zm9v\"}"));
    answer(200, S(""), S("{\"kid\":\"" ID "\",\"value\":\"-_8A\"}"));
    assert_int_equal(d.want.kind, WANT_DONE);
    assert_slice(wrap.version, S(VERSION));
    assert_slice(wrap.result, S("\xfb\xff\0"));
}

static void test_unwrapping_asks_for_the_very_version(void **state)
{
    (void)state;
    begin(true, S(VERSION), S("foo"));
    assert_true(slice_starts(buf_slice(&d.request), S("POST /keys/disk/" VERSION "/unwrapkey?api-version=7.4 HTTP")));
    answer(200, S(""), S("{\"value\":\"Zg==\",\"kid\":\"" ID "\"}")); /* with padding, as no recording has it */
    assert_int_equal(d.want.kind, WANT_DONE);
    assert_slice(wrap.result, S("f"));
}

static void test_a_recorded_answer_is_read(void **state)
{
    (void)state;
    begin(false, S(""), S("foo"));
    wrap.vault.talk.to.host = S("sdktestvault74.vault.azure.net");
    wrap.vault.name = S("nodeKey");
    /* kv-200-wrapkey.http */
    answer(
        200, S("content-type: application/json; charset=utf-8\r\n"),
        S("{\"kid\":\"https://sdktestvault74.vault.azure.net/keys/nodeKey/b590940956ed4415970d261ad1b17d55\",\"value\":"
          "\"ifuiSesxPARYNu0Wu4IVJIqCyLeYUZGHi0pELIoIy8j-0w_TQxFF5iq_0Za1GODKNLAEPkvMH0eJdDkbdhMSdJDiwJobZ14fom3zOuX"
          "MUJ34kFpN69hepT8HlNra7vfw7WGZhep6zm2XomtT-yagtyltL0MCcSA6P-Xyok5H42rme0cdZtpGqV0zsworalL89I3twYIeZDwLnTNt"
          "mhhQ0TU_1RBkbkt7zhqQsMolbMwqOA0mn5ZsGA0jAWW2WfD46Oz1Ksda15j245Gl7RtHgyd88qS9JlSHyw3DP63zFOkP-asmy-qSR-of"
          "H8ZNVoywpREpkC8q_u7UuknrrDz2mA\"}"));
    assert_int_equal(d.want.kind, WANT_DONE);
    assert_slice(wrap.version, S("b590940956ed4415970d261ad1b17d55"));
    assert_int_equal(wrap.result.len, 256);
    assert_int_equal(wrap.result.at[0], 0x89);
    assert_int_equal(wrap.result.at[255], 0x98);
}

static void test_without_a_token_the_value_stays_here(void **state)
{
    (void)state;
    wrap = (struct key_wrap){.algorithm = S("RSA-OAEP-256"), .value = S("foo")};
    wrap.vault = (struct vault_talk){
        .talk = {.tell = key_wrap_tell}, .collection = S("keys"), .name = S("disk"), .ask_first = true};
    dialogue_open(&d, &wrap.vault, S("v.vault.azure.net"));
    dialogue_start(&d, &wrap.vault.talk);
    assert_int_equal(d.want.kind, WANT_SEND);
    assert_slice(buf_slice(&d.request), S("POST /keys/disk//wrapkey?api-version=7.4 HTTP/1.1\r\n"
                                          "Host: v.vault.azure.net\r\n"
                                          "Accept: application/json\r\n"
                                          "Content-Length: 0\r\n\r\n"));
    answer(401, S("WWW-Authenticate: Bearer resource=\"https://vault.azure.net\"\r\n"), S(""));
    assert_int_equal(d.want.kind, WANT_TOKEN);
    dialogue_token(&d, &wrap.vault.talk, S("TOKEN"));
    assert_true(slice_ends_nocase(buf_slice(&d.request), S("\"value\":\"Zm9v\"}")));
}

static void test_an_answer_about_another_key_or_version_is_not_believed(void **state)
{
    static const slice bodies[] = {
        S_INIT("{\"kid\":\"https://w.vault.azure.net/keys/disk/" VERSION "\",\"value\":\"Zm9v\"}"),
        S_INIT("{\"kid\":\"http://v.vault.azure.net/keys/disk/" VERSION "\",\"value\":\"Zm9v\"}"),
        S_INIT("{\"kid\":\"https://v.vault.azure.net/keys/other/" VERSION "\",\"value\":\"Zm9v\"}"),
        S_INIT("{\"kid\":\"https://v.vault.azure.net/secrets/disk/" VERSION "\",\"value\":\"Zm9v\"}"),
        S_INIT("{\"kid\":\"https://v.vault.azure.net/keys/disk/\",\"value\":\"Zm9v\"}"),
        S_INIT("{\"kid\":\"https://v.vault.azure.net/keys/disk\",\"value\":\"Zm9v\"}"),
        S_INIT("{\"kid\":\"" ID "/x\",\"value\":\"Zm9v\"}"),
        S_INIT("{\"kid\":\"" ID "?x\",\"value\":\"Zm9v\"}"),
        S_INIT("{\"kid\":\"https://v.vault.azure.net/keys/disk/c590940956ed4415970d261ad1b17d55\",\"value\":\"Zm9v\"}"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        begin(true, S(VERSION), S("foo"));
        answer(200, S(""), bodies[i]);
        assert_int_equal(d.want.kind, WANT_FAIL);
        assert_int_equal(err_message(d.want.error), M_VAULT_OTHER_OBJECT);
        assert_int_equal(err_status(d.want.error), EXIT_IS_UNTRUSTED);
    }
    /* Names and versions have no case, and the port may be said. */
    begin(true, S(VERSION), S("foo"));
    answer(
        200, S(""),
        S("{\"kid\":\"https://V.vault.azure.net:443/keys/DISK/B590940956ED4415970D261AD1B17D55\",\"value\":\"Zm9v\"}"));
    assert_int_equal(d.want.kind, WANT_DONE);
}

static void test_an_answer_without_a_readable_value_is_refused(void **state)
{
    static const struct {
        slice body;
        enum message message;
    } rows[] = {
        {S_INIT(""), M_VAULT_NOT_JSON},
        {S_INIT("<html>"), M_VAULT_NOT_JSON},
        {S_INIT("[]"), M_VAULT_NO_VALUE},
        {S_INIT("{\"kid\":\"" ID "\"}"), M_VAULT_NO_VALUE},
        {S_INIT("{\"value\":\"Zm9v\"}"), M_VAULT_NO_VALUE},
        {S_INIT("{\"kid\":\"" ID "\",\"value\":null}"), M_VAULT_NO_VALUE},
        {S_INIT("{\"kid\":null,\"value\":\"Zm9v\"}"), M_VAULT_NO_VALUE},
        {S_INIT("{\"kid\":\"" ID "\",\"value\":\"\"}"), M_VAULT_NO_VALUE},
        {S_INIT("{\"kid\":\"" ID "\",\"value\":\"Zm9\"}"), M_VAULT_NO_VALUE},
        {S_INIT("{\"kid\":\"" ID "\",\"value\":\"Zm+v\"}"), M_VAULT_NO_VALUE},
        {S_INIT("{\"kid\":\"" ID "\",\"value\":\"Zm9v\",\"value\":\"Zm9v\"}"), M_VAULT_NO_VALUE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        begin(false, S(""), S("foo"));
        answer(200, S(""), rows[i].body);
        assert_int_equal(d.want.kind, WANT_FAIL);
        assert_int_equal(err_message(d.want.error), rows[i].message);
    }
}

static void test_a_refusal_names_the_role_that_keys_take(void **state)
{
    static const struct {
        bool unwrap;
        unsigned status;
        slice body;
        enum message message;
        enum exit_status exit;
    } rows[] = {
        {false, 403, S_INIT("{\"error\":{\"code\":\"Forbidden\",\"innererror\":{\"code\":\"ForbiddenByRbac\"}}}"),
         M_KEY_ROLE_MISSING, EXIT_IS_REFUSED},
        {true, 403, S_INIT("{\"error\":{\"code\":\"Forbidden\",\"innererror\":{\"code\":\"ForbiddenByPolicy\"}}}"),
         M_KEY_POLICY_MISSING, EXIT_IS_REFUSED},
        {true, 403, S_INIT("{\"error\":{\"code\":\"Forbidden\",\"innererror\":{\"code\":\"KeyDisabled\"}}}"),
         M_VAULT_DISABLED, EXIT_IS_REFUSED},
        {false, 400, S_INIT("{\"error\":{\"code\":\"BadParameter\"}}"), M_WRAP_REFUSED, EXIT_IS_DATA},
        {true, 400, S_INIT("{\"error\":{\"code\":\"BadParameter\"}}"), M_UNWRAP_REFUSED, EXIT_IS_DATA},
        {true, 404, S_INIT("{\"error\":{\"code\":\"KeyNotFound\"}}"), M_VAULT_MISSING, EXIT_IS_MISSING},
        {false, 405, S_INIT(""), M_VAULT_ODD_STATUS, EXIT_IS_UNTRUSTED},
        {false, 307, S_INIT(""), M_VAULT_REDIRECT, EXIT_IS_UNTRUSTED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        begin(rows[i].unwrap, S(""), S("hunter2"));
        answer(rows[i].status, S("x-ms-request-id: R\r\n"), rows[i].body);
        assert_int_equal(d.want.kind, WANT_FAIL);
        assert_int_equal(err_message(d.want.error), rows[i].message);
        assert_int_equal(err_status(d.want.error), rows[i].exit);
    }
}

/* Wrapping or unwrapping once more does no harm, so that it is as patient as reading. */
static void test_it_is_tried_again_when_the_service_is_not_well(void **state)
{
    static const unsigned statuses[] = {408, 429, 500, 503};
    (void)state;
    for (size_t i = 0; i < COUNT(statuses); i++) {
        begin(true, S(VERSION), S("foo"));
        assert_false(wrap.vault.talk.once);
        answer(statuses[i], S(""), S(""));
        assert_int_equal(d.want.kind, WANT_PAUSE);
        d.want = key_wrap_tell(&wrap.vault.talk, &(struct news){.kind = NEWS_PAUSED});
        assert_int_equal(d.want.kind, WANT_SEND);
        assert_true(slice_ends_nocase(buf_slice(&d.request), S("\"value\":\"Zm9v\"}")));
    }
}

static void test_the_largest_value_and_token_fit_into_a_request_and_no_less_room_does(void **state)
{
    static uint8_t value[KEY_BYTES_MAX], token[48 * 1024];
    (void)state;
    begin(false, S(VERSION), (slice){value, sizeof value});
    memset(token, 'a', sizeof token);
    dialogue_token(&d, &wrap.vault.talk, (slice){token, sizeof token});
    assert_int_equal(d.want.kind, WANT_SEND);
    size_t needed = d.request.len;
    for (size_t cap = 0; cap < needed; cap += cap + 200 < needed ? 100 : 1) {
        d.request.cap = cap;
        d.request.full = false;
        dialogue_token(&d, &wrap.vault.talk, (slice){token, sizeof token});
        assert_int_equal(d.want.kind, WANT_FAIL);
        assert_int_equal(err_message(d.want.error), M_INTERNAL);
    }
}

static void test_a_service_that_repeats_the_value_does_not_make_us_say_it(void **state)
{
    (void)state;
    for (int version = 0; version < 2; version++) {
        begin(false, version ? S("0123456789abcdef0123456789abcdef") : S(""), S("hunter2"));
        answer(400, S(""), S("{\"error\":{\"code\":\"BadParameter\",\"message\":\"'aHVudGVyMg' is no value\"}}"));
        assert_int_equal(d.want.kind, WANT_FAIL);
        assert_slice(d.want.error->arg[4], S("'[hidden]' is no value"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrapping_asks_for_the_current_version_and_tells_which_it_was),
        cmocka_unit_test(test_unwrapping_asks_for_the_very_version),
        cmocka_unit_test(test_a_recorded_answer_is_read),
        cmocka_unit_test(test_without_a_token_the_value_stays_here),
        cmocka_unit_test(test_an_answer_about_another_key_or_version_is_not_believed),
        cmocka_unit_test(test_an_answer_without_a_readable_value_is_refused),
        cmocka_unit_test(test_a_refusal_names_the_role_that_keys_take),
        cmocka_unit_test(test_it_is_tried_again_when_the_service_is_not_well),
        cmocka_unit_test(test_a_service_that_repeats_the_value_does_not_make_us_say_it),
        cmocka_unit_test(test_the_largest_value_and_token_fit_into_a_request_and_no_less_room_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
