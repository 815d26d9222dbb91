/* The first byte says whether there is a selector and whether the news come as they are wanted; then a script. */
#include "azure/script.h"

#include "azure/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct identity *identity, const struct news *news, struct want want)
{
    assert_want(&identity->talk, want, S(""));
    assert(want.kind != WANT_TOKEN);
    if (want.kind == WANT_SEND)
        assert(news->kind == NEWS_START || news->kind == NEWS_PAUSED);
    if (want.kind == WANT_DONE)
        assert(news->kind == NEWS_ANSWER && news->head->status == 200 && identity->token.len &&
               identity->token.at > news->body.at && identity->token.at < news->body.at + news->body.cap);
    if (want.kind == WANT_PAUSE)
        assert(want.gone == (news->head->status == 410));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t request_room[4096], notes_room[2048];
    struct buf request = BUF(request_room), notes = BUF(notes_room);
    struct identity identity = {.talk = {.request = &request, .notes = &notes}};
    struct identity_setting setting = {.source = IDENTITY_IMDS};
    struct news news = {.kind = NEWS_START};
    if (size == 0)
        return 0;
    bool selected = data[0] & 1, orderly = data[0] & 2;
    struct script script = {.rest = {data + 1, size - 1}};
    if (selected)
        setting.client_id = S("11111111-1111-1111-1111-111111111111");
    assert(!failed(identity_choose(&identity, &setting)));
    identity_start(&identity, S("https://vault.azure.net"), 1700000000);
    struct want want = imds_tell(&identity.talk, &news);
    check(&identity, &news, want);
    while (script_step(&script, &news)) {
        if (orderly && news.kind != NEWS_ANSWER)
            continue;
        want = imds_tell(&identity.talk, &news);
        check(&identity, &news, want);
        if (orderly && want.kind == WANT_PAUSE) {
            news.kind = NEWS_PAUSED;
            want = imds_tell(&identity.talk, &news);
            check(&identity, &news, want);
            assert(want.kind == WANT_SEND && notes.len == 0);
        }
        if (orderly && (want.kind == WANT_DONE || want.kind == WANT_FAIL))
            break;
    }
    script_end(&script);
    return 0;
}
