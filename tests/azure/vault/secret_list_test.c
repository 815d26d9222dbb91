#include "lib/cm.h"
#include "lib/guard.h"

#include "azure/answers.h"
#include "azure/vault.h"

#include <stdio.h>

#define HOST "v.vault.azure.net"
#define ID   "https://" HOST "/secrets/"
#define LINK "https://" HOST ":443/secrets?api-version=7.4&$skiptoken=eyJ0=+/&maxresults=2"

static uint8_t request_room[4096], notes_room[8192], link_room[SECRET_LINK_BYTES_MAX], said_room[4096];
static struct buf request, notes, said;
static struct secret_list list;

static err keep(void *context, const struct listed_secret *listed)
{
    buf_put(context, listed->name);
    buf_byte(context, '/');
    buf_put(context, listed->version);
    buf_byte(context, ' ');
    return OK;
}

/* Until the first request is ready. */
static void begin(slice name)
{
    request = BUF(request_room);
    notes = BUF(notes_room);
    said = BUF(said_room);
    list = (struct secret_list){
        .vault = {.talk = {.tell = secret_list_tell, .to = {true, 443, S(HOST)}, .request = &request, .notes = &notes},
                  .collection = S("secrets"),
                  .name = name},
        .keep = keep,
        .context = &said,
        .link = BUF(link_room),
    };
    static const struct caller caller;
    struct talk *talk = &list.vault.talk;
    assert_int_equal(talk->tell(talk, &(struct news){.kind = NEWS_START}).kind, WANT_TOKEN);
    struct news token = {.kind = NEWS_TOKEN, .token = S("TOKEN"), .caller = &caller};
    assert_int_equal(talk->tell(talk, &token).kind, WANT_SEND);
}

static struct want tell_status(unsigned status, slice body)
{
    static struct answer answer;
    assert_true(answer_with(&answer, status, S(""), body));
    return list.vault.talk.tell(&list.vault.talk, &answer.news);
}

/* A page; a link of S("") leaves the member out. */
static struct want tell_page(slice items, slice link)
{
    uint8_t room[8192];
    struct buf body = BUF(room);
    buf_put(&body, S("{\"value\":["));
    buf_put(&body, items);
    buf_put(&body, S("]"));
    buf_text(&body, link.len ? ",\"nextLink\":" : "");
    buf_put(&body, link);
    buf_put(&body, S("}"));
    return tell_status(200, buf_slice(&body));
}

static void assert_asked(slice target)
{
    uint8_t room[8192];
    struct buf want = BUF(room);
    buf_put(&want, S("GET "));
    buf_put(&want, target);
    buf_put(&want, S(" HTTP/1.1\r\nHost: " HOST "\r\nAccept: application/json\r\nAuthorization: Bearer TOKEN\r\n\r\n"));
    assert_slice(buf_slice(&request), buf_slice(&want));
}

static void test_all_pages_are_read_whatever_their_size_and_the_way_is_followed_byte_for_byte(void **state)
{
    (void)state;
    begin(S(""));
    assert_asked(S("/secrets?api-version=7.4"));
    assert_int_equal(tell_page(S("{\"id\":\"" ID "one\"},{\"id\":\"" ID "two\"}"), S("\"" LINK "\"")).kind, WANT_SEND);
    assert_asked(S("/secrets?api-version=7.4&$skiptoken=eyJ0=+/&maxresults=2"));
    /* an empty page, no port, the host in capitals, a slash that is escaped */
    assert_int_equal(tell_page(S(""), S("\"https:\\/\\/V.Vault.Azure.Net/secrets?x=2\"")).kind, WANT_SEND);
    assert_asked(S("/secrets?x=2"));
    assert_int_equal(tell_page(S("{\"id\":\"" ID "three\",\"tags\":{\"id\":\"x\"}}"), S("null")).kind, WANT_DONE);
    assert_slice(buf_slice(&said), S("one/ two/ three/ "));
    assert_int_equal(list.pages, 3);
}

static slice recorded(const char *path)
{
    static uint8_t room[8192];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    slice rest = {room, fread(room, 1, sizeof room, file)}, comment;
    fclose(file);
    while (slice_starts(rest, S("#")))
        slice_cut(&rest, '\n', &comment);
    return rest;
}

static void test_the_recorded_pages_are_read_as_the_vault_meant_them(void **state)
{
    static struct answer answer;
    struct talk *talk = &list.vault.talk;
    (void)state;
    begin(S(""));
    talk->to.host = S("sdktestvault74.vault.azure.net");
    assert_true(answer_of(&answer, recorded("tests/fixtures/kv-200-list-page1.http")));
    assert_int_equal(talk->tell(talk, &answer.news).kind, WANT_SEND);
    assert_true(slice_starts(buf_slice(&request), S("GET /secrets?api-version=7.0&$skiptoken=eyJOZXh0TWFya2Vy")));
    assert_true(answer_of(&answer, recorded("tests/fixtures/kv-200-list-last.http")));
    assert_int_equal(talk->tell(talk, &answer.news).kind, WANT_DONE);
    assert_slice(buf_slice(&said), S("importListCertificate1/ importListCertificate2/ policyCertificate/ "));
}

