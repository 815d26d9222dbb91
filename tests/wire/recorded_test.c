/* Each recorded answer goes through head, body and JSON as it would in a run: byte by byte. What is odd about one of
 * them stands in the table; all others are ordinary. */
#include "lib/cm.h"
#include "lib/guard.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "wire/challenge.h"
#include "wire/http_body.h"
#include "wire/json.h"

enum { FILE_BYTES_MAX = 256 * 1024 };

static uint8_t file_room[FILE_BYTES_MAX], content_room[FILE_BYTES_MAX];
static struct http_head head;

static const struct odd {
    const char *name;
    enum http_framing framing;
    enum http verdict, end; /* of the body, before and after the connection's end */
    bool json;
} odds[] = {
    {"kv-204-purge.http", HTTP_NO_BODY, HTTP_DONE, HTTP_DONE, false},
    {"kv-401-no-challenge.http", HTTP_LENGTH, HTTP_DONE, HTTP_DONE, false},
    {"odd-502-html.http", HTTP_LENGTH, HTTP_DONE, HTTP_DONE, false},
    {"odd-deep-nesting.http", HTTP_LENGTH, HTTP_DONE, HTTP_DONE, false},
    {"odd-chunked-uppercase-hex.http", HTTP_CHUNKED, HTTP_DONE, HTTP_DONE, true},
    {"sf-200-chunked.http", HTTP_CHUNKED, HTTP_DONE, HTTP_DONE, true},
    {"odd-http10-close-delimited.http", HTTP_UNTIL_CLOSE, HTTP_MORE, HTTP_DONE, true},
    {"odd-truncated-body.http", HTTP_LENGTH, HTTP_MORE, HTTP_BAD, false},
};

static const struct odd *oddity_of(const char *name)
{
    static const struct odd ordinary = {"", HTTP_LENGTH, HTTP_DONE, HTTP_DONE, true};
    for (size_t i = 0; i < COUNT(odds); i++)
        if (strcmp(odds[i].name, name) == 0)
            return &odds[i];
    return &ordinary;
}

/* The answer, without the comments before it. */
static slice read_answer(const char *name)
{
    int folder = open("tests/fixtures", O_RDONLY | O_DIRECTORY), file = openat(folder, name, O_RDONLY);
    ssize_t n = read(file, file_room, sizeof file_room);
    assert_true(n > 0 && (size_t)n < sizeof file_room);
    close(file);
    close(folder);
    slice rest = {file_room, (size_t)n}, comment;
    while (slice_starts(rest, S("#")))
        slice_cut(&rest, '\n', &comment);
    return rest;
}

static enum http feed_head(slice answer)
{
    enum http verdict = HTTP_MORE;
    http_head_start(&head);
    for (size_t n = 1; n <= answer.len && verdict == HTTP_MORE; n++)
        verdict = http_head_feed(&head, file_room + (answer.at - file_room), n);
    return verdict;
}

static enum http feed_body(struct http_body *body, slice answer, struct buf *content)
{
    enum http verdict = http_body_start(body, &head);
    slice run;
    for (size_t n = head.bytes; n < answer.len; n++) {
        slice one = slice_first(slice_after(answer, n), 1);
        assert_int_equal(verdict, HTTP_MORE);
        verdict = http_body_feed(body, &one, &run);
        buf_put(content, run);
    }
    return verdict;
}

static void check_answer(const char *name)
{
    const struct odd *odd = oddity_of(name);
    struct buf content = BUF(content_room);
    struct http_body body;
    slice answer = read_answer(name), root;
    size_t fault;
    assert_int_equal(feed_head(answer), HTTP_DONE);
    assert_int_equal(head.framing, odd->framing);
    assert_int_equal(feed_body(&body, answer, &content), odd->verdict);
    assert_int_equal(http_body_end(&body), odd->end);
    if (content.len)
        assert_int_equal(json_check(guarded(buf_slice(&content)), &root, &fault), odd->json);
}

static void test_every_recorded_answer_is_read_as_what_it_is(void **state)
{
    DIR *folder = opendir("tests/fixtures");
    size_t count = 0;
    (void)state;
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (!slice_ends_nocase(slice_of(entry->d_name), S(".http")))
            continue;
        check_answer(entry->d_name);
        count++;
    }
    closedir(folder);
    assert_int_equal(count, 61);
}

static slice value_of(const char *name, slice member)
{
    struct buf content = BUF(content_room);
    struct http_body body;
    slice answer = read_answer(name), root, value;
    size_t fault;
    feed_head(answer);
    feed_body(&body, answer, &content);
    assert_true(json_check(buf_slice(&content), &root, &fault));
    assert_int_equal(json_member(root, member, &value), JSON_OK);
    struct buf place = {content_room + (value.at - content_room), 0, value.len, false};
    assert_int_equal(json_unescape(value, &place), JSON_OK);
    return buf_slice(&place);
}

static void test_recorded_values_come_out_to_the_byte(void **state)
{
    slice longest = value_of("kv-200-max-size-value.http", S("value"));
    (void)state;
    assert_int_equal(longest.len, 25000);
    for (size_t i = 0; i < longest.len; i++)
        assert_int_equal(longest.at[i], 'A');
    assert_slice(value_of("kv-200-unicode.http", S("value")), S("\xc3\xa9\n\xf0\x9f\x98\x80/\\\"\t\xe2\x82\xac"));
    assert_slice(value_of("kv-200-set-secret-2018.http", S("value")), S("Pa$$w0rd"));
    assert_slice(value_of("odd-bom-json.http", S("value")), S("v"));
    assert_slice(value_of("odd-lf-only.http", S("value")), S("v"));
    assert_slice(value_of("odd-chunked-uppercase-hex.http", S("value")), S("v"));
    assert_slice(value_of("odd-http10-close-delimited.http", S("value")), S("v"));
    assert_slice(value_of("imds-200-system-assigned.http", S("expires_on")), S("1580179303"));
}

static void test_recorded_challenges_name_the_vault_s_resource(void **state)
{
    static const char *const names[] = {"kv-401-challenge-2020.http", "kv-401-challenge-2023.http",
                                        "kv-401-scope-form.http", "kv-401-cae-insufficient-claims.http"};
    slice line, realm;
    struct challenge challenge;
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        feed_head(read_answer(names[i]));
        assert_true(http_head_field(&head, S("www-authenticate"), &line));
        assert_int_equal(challenge_read(line, &challenge), CHALLENGE_BEARER);
        assert_slice(challenge.resource, S("https://vault.azure.net"));
    }
    feed_head(read_answer("arc-401-path-outside-tokens-dir.http"));
    assert_true(http_head_field(&head, S("www-authenticate"), &line));
    assert_true(challenge_basic_realm(line, &realm));
    assert_true(slice_starts(realm, S("/home/")) && slice_ends_nocase(realm, S(".key")));
    feed_head(read_answer("kv-401-no-challenge.http"));
    assert_false(http_head_field(&head, S("www-authenticate"), &line));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_recorded_answer_is_read_as_what_it_is),
        cmocka_unit_test(test_recorded_values_come_out_to_the_byte),
        cmocka_unit_test(test_recorded_challenges_name_the_vault_s_resource),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
