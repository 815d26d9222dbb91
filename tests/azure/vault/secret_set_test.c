#include "lib/cm.h"

#include "azure/vault/dialogue.h"

#define ID "https://v.vault.azure.net/secrets/db/f2a1f3f8421a4673a96033d2cd23923d"

static struct dialogue d;
static struct secret_set set;

static void begin(slice value)
{
    set = (struct secret_set){.value = value};
    set.vault.talk.tell = secret_set_tell;
    set.vault.collection = S("secrets");
    set.vault.name = S("db");
    dialogue_open(&d, &set.vault, S("v.vault.azure.net"));
    dialogue_start(&d, &set.vault.talk);
    assert_int_equal(d.want.kind, WANT_TOKEN);
    dialogue_token(&d, &set.vault.talk, S("TOKEN"));
}

static void answer(unsigned status, slice fields, slice body)
{
    assert_true(dialogue_answer(&d, &set.vault.talk, status, fields, body));
}

static void test_the_value_goes_out_as_it_is_and_the_new_version_s_id_comes_back(void **state)
{
    (void)state;
    begin(S("a\"b\\\n\0\xc3\xa9$"));
    assert_int_equal(d.want.kind, WANT_SEND);
    assert_slice(buf_slice(&d.request), S("PUT /secrets/db?api-version=7.4 HTTP/1.1\r\n"
                                          "Host: v.vault.azure.net\r\n"
                                          "Accept: application/json\r\n"
                                          "Authorization: Bearer TOKEN\r\n"
                                          "Content-Type: application/json\r\n"
                                          "Content-Length: 29\r\n\r\n"
                                          "{\"value\":\"a\\\"b\\\\\\n\\u0000\xc3\xa9$\"}"));
    answer(200, S(""), S("{\"value\":\"Pa$$w0rd\",\"id\":\"" ID "\",\"attributes\":{\"enabled\":true}}"));
    assert_int_equal(d.want.kind, WANT_DONE);
    assert_slice(set.id, S(ID));
}

static void test_without_a_token_the_value_stays_here(void **state)
{
    (void)state;
    set = (struct secret_set){.value = S("hunter2")};
    set.vault = (struct vault_talk){.talk = {.tell = secret_set_tell}, .collection = S("secrets"), .name = S("db")};
    dialogue_open(&d, &set.vault, S("far.example"));
    dialogue_start(&d, &set.vault.talk);
    assert_int_equal(d.want.kind, WANT_SEND);
    assert_slice(buf_slice(&d.request), S("PUT /secrets/db?api-version=7.4 HTTP/1.1\r\n"
                                          "Host: far.example\r\n"
                                          "Accept: application/json\r\n"
                                          "Content-Length: 0\r\n\r\n"));
    /* Who is no vault never sees it. */
    answer(200, S(""), S("{\"id\":\"" ID "\"}"));
    assert_int_equal(d.want.kind, WANT_FAIL);
    assert_int_equal(err_message(d.want.error), M_VAULT_NO_CHALLENGE);
}

static void test_the_largest_value_fits_with_every_byte_escaped_beside_the_largest_token(void **state)
{
    static uint8_t value[SECRET_VALUE_BYTES_MAX], token[48 * 1024];
    (void)state;
    memset(value, 1, sizeof value);
    memset(token, 'a', sizeof token);
    begin((slice){value, sizeof value});
    dialogue_token(&d, &set.vault.talk, (slice){token, sizeof token});
    assert_int_equal(d.want.kind, WANT_SEND);
}

static void test_a_value_that_is_no_text_goes_nowhere(void **state)
{
    (void)state;
    begin(S("\xff"));
    assert_int_equal(d.want.kind, WANT_FAIL);
    assert_int_equal(err_message(d.want.error), M_INTERNAL); /* the command has checked it before */
}

/* Each request makes a version. So it goes out again only where the service says that it has not done it. */
static void test_it_is_tried_again_only_when_nothing_was_done(void **state)
{
    static const unsigned unsure[] = {408, 500, 502, 503, 504};
    (void)state;
    begin(S("x"));
    assert_true(set.vault.talk.once);
    answer(429, S(""), S(""));
    assert_int_equal(d.want.kind, WANT_PAUSE);
    d.want = secret_set_tell(&set.vault.talk, &(struct news){.kind = NEWS_PAUSED});
    assert_int_equal(d.want.kind, WANT_SEND);
    answer(401, S("WWW-Authenticate: Bearer resource=\"https://vault.azure.net\"\r\n"), S("AKV10046"));
    assert_int_equal(d.want.kind, WANT_PAUSE);
    for (size_t i = 0; i < COUNT(unsure); i++) {
        begin(S("x"));
        answer(unsure[i], S("Retry-After: 1\r\n"), S(""));
        assert_int_equal(d.want.kind, WANT_FAIL);
        assert_int_equal(err_message(d.want.error), M_VAULT_UNSURE);
        assert_int_equal(err_status(d.want.error), EXIT_IS_LATER);
    }
}

