#include "lib/cm.h"

#include "azure/answers.h"
#include "azure/service_error.h"

static uint8_t notes_room[4096];

static struct service_error read_error(struct answer *answer, slice credential)
{
    struct service_error said;
    struct buf notes = BUF(notes_room);
    service_error_read(&answer->head, &answer->news.body, (struct confidence){.token = credential}, &notes, &said);
    assert_false(notes.full);
    return said;
}

static struct service_error said_by(slice body, slice credential)
{
    struct answer answer;
    assert_true(answer_with(&answer, 403, S("x-ms-request-id: id-1\r\n"), body));
    return read_error(&answer, credential);
}

static void test_recorded_refusals_say_code_reason_and_id(void **state)
{
    static const struct {
        const char *name;
        slice code, inner, message, request_id; /* how the message starts */
    } rows[] = {
        {"kv-400-invalid-name", S_INIT("BadParameter"), S_INIT(""), S_INIT("The request URI contains an invalid name"),
         S_INIT("00000000-0000-0000-0000-000000000018")},
        {"kv-401-challenge-2023", S_INIT("Unauthorized"), S_INIT(""), S_INIT("AKV10000: Request is missing"),
         S_INIT("dccd1f78-985a-4a1e-8f9c-ee232874cbc8")},
        {"kv-403-forbidden-by-policy", S_INIT("Forbidden"), S_INIT("ForbiddenByPolicy"),
         S_INIT("Operation is not allowed.  Operation: \"decrypt\"  Caller: appid="),
         S_INIT("18a929ac-bd11-4db2-bd6b-03d14db442d6")},
        {"kv-403-secret-disabled", S_INIT("Forbidden"), S_INIT("SecretDisabled"),
         S_INIT("Operation get is not allowed on a disabled secret."), S_INIT("325ca7b0-9ed9-4d92-9b79-acb126fa5a90")},
        {"kv-404-secret-not-found", S_INIT("SecretNotFound"), S_INIT(""), S_INIT("A secret with (name/id)"),
         S_INIT("f0dbf02f-e5a4-424c-86cc-157111c0a44c")},
        {"kv-429-no-retry-after", S_INIT("Throttled"), S_INIT(""), S_INIT("Request was not processed"),
         S_INIT("0e57042c-b600-47ba-bfac-27238ec41a3a")},
        {"imds-400-identity-not-found", S_INIT("invalid_request"), S_INIT(""), S_INIT("Identity not found"),
         S_INIT("none")},
        {"imds-400-api-version-missing",
         S_INIT("Bad request. api-version was not specified in the request. For more information refer to "
                "aka.ms/azureimds"),
         S_INIT(""), S_INIT("no message"), S_INIT("none")},
        {"imds-410-gone-empty", S_INIT("no code"), S_INIT(""), S_INIT("no message"), S_INIT("none")},
        {"appservice-500", S_INIT("no code"), S_INIT(""), S_INIT("An unexpected error"), S_INIT("none")},
        {"sf-400-secret-header", S_INIT("SecretHeaderNotFound"), S_INIT(""), S_INIT("Secret is not found"),
         S_INIT("none")},
        {"mhsm-401-empty-body", S_INIT("no code"), S_INIT(""), S_INIT("no message"),
         S_INIT("dda99a38-d097-11eb-aedd-000d3ae28186")},
        {"odd-502-html", S_INIT("no code"), S_INIT(""), S_INIT("no message"), S_INIT("none")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer answer;
        assert_true(answer_recorded(&answer, rows[i].name));
        struct service_error said = read_error(&answer, S(""));
        assert_slice(said.code, rows[i].code);
        assert_slice(said.inner, rows[i].inner);
        assert_slice(slice_first(said.message, rows[i].message.len), rows[i].message);
        assert_slice(said.request_id, rows[i].request_id);
    }
}

static void test_what_is_no_error_body_says_nothing(void **state)
{
    static const slice bodies[] = {
        S_INIT(""),
        S_INIT("<html>Forbidden</html>"),
        S_INIT("[{\"error\":\"x\"}]"),
        S_INIT("\"error\""),
        S_INIT("{\"error\":{\"code\":\"C\",\"message\":\"M\"}"), /* cut short */
        S_INIT("{\"error\":7,\"error_description\":\"M\"}"),
        S_INIT("{\"error\":{\"code\":7,\"message\":[\"M\"]}}"),
        S_INIT("{\"error\":{\"code\":\"\",\"message\":\"\"}}"),
        /* which one counts is anybody's guess */
        S_INIT("{\"error\":{\"code\":\"A\",\"code\":\"B\"},\"error\":\"C\"}"),
        /* an answer that some proxy has given another status */
        S_INIT("{\"value\":\"v\",\"id\":\"https://v.vault.azure.net/secrets/s/1\",\"tags\":{\"message\":\"m\"}}"),
        S_INIT("{\"access_token\":\"eyJ\",\"token_type\":\"Bearer\"}"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        struct service_error said = said_by(bodies[i], S(""));
        assert_slice(said.code, S("no code"));
        assert_slice(said.inner, S(""));
        assert_slice(said.message, S("no message"));
        assert_slice(said.request_id, S("id-1"));
    }
}

static void test_only_a_body_with_a_code_is_one_of_the_service(void **state)
{
    static const struct {
        slice body;
        bool has_code;
    } rows[] = {{S_INIT("{\"error\":{\"code\":\"C\"}}"), true},
                {S_INIT("{\"error\":\"C\"}"), true},
                {S_INIT("{\"message\":\"M\"}"), false},
                {S_INIT("{}"), false},
                {S_INIT(""), false}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer answer;
        struct service_error said;
        struct buf notes = BUF(notes_room);
        assert_true(answer_with(&answer, 404, S(""), rows[i].body));
        assert_int_equal(service_error_read(&answer.head, &answer.news.body, (struct confidence){0}, &notes, &said),
                         rows[i].has_code);
    }
}

static void test_the_innermost_code_counts_down_to_a_bounded_depth(void **state)
{
    uint8_t room[1024];
    struct buf deep = BUF(room);
    (void)state;
    assert_slice(
        said_by(S("{\"error\":{\"code\":\"A\",\"innererror\":{\"code\":\"B\",\"innererror\":{\"message\":\"m\","
                  "\"innererror\":{\"code\":\"C\"}}}}}"),
                S(""))
            .inner,
        S("C"));
    assert_slice(
        said_by(S("{\"error\":{\"innererror\":{\"code\":\"B\",\"innererror\":{\"message\":\"m\"}}}}"), S("")).inner,
        S("B"));
    assert_slice(said_by(S("{\"error\":{\"code\":\"A\",\"innererror\":null}}"), S("")).inner, S(""));
    assert_slice(said_by(S("{\"error\":{\"code\":\"A\",\"innererror\":{\"innererror\":\"x\"}}}"), S("")).inner, S(""));
    buf_put(&deep, S("{\"error\":{\"code\":\"0\""));
    for (unsigned i = 1; i <= 20; i++) {
        buf_put(&deep, S(",\"innererror\":{\"code\":\""));
        buf_number(&deep, i);
        buf_put(&deep, S("\""));
    }
    for (unsigned i = 0; i < 22; i++)
        buf_put(&deep, S("}"));
    assert_slice(said_by(buf_slice(&deep), S("")).inner, S("8"));
}

static void test_a_message_is_one_line_and_no_longer_than_a_note(void **state)
{
    uint8_t room[2048];
    struct buf body = BUF(room);
    (void)state;
    assert_slice(said_by(S("{\"error\":{\"message\":\"a\\r\\nb\\nc\\u0022\\u00e9\"}}"), S("")).message,
                 S("a  b c\"\xc3\xa9"));
    buf_put(&body, S("{\"error\":{\"message\":\""));
    for (unsigned i = 0; i < 1000; i++)
        buf_byte(&body, 'm');
    buf_put(&body, S("\"}}"));
    assert_int_equal(said_by(buf_slice(&body), S("")).message.len, NOTE_BYTES_MAX);
}

#define TOKEN "eyJ0eXAiOiJKV1Qi.eyJhcHBpZCI6ImMtMSJ9.c2lnbmF0dXJlLW9mLWl0"

static void test_no_part_of_the_credential_is_quoted(void **state)
{
    static const struct {
        slice message, quoted;
    } rows[] = {
        {S_INIT("bad token " TOKEN), S_INIT("bad token [hidden]")},
        {S_INIT("Bearer " TOKEN " is bad"), S_INIT("Bearer [hidden] is bad")},
        {S_INIT(TOKEN TOKEN), S_INIT("[hidden][hidden]")},
        {S_INIT("'c2lnbmF0dXJlLW9mLWl0'"), S_INIT("'[hidden]'")},                 /* its signature alone */
        {S_INIT("'c2lnbmF0dXJlLW9mL'..."), S_INIT("'[hidden]'...")},              /* cut */
        {S_INIT("c2lnbmF0dXJlLW9m\\r\\nLW9mLWl0"), S_INIT("[hidden]  LW9mLWl0")}, /* folded: the rest is too short */
        {S_INIT("\\u00652lnbmF0dXJlLW9mLWl0"), S_INIT("e[hidden]")},              /* escaped, and one byte off */
        {S_INIT("c2lnbmF0dXJlLW9"), S_INIT("c2lnbmF0dXJlLW9")},                   /* 15 bytes open nothing */
        {S_INIT("eyJ0eXAiOiJKV1Qi is a header"), S_INIT("[hidden] is a header")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t room[512];
        struct buf body = BUF(room);
        buf_put(&body, S("{\"error\":{\"code\":\""));
        buf_put(&body, rows[i].message);
        buf_put(&body, S("\",\"innererror\":{\"code\":\""));
        buf_put(&body, rows[i].message);
        buf_put(&body, S("\"},\"message\":\""));
        buf_put(&body, rows[i].message);
        buf_put(&body, S("\"}}"));
        struct service_error said = said_by(buf_slice(&body), guarded(S(TOKEN)));
        assert_slice(said.code, rows[i].quoted);
        assert_slice(said.inner, rows[i].quoted);
        assert_slice(said.message, rows[i].quoted);
    }
    struct answer answer;
    assert_true(answer_with(&answer, 500, S("X-MS-Request-Id: " TOKEN "\r\n"), S("")));
    assert_slice(read_error(&answer, S(TOKEN)).request_id, S("[hidden]"));
}

static void test_a_short_credential_is_known_whole(void **state)
{
    struct buf notes = BUF(notes_room);
    (void)state;
    assert_slice(quote_keep(&notes, S("the header abc-1 is wrong"), (struct confidence){.value = S("abc-1")}),
                 S("the header [hidd is wrong"));
    assert_slice(quote_keep(&notes, S("abc-"), (struct confidence){.value = S("abc-1")}), S("abc-"));
    assert_slice(quote_keep(&notes, S("x"), (struct confidence){.value = S("x")}), S("["));
    assert_slice(quote_keep(&notes, S(""), (struct confidence){.value = S("x")}), S(""));
}

static void test_full_notes_cost_a_text_and_nothing_else(void **state)
{
    struct buf notes = {guarded_room(24), 0, 24, false};
    struct answer answer;
    struct service_error said;
    (void)state;
    assert_true(answer_with(&answer, 403, S(""),
                            S("{\"error\":{\"code\":\"Forbidden\",\"message\":\"more than there is room for\","
                              "\"innererror\":{\"code\":\"SecretDisabled\"}}}")));
    service_error_read(&answer.head, &answer.news.body, (struct confidence){0}, &notes, &said);
    assert_slice(said.code, S("Forbidden"));
    assert_slice(said.inner, S("SecretDisabled"));
    assert_slice(said.message, S("..."));
    assert_slice(buf_slice(&notes), S("ForbiddenSecretDisabled"));
    notes.full = true; /* somebody wrote there without asking */
    assert_slice(quote_keep(&notes, S("a"), (struct confidence){0}), S("a"));
    assert_slice(quote_keep(&notes, S("b"), (struct confidence){0}), S("..."));
}

static void test_an_endpoint_shows_its_port_only_where_it_is_not_the_scheme_s(void **state)
{
    static const struct {
        struct endpoint endpoint;
        slice text;
    } rows[] = {
        {{true, 443, S_INIT("v.vault.azure.net")}, S_INIT("v.vault.azure.net")},
        {{true, 80, S_INIT("v.vault.azure.net")}, S_INIT("v.vault.azure.net:80")},
        {{false, 80, S_INIT("169.254.169.254")}, S_INIT("169.254.169.254")},
        {{false, 443, S_INIT("localhost")}, S_INIT("localhost:443")},
        {{true, 8443, S_INIT("::1")}, S_INIT("[::1]:8443")},
        {{false, 80, S_INIT("fd00::1")}, S_INIT("[fd00::1]")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t room[64];
        struct buf text = BUF(room);
        endpoint_write(&rows[i].endpoint, &text);
        assert_slice(buf_slice(&text), rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_refusals_say_code_reason_and_id),
        cmocka_unit_test(test_what_is_no_error_body_says_nothing),
        cmocka_unit_test(test_only_a_body_with_a_code_is_one_of_the_service),
        cmocka_unit_test(test_the_innermost_code_counts_down_to_a_bounded_depth),
        cmocka_unit_test(test_a_message_is_one_line_and_no_longer_than_a_note),
        cmocka_unit_test(test_no_part_of_the_credential_is_quoted),
        cmocka_unit_test(test_a_short_credential_is_known_whole),
        cmocka_unit_test(test_full_notes_cost_a_text_and_nothing_else),
        cmocka_unit_test(test_an_endpoint_shows_its_port_only_where_it_is_not_the_scheme_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
