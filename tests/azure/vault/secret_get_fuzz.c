/* Answers to a talk that gets all that it wants (a script, whose tokens are taken in turn): it asks for two tokens at most,
 * and ends with a value that stands in the answer, or with an error. */
#include "azure/script.h"

#include "azure/vault.h"
#include "wire/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_done(const struct secret_get *get, const struct news *news)
{
    const uint8_t *start = news->body.at, *end = start + news->body.len;
    slice value;
    assert(news->kind == NEWS_ANSWER && news->head->status == 200 && get->vault.token.len);
    assert(get->bundle.at >= start && get->bundle.at + get->bundle.len <= end);
    assert(json_kind(get->bundle) == JSON_OBJECT && json_kind(get->value) == JSON_STRING);
    assert(json_member(get->bundle, S("value"), &value) == JSON_OK && value.at == get->value.at);
}

/* What it wants, as long as that is no answer. */
static struct want grant(struct secret_get *get, struct want want, slice token, unsigned *tokens)
{
    static const struct caller nobody;
    while (want.kind == WANT_TOKEN || want.kind == WANT_PAUSE) {
        struct news news = {
            .kind = want.kind == WANT_TOKEN ? NEWS_TOKEN : NEWS_PAUSED, .token = token, .caller = &nobody};
        *tokens += want.kind == WANT_TOKEN;
        want = secret_get_tell(&get->vault.talk, &news);
        assert_want(&get->vault.talk, want, token);
    }
    return want;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t request_room[4096], notes_room[8192];
    struct buf request = BUF(request_room), notes = BUF(notes_room);
    slice token = S("eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0.UkVEQUNURUQ.c2lnbmF0dXJl");
    if (size == 0)
        return 0;
    struct secret_get get = {
        .vault = {.talk = {.to = {true, 443, S("myvault.vault.azure.net")}, .request = &request, .notes = &notes},
                  .collection = S("secrets"),
                  .name = S("db"),
                  .version = data[0] & 2 ? S("4387e9f3d6e14c459867679a90fd0f79") : S(""),
                  .ask_first = data[0] & 1}};
    struct script script = {.rest = {data + 1, size - 1}};
    struct news news = {.kind = NEWS_START};
    unsigned tokens = 0;
    struct want want = grant(&get, secret_get_tell(&get.vault.talk, &news), token, &tokens);
    while (want.kind == WANT_SEND && script_step(&script, &news)) {
        if (news.kind != NEWS_ANSWER)
            continue;
        want = secret_get_tell(&get.vault.talk, &news);
        assert_want(&get.vault.talk, want, get.vault.token);
        if (want.kind == WANT_DONE)
            check_done(&get, &news);
        want = grant(&get, want, token, &tokens);
        assert(tokens <= 2);
    }
    assert(want.kind == WANT_SEND || want.kind == WANT_DONE || want.kind == WANT_FAIL);
    script_end(&script);
    return 0;
}
