#include "lib/cm.h"

#include "azure/answers.h"
#include "azure/vault.h"
#include "wire/json.h"

#define HOST  "myvault.vault.azure.net"
#define TOKEN "eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.UkVEQUNURUQ.UkVEQUNURUQ"

static uint8_t request_room[4096], notes_room[4096];
static struct secret_get get;
static struct buf request, notes;

static struct want tell(struct news news)
{
    return secret_get_tell(&get.vault.talk, &news);
}

static struct want start(slice name, slice version, bool ask_first)
{
    request = BUF(request_room);
    notes = BUF(notes_room);
    get = (struct secret_get){
        .vault = {.talk = {.tell = secret_get_tell, .to = {true, 443, S(HOST)}, .request = &request, .notes = &notes},
                  .collection = S("secrets"),
                  .name = name,
                  .version = version,
                  .ask_first = ask_first}};
    return tell((struct news){.kind = NEWS_START});
}

static struct want give_token(void)
{
    static const struct caller nobody;
    return tell((struct news){.kind = NEWS_TOKEN, .token = S(TOKEN), .caller = &nobody});
}

static struct want answered(struct answer *answer)
{
    start(S("db"), S(""), false);
    give_token();
    return tell(answer->news);
}

static void test_the_request_is_what_the_vault_wants_to_the_byte(void **state)
{
    (void)state;
    assert_int_equal(start(S("db"), S(""), true).kind, WANT_SEND);
    assert_slice(buf_slice(&request),
                 S("GET /secrets/db?api-version=7.4 HTTP/1.1\r\nHost: " HOST "\r\nAccept: application/json\r\n\r\n"));
    assert_int_equal(start(S("db"), S("4387e9f3d6e14c459867679a90fd0f79"), false).kind, WANT_TOKEN);
    assert_int_equal(give_token().kind, WANT_SEND);
    assert_slice(buf_slice(&request),
                 S("GET /secrets/db/4387e9f3d6e14c459867679a90fd0f79?api-version=7.4 HTTP/1.1\r\nHost: " HOST
                   "\r\nAccept: application/json\r\nAuthorization: Bearer " TOKEN "\r\n\r\n"));
}

static void test_recorded_values_are_found_where_they_stand(void **state)
{
    static const struct {
        const char *name;
        slice value; /* as it stands there */
    } rows[] = {
        {"kv-200-secret-tags", S_INIT("\"value\"")},
        {"kv-200-set-secret-2018", S_INIT("\"Pa$$w0rd\"")},
        {"odd-bom-json", S_INIT("\"v\"")},
        {"odd-chunked-uppercase-hex", S_INIT("\"v\"")},
        {"odd-http10-close-delimited", S_INIT("\"v\"")},
        {"odd-lf-only", S_INIT("\"v\"")},
    };
    struct answer answer;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(answer_recorded(&answer, rows[i].name));
        assert_int_equal(answered(&answer).kind, WANT_DONE);
        assert_slice(get.value, rows[i].value);
        assert_int_equal(get.bundle.at[0], '{');
        assert_int_equal(get.bundle.at[get.bundle.len - 1], '}');
    }
    assert_true(answer_recorded(&answer, "kv-200-max-size-value"));
    assert_int_equal(answered(&answer).kind, WANT_DONE);
    assert_int_equal(get.value.len, 25000 * 6 + 2); /* each byte escaped */
    assert_true(answer_recorded(&answer, "kv-200-unicode"));
    assert_int_equal(answered(&answer).kind, WANT_DONE);
    assert_true(json_is(get.value, S("\xc3\xa9\n\xf0\x9f\x98\x80/\\\"\t\xe2\x82\xac")));
}

static void test_an_answer_that_is_cut_gives_no_shorter_secret(void **state)
{
    slice whole = S("{\"id\":\"https://" HOST "/secrets/db/1\",\"value\":\"hunter2\"}");
    (void)state;
    for (size_t n = 0; n < whole.len; n++) {
        struct answer answer;
        assert_true(answer_with(&answer, 200, S(""), slice_first(whole, n)));
        struct want want = answered(&answer);
        assert_int_equal(want.kind, WANT_FAIL);
        assert_int_equal(err_message(want.error), M_VAULT_NOT_JSON);
        assert_int_equal(err_status(want.error), EXIT_IS_UNTRUSTED);
        assert_int_equal(want.error->number[0], n);
        assert_slice(want.error->arg[0], S("db"));
        assert_slice(want.error->arg[1], S(HOST));
    }
}

static void test_a_bundle_has_one_value_and_that_is_a_string(void **state)
{
    static const slice wrong[] = {
        S_INIT("{}"),
        S_INIT("[]"),
        S_INIT("\"value\""),
        S_INIT("{\"value\":null}"),
        S_INIT("{\"value\":1}"),
        S_INIT("{\"value\":{\"value\":\"v\"}}"),
        S_INIT("{\"tags\":{\"value\":\"v\"}}"),
        S_INIT("{\"Value\":\"v\"}"),
        S_INIT("{\"value\":\"a\",\"value\":\"b\"}"),
        S_INIT("{\"value\":\"a\",\"v\\u0061lue\":\"b\"}"),
    };
    struct answer answer;
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_true(answer_with(&answer, 200, S(""), wrong[i]));
        struct want want = answered(&answer);
        assert_int_equal(want.kind, WANT_FAIL);
        assert_int_equal(err_message(want.error), M_VAULT_NO_VALUE);
        assert_int_equal(err_status(want.error), EXIT_IS_UNTRUSTED);
    }
    assert_true(answer_recorded(&answer, "kv-200-missing-value"));
    assert_int_equal(err_message(answered(&answer).error), M_VAULT_NO_VALUE);
    assert_true(answer_recorded(&answer, "odd-deep-nesting"));
    assert_int_equal(err_message(answered(&answer).error), M_VAULT_NOT_JSON);
    /* An empty one is a value; other members may have any name. */
    assert_true(answer_with(&answer, 200, S(""), S(" {\"tags\":{\"value\":\"t\"},\"value\":\"\"}\n")));
    assert_int_equal(answered(&answer).kind, WANT_DONE);
    assert_slice(get.value, S("\"\""));
    assert_slice(get.bundle, S("{\"tags\":{\"value\":\"t\"},\"value\":\"\"}"));
}

static void test_refusals_are_the_vault_s(void **state)
{
    struct answer answer;
    (void)state;
    assert_true(answer_recorded(&answer, "kv-404-secret-not-found"));
    assert_int_equal(err_message(answered(&answer).error), M_VAULT_MISSING);
    assert_int_equal(get.value.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_request_is_what_the_vault_wants_to_the_byte),
        cmocka_unit_test(test_recorded_values_are_found_where_they_stand),
        cmocka_unit_test(test_an_answer_that_is_cut_gives_no_shorter_secret),
        cmocka_unit_test(test_a_bundle_has_one_value_and_that_is_a_string),
        cmocka_unit_test(test_refusals_are_the_vault_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