static void test_no_link_and_an_empty_one_are_the_end_too(void **state)
{
    (void)state;
    begin(S(""));
    assert_int_equal(tell_page(S(""), S("")).kind, WANT_DONE);
    begin(S(""));
    assert_int_equal(tell_page(S(""), S("\"\"")).kind, WANT_DONE);
}

static void test_versions_are_asked_for_under_the_secret(void **state)
{
    (void)state;
    begin(S("one"));
    assert_asked(S("/secrets/one/versions?api-version=7.4"));
    assert_int_equal(
        tell_page(S("{\"id\":\"" ID "one/0123\"},{\"id\":\"https:\\/\\/" HOST "\\/secrets\\/one/4567\"}"), S("")).kind,
        WANT_DONE);
    assert_slice(buf_slice(&said), S("one/0123 one/4567 "));
    begin(S("one"));
    assert_int_equal(tell_page(S("{\"id\":\"" ID "one\"}"), S("")).kind, WANT_FAIL);
}

static void test_what_leads_anywhere_else_is_refused_and_nothing_is_asked_there(void **state)
{
    static const slice links[] = {
        S_INIT("\"https://w.vault.azure.net/secrets?x=1\""),
        S_INIT("\"https://" HOST ".evil.example/secrets?x=1\""),
        S_INIT("\"https://" HOST "@evil.example/secrets?x=1\""),
        S_INIT("\"https://" HOST "./secrets?x=1\""),
        S_INIT("\"http://" HOST "/secrets?x=1\""),
        S_INIT("\"http://" HOST ":443/secrets?x=1\""),
        S_INIT("\"https://" HOST ":8443/secrets?x=1\""),
        S_INIT("\"https://" HOST ":80/secrets?x=1\""),
        S_INIT("\"//" HOST "/secrets?x=1\""),
        S_INIT("\"/secrets?x=1\""),
        S_INIT("\"https://" HOST "\""),
        S_INIT("\"https://" HOST "?x=1\""),
        S_INIT("\"https://" HOST "/secrets?x=1\\r\\nEvil: 1\""),
        S_INIT("\"https://" HOST "/secrets?x= 1\""),
        S_INIT("5"),
        S_INIT("{}"),
        S_INIT("true"),
        S_INIT("null,\"nextLink\":null"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(links); i++) {
        begin(S(""));
        request.len = 0;
        struct want want = tell_page(S("{\"id\":\"" ID "one\"}"), links[i]);
        assert_int_equal(want.kind, WANT_FAIL);
        assert_int_equal(err_message(want.error), M_VAULT_FAR_LINK);
        assert_int_equal(request.len, 0);
    }
}

static void test_the_refusal_says_where_it_should_have_gone(void **state)
{
    uint8_t room[512];
    struct buf line = BUF(room);
    (void)state;
    begin(S(""));
    err_write_reason(tell_page(S(""), S("\"https://evil.example/secrets?token=x\"")).error, &line);
    assert_slice(buf_slice(&line),
                 S("secrets in " HOST ": the next page is said to be at \"https://evil.example/secrets\", "
                   "which is not on this vault"));
    /* But not the token, if somebody has put it there. */
    begin(S(""));
    assert_slice(tell_page(S(""), S("\"https://evil.example/TOKEN/x\"")).error->arg[2],
                 S("https://evil.example/[hidd/x"));
}

static void test_a_way_longer_than_its_room_is_refused(void **state)
{
    uint8_t room[SECRET_LINK_BYTES_MAX + 64];
    struct buf link = BUF(room);
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        link.len = 0;
        buf_put(&link, S("\"https://" HOST "/"));
        while (link.len < SECRET_LINK_BYTES_MAX + over + 1)
            buf_byte(&link, 'x');
        buf_byte(&link, '"');
        begin(S(""));
        request = (struct buf){guarded_room(8192), 0, 8192, false};
        assert_int_equal(tell_page(S(""), buf_slice(&link)).kind, over ? WANT_FAIL : WANT_SEND);
    }
}

static void test_an_item_that_names_no_secret_is_refused_and_not_kept(void **state)
{
    static const slice items[] = {
        S_INIT("{}"),
        S_INIT("5"),
        S_INIT("{\"id\":null}"),
        S_INIT("{\"id\":\"" ID "\"}"),
        S_INIT("{\"id\":\"" ID "a b\"}"),
        S_INIT("{\"id\":\"" ID "a\\u001b[2J\"}"),
        S_INIT("{\"id\":\"" ID "a_b\"}"),
        S_INIT("{\"id\":\"" ID "a/\"}"),
        S_INIT("{\"id\":\"" ID "a/b/c\"}"),
        S_INIT("{\"id\":\"https://" HOST "/keys/a\"}"),
        S_INIT("{\"id\":\"" ID "a?x=1\"}"),
        S_INIT("{\"id\":\"" ID "a#x\"}"),
        S_INIT("{\"id\":\"a\"}"),
        S_INIT("{\"id\":\"" ID "a\",\"id\":\"" ID "b\"}"),
    };
    (void)state;
    for (size_t i = 0; i < COUNT(items); i++) {
        begin(S(""));
        struct want want = tell_page(items[i], S(""));
        assert_int_equal(want.kind, WANT_FAIL);
        assert_int_equal(err_message(want.error), M_VAULT_NO_LIST);
        assert_int_equal(said.len, 0);
    }
}

