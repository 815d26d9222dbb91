/* News in any order (a script): the first byte chooses the host, whether it is asked first, and how much room notes have. A
 * token is sent only where one was wanted, and wanted only for a parent of the host. */
#include "azure/script.h"

#include "azure/vault.h"
#include "wire/http_request.h"
#include "wire/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool ask(struct vault_talk *vault, slice authorization)
{
    return vault_request(vault, S("GET"), S(""), S(""), authorization) &&
           http_request_end(vault->talk.request, (slice){NULL, 0});
}

static struct want done(struct vault_talk *vault, const struct news *news)
{
    assert(news->kind == NEWS_ANSWER && news->head->status == 200 && vault->token.len);
    return (struct want){.kind = WANT_DONE};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct vault_operation operation = {ask, done};
    static const slice hosts[] = {S_INIT("myvault.vault.azure.net"), S_INIT("myvault.vault.example")};
    static uint8_t request_room[4096], notes_room[2048];
    struct buf request = BUF(request_room), notes = BUF(notes_room);
    if (size == 0)
        return 0;
    slice host = hosts[data[0] & 1];
    struct vault_talk vault = {.talk = {.to = {true, 443, host}, .request = &request, .notes = &notes},
                               .collection = S("secrets"),
                               .name = S("db"),
                               .ask_first = data[0] & 2};
    struct script script = {.rest = {data + 1, size - 1}};
    struct news news = {.kind = NEWS_START};
    bool wanted = false;
    if (data[0] & 4)
        notes.cap = 64;
    do {
        struct want want = vault_tell(&vault, &operation, &news);
        assert_want(&vault.talk, want, vault.token);
        if (news.kind == NEWS_START)
            wanted = false;
        if (want.kind == WANT_TOKEN) {
            slice scheme = S("https://");
            assert(slice_equal_nocase(slice_first(want.resource, scheme.len), scheme));
            assert(host_is_below(host, slice_after(want.resource, scheme.len)));
            wanted = true;
        }
        if (want.kind == WANT_SEND && text_holds(buf_slice(&request), S("\r\nAuthorization: ")))
            assert(wanted && vault.token.len && text_holds(buf_slice(&request), vault.token));
    } while (script_step(&script, &news));
    script_end(&script);
    return 0;
}