static void test_an_answer_about_another_secret_is_not_believed(void **state)
{
    static const struct {
        slice body;
        enum message message;
    } rows[] = {
        {S_INIT(""), M_VAULT_NOT_JSON},
        {S_INIT("{}"), M_VAULT_OTHER_OBJECT},
        {S_INIT("{\"id\":7}"), M_VAULT_OTHER_OBJECT},
        {S_INIT("{\"id\":\"" ID "\",\"id\":\"" ID "\"}"), M_VAULT_OTHER_OBJECT},
        {S_INIT("{\"id\":\"https://v.vault.azure.net/secrets/db\"}"), M_VAULT_OTHER_OBJECT},
        {S_INIT("{\"id\":\"https://w.vault.azure.net/secrets/db/f2a1f3f8421a4673a96033d2cd23923d\"}"),
         M_VAULT_OTHER_OBJECT},
        {S_INIT("{\"id\":\"" ID "\\n\"}"), M_VAULT_OTHER_OBJECT},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        begin(S("x"));
        answer(200, S(""), rows[i].body);
        assert_int_equal(d.want.kind, WANT_FAIL);
        assert_int_equal(err_message(d.want.error), rows[i].message);
    }
}

static void test_a_refusal_names_the_role_that_writing_takes(void **state)
{
    static const struct {
        unsigned status;
        slice code;
        enum message message;
        enum exit_status exit;
    } rows[] = {
        {403, S_INIT("ForbiddenByRbac"), M_SET_ROLE_MISSING, EXIT_IS_REFUSED},
        {403, S_INIT("ForbiddenByPolicy"), M_SET_POLICY_MISSING, EXIT_IS_REFUSED},
        {400, S_INIT("BadParameter"), M_SET_REFUSED, EXIT_IS_DATA},
        {409, S_INIT("ObjectIsDeletedButRecoverable"), M_VAULT_CONFLICT, EXIT_IS_REFUSED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t room[256];
        struct buf body = BUF(room);
        buf_text(&body, "{\"error\":{\"code\":\"X\",\"innererror\":{\"code\":\"");
        buf_put(&body, rows[i].code);
        buf_text(&body, "\"}}}");
        begin(S("hunter2"));
        answer(rows[i].status, S(""), buf_slice(&body));
        assert_int_equal(d.want.kind, WANT_FAIL);
        assert_int_equal(err_message(d.want.error), rows[i].message);
        assert_int_equal(err_status(d.want.error), rows[i].exit);
    }
}

static void test_a_service_that_repeats_the_value_does_not_make_us_say_it(void **state)
{
    static const struct {
        slice value, said, told;
    } rows[] = {
        {S_INIT("hunter2"), S_INIT("hunter2 is too short"), S_INIT("[hidden is too short")},
        {S_INIT("{\"user\":\"u\",\"password\":\"hunter2\"}"),
         S_INIT("{\\\"user\\\":\\\"u\\\",\\\"password\\\":\\\"hunter2\\\"}?"), S_INIT("[hidden]?")},
        {S_INIT("correct horse battery staple"), S_INIT("not UTF-8 at 'horse battery sta'"),
         S_INIT("not UTF-8 at '[hidden]'")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t room[512];
        struct buf body = BUF(room);
        buf_put(&body, S("{\"error\":{\"code\":\"BadParameter\",\"message\":\""));
        buf_put(&body, rows[i].said);
        buf_put(&body, S("\"}}"));
        begin(rows[i].value);
        answer(400, S(""), buf_slice(&body));
        assert_int_equal(d.want.kind, WANT_FAIL);
        assert_slice(d.want.error->arg[4], rows[i].told);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_value_goes_out_as_it_is_and_the_new_version_s_id_comes_back),
        cmocka_unit_test(test_without_a_token_the_value_stays_here),
        cmocka_unit_test(test_the_largest_value_fits_with_every_byte_escaped_beside_the_largest_token),
        cmocka_unit_test(test_a_value_that_is_no_text_goes_nowhere),
        cmocka_unit_test(test_a_service_that_repeats_the_value_does_not_make_us_say_it),
        cmocka_unit_test(test_it_is_tried_again_only_when_nothing_was_done),
        cmocka_unit_test(test_an_answer_about_another_secret_is_not_believed),
        cmocka_unit_test(test_a_refusal_names_the_role_that_writing_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