static void test_what_is_no_list_is_refused(void **state)
{
    static const struct {
        slice body;
        enum message message;
    } rows[] = {
        {S_INIT("{}"), M_VAULT_NO_LIST},
        {S_INIT("[]"), M_VAULT_NO_LIST},
        {S_INIT("{\"value\":null}"), M_VAULT_NO_LIST},
        {S_INIT("{\"value\":{}}"), M_VAULT_NO_LIST},
        {S_INIT("{\"value\":[],\"value\":[]}"), M_VAULT_NO_LIST},
        {S_INIT("{\"value\":["), M_VAULT_NOT_JSON},
        {S_INIT(""), M_VAULT_NOT_JSON},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        begin(S(""));
        struct want want = tell_status(200, rows[i].body);
        assert_int_equal(want.kind, WANT_FAIL);
        assert_int_equal(err_message(want.error), rows[i].message);
    }
}

static void test_a_page_that_is_throttled_is_asked_for_again_and_not_the_first_one(void **state)
{
    (void)state;
    begin(S(""));
    assert_int_equal(tell_page(S("{\"id\":\"" ID "one\"}"), S("\"" LINK "\"")).kind, WANT_SEND);
    assert_int_equal(tell_status(429, S("{}")).kind, WANT_PAUSE);
    request.len = 0;
    assert_int_equal(list.vault.talk.tell(&list.vault.talk, &(struct news){.kind = NEWS_PAUSED}).kind, WANT_SEND);
    assert_asked(S("/secrets?api-version=7.4&$skiptoken=eyJ0=+/&maxresults=2"));
    assert_int_equal(tell_page(S("{\"id\":\"" ID "two\"}"), S("")).kind, WANT_DONE);
    assert_slice(buf_slice(&said), S("one/ two/ "));
}

static void test_a_list_without_an_end_is_ended(void **state)
{
    struct want want = {.kind = WANT_SEND};
    unsigned pages = 0;
    (void)state;
    for (begin(S("")); want.kind == WANT_SEND; pages++)
        want = tell_page(S(""), S("\"" LINK "\""));
    assert_int_equal(want.kind, WANT_FAIL);
    assert_int_equal(err_message(want.error), M_VAULT_NO_END);
    assert_int_equal(pages, SECRET_LIST_PAGES_MAX);
}

static err keep_nothing(void *context, const struct listed_secret *listed)
{
    (void)context;
    (void)listed;
    return err_make(M_NO_MEMORY);
}

static void test_who_has_no_room_for_an_item_ends_the_list(void **state)
{
    (void)state;
    begin(S(""));
    list.keep = keep_nothing;
    struct want want = tell_page(S("{\"id\":\"" ID "one\"}"), S("\"" LINK "\""));
    assert_int_equal(want.kind, WANT_FAIL);
    assert_int_equal(err_message(want.error), M_NO_MEMORY);
}

static void test_a_list_starts_again_from_its_first_page(void **state)
{
    (void)state;
    begin(S(""));
    assert_int_equal(tell_page(S(""), S("\"" LINK "\"")).kind, WANT_SEND);
    struct talk *talk = &list.vault.talk;
    assert_int_equal(talk->tell(talk, &(struct news){.kind = NEWS_START}).kind, WANT_TOKEN);
    static const struct caller caller;
    struct news token = {.kind = NEWS_TOKEN, .token = S("TOKEN"), .caller = &caller};
    assert_int_equal(talk->tell(talk, &token).kind, WANT_SEND);
    assert_asked(S("/secrets?api-version=7.4"));
    assert_int_equal(list.pages, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_pages_are_read_whatever_their_size_and_the_way_is_followed_byte_for_byte),
        cmocka_unit_test(test_the_recorded_pages_are_read_as_the_vault_meant_them),
        cmocka_unit_test(test_no_link_and_an_empty_one_are_the_end_too),
        cmocka_unit_test(test_versions_are_asked_for_under_the_secret),
        cmocka_unit_test(test_what_leads_anywhere_else_is_refused_and_nothing_is_asked_there),
        cmocka_unit_test(test_the_refusal_says_where_it_should_have_gone),
        cmocka_unit_test(test_a_way_longer_than_its_room_is_refused),
        cmocka_unit_test(test_an_item_that_names_no_secret_is_refused_and_not_kept),
        cmocka_unit_test(test_what_is_no_list_is_refused),
        cmocka_unit_test(test_a_page_that_is_throttled_is_asked_for_again_and_not_the_first_one),
        cmocka_unit_test(test_a_list_without_an_end_is_ended),
        cmocka_unit_test(test_who_has_no_room_for_an_item_ends_the_list),
        cmocka_unit_test(test_a_list_starts_again_from_its_first_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
