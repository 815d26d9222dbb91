#include "lib/cm.h"

#include "azure/answers.h"
#include "azure/token.h"
#include "wire/base64.h"

enum { NOW = 1700000000 };

static enum token_verdict read_text(slice text, slice *token, int64_t *expires)
{
    static uint8_t room[4096];
    struct buf body = BUF(room);
    buf_put(&body, text);
    return token_read(&body, NOW, token, expires);
}

static void test_each_form_of_expiry_is_understood_or_passed_over(void **state)
{
    static const struct {
        slice members;
        int64_t expires;
    } rows[] = {
        {S_INIT("\"expires_on\":\"1586984735\""), 1586984735},
        {S_INIT("\"expires_on\":1605311274"), 1605311274},
        {S_INIT("\"expires_on\":1605311274.0"), 1605311274},
        {S_INIT("\"expires_on\":\"3600\""), NOW + 3600}, /* relative: too small for a date */
        {S_INIT("\"expires_in\":\"86399\""), NOW + 86399},
        {S_INIT("\"expires_in\":3599"), NOW + 3599},
        {S_INIT("\"expires_on\":\"\",\"expires_in\":60"), NOW + 60},
        {S_INIT("\"expires_on\":\"06/19/2019 23:42:01 +00:00\""), 1560987721},
        {S_INIT("\"expires_on\":\"2024-10-18T19:51:37.0000000+00:00\""), 1729281097},
        {S_INIT("\"expires_on\":null"), 0},
        {S_INIT("\"expires_on\":\"tomorrow\""), 0},
        {S_INIT("\"expires_on\":[1]"), 0},
        {S_INIT("\"x\":1"), 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t room[256];
        struct buf text = BUF(room);
        slice token;
        int64_t expires = -1;
        buf_put(&text, S("{\"access_token\":\"eyJ.abc-_~+/=\","));
        buf_put(&text, rows[i].members);
        buf_put(&text, S("}"));
        assert_int_equal(read_text(buf_slice(&text), &token, &expires), TOKEN_OK);
        assert_true(expires == rows[i].expires);
        assert_slice(token, S("eyJ.abc-_~+/="));
    }
}

static void test_an_answer_without_a_usable_token_is_refused(void **state)
{
    static const struct {
        slice text;
        enum token_verdict verdict;
    } rows[] = {
        {S_INIT(""), TOKEN_NOT_JSON},
        {S_INIT("<html>"), TOKEN_NOT_JSON},
        {S_INIT("[]"), TOKEN_NOT_JSON},
        {S_INIT("\"eyJ\""), TOKEN_NOT_JSON},
        {S_INIT("{\"access_token\":\"a\"} x"), TOKEN_NOT_JSON},
        {S_INIT("{}"), TOKEN_MISSING},
        {S_INIT("{\"access_token\":\"\"}"), TOKEN_MISSING},
        {S_INIT("{\"access_token\":null}"), TOKEN_MISSING},
        {S_INIT("{\"access_token\":7}"), TOKEN_MISSING},
        {S_INIT("{\"access_token\":\"a\",\"access_token\":\"b\"}"), TOKEN_MISSING},
        {S_INIT("{\"x\":{\"access_token\":\"a\"}}"), TOKEN_MISSING},
        /* would write a header line of its own */
        {S_INIT("{\"access_token\":\"a\\r\\nX: y\"}"), TOKEN_MISSING},
        {S_INIT("{\"access_token\":\"a b\"}"), TOKEN_MISSING},
        {S_INIT("{\"access_token\":\"a\\u0000\"}"), TOKEN_MISSING},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        slice token;
        int64_t expires;
        assert_int_equal(read_text(rows[i].text, &token, &expires), rows[i].verdict);
    }
}

static void test_the_claims_tell_whose_token_it_is(void **state)
{
    uint8_t claims_room[512], notes_room[512], token_room[512];
    struct buf claims = BUF(claims_room), notes = BUF(notes_room), token = BUF(token_room);
    struct caller caller;
    (void)state;
    /* {"appid":"c-1","oid":"o-2","tid":"t-3"} */
    buf_put(&token, S("eyJhbGciOiJSUzI1NiJ9.eyJhcHBpZCI6ImMtMSIsIm9pZCI6Im8tMiIsInRpZCI6InQtMyJ9.c2ln"));
    token_caller(buf_slice(&token), &claims, &notes, &caller);
    assert_slice(caller.client_id, S("c-1"));
    assert_slice(caller.object_id, S("o-2"));
    assert_slice(caller.tenant_id, S("t-3"));
    token_caller(S("opaque"), &claims, &notes, &caller);
    assert_slice(caller.client_id, S(""));
}

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void test_only_what_looks_like_an_id_is_repeated(void **state)
{
    static const struct {
        slice claims, client_id, object_id, tenant_id;
    } rows[] = {
        {S_INIT("{\"appid\":\"c\",\"azp\":\"d\"}"), S_INIT("c"), S_INIT(""), S_INIT("")},
        {S_INIT("{\"azp\":\"d\",\"tid\":\"t\"}"), S_INIT("d"), S_INIT(""), S_INIT("t")},
        {S_INIT("{\"appid\":7,\"oid\":null,\"tid\":[\"x\"]}"), S_INIT(""), S_INIT(""), S_INIT("")},
        {S_INIT("{\"oid\":\"a b\",\"tid\":\"a_b-c.D9\"}"), S_INIT(""), S_INIT(""), S_INIT("a_b-c.D9")},
        {S_INIT("{\"oid\":\"a\\\"b\",\"tid\":\"a\\u0062\"}"), S_INIT(""), S_INIT(""), S_INIT("")},
        {S_INIT("{\"oid\":\"eyJ/+=\",\"tid\":\"\xc3\xa9\"}"), S_INIT(""), S_INIT(""), S_INIT("")},
        {S_INIT("{\"oid\":\"" A64 "\",\"tid\":\"" A64 "a\"}"), S_INIT(""), S_INIT(A64), S_INIT("")},
        {S_INIT("{\"oid\":\"x\",\"oid\":\"y\"}"), S_INIT(""), S_INIT(""), S_INIT("")},
        {S_INIT("[\"oid\"]"), S_INIT(""), S_INIT(""), S_INIT("")},
        {S_INIT("oid"), S_INIT(""), S_INIT(""), S_INIT("")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        /* With just the room for the claims, and a byte less: then a message has less to say, that is all. */
        for (size_t less = 0; less < 2; less++) {
            uint8_t token_room[512], notes_room[256];
            size_t cap = rows[i].claims.len - less;
            struct buf claims = {guarded_room(cap), 0, cap, false}, notes = BUF(notes_room), token = BUF(token_room);
            struct caller caller;
            buf_text(&token, "e30.");
            base64_encode_url(&token, rows[i].claims);
            buf_text(&token, ".c2ln");
            token_caller(guarded(buf_slice(&token)), &claims, &notes, &caller);
            assert_slice(caller.client_id, less ? S("") : rows[i].client_id);
            assert_slice(caller.object_id, less ? S("") : rows[i].object_id);
            assert_slice(caller.tenant_id, less ? S("") : rows[i].tenant_id);
        }
    }
}

/* What each source sends, whichever asked: azure-protocol sections 1.2, 2.1, 2.3, 3, 4, 7.3. */
static void test_recorded_tokens_of_every_source_are_read(void **state)
{
    static const struct {
        const char *name;
        int64_t expires;
    } rows[] = {
        {"imds-200-system-assigned", 1580179303},
        {"imds-200-doc-form", 1506484173},
        {"imds-200-expires-float", 1893456000},
        {"appservice-200-2019", 1586984735},
        {"appservice-200-2017-linux", 1560987721},
        {"appservice-200-iso8601", 1729281097},
        {"sf-200-chunked", 1605311274},
        {"wi-proxy-200", 1781265600},
        {"entra-200-federated", NOW + 3599},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct answer answer;
        slice token = S("");
        int64_t expires = -1;
        assert_true(answer_recorded(&answer, rows[i].name));
        assert_int_equal(token_read(&answer.news.body, NOW, &token, &expires), TOKEN_OK);
        assert_int_equal(expires, rows[i].expires);
        assert_true(slice_starts(token, S("ey")));
    }
}

static void test_a_token_has_a_largest_length(void **state)
{
    static uint8_t room[TOKEN_BYTES_MAX + 64];
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        struct buf body = BUF(room);
        slice token;
        int64_t expires;
        buf_text(&body, "{\"access_token\":\"");
        for (size_t i = 0; i < TOKEN_BYTES_MAX + more; i++)
            buf_byte(&body, 'a');
        buf_text(&body, "\"}");
        assert_false(body.full);
        assert_int_equal(token_read(&body, NOW, &token, &expires), more ? TOKEN_MISSING : TOKEN_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_form_of_expiry_is_understood_or_passed_over),
        cmocka_unit_test(test_an_answer_without_a_usable_token_is_refused),
        cmocka_unit_test(test_the_claims_tell_whose_token_it_is),
        cmocka_unit_test(test_only_what_looks_like_an_id_is_repeated),
        cmocka_unit_test(test_recorded_tokens_of_every_source_are_read),
        cmocka_unit_test(test_a_token_has_a_largest_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
