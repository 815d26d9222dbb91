/* Whatever a vault answers: the next request goes to it and nowhere else, every name that is kept is one, and the talk ends. */
#include "azure/vault.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 16 * 1024 };

static bool is_name(slice name)
{
    static const char good[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-";
    for (size_t i = 0; i < name.len; i++)
        if (!memchr(good, name.at[i], sizeof good - 1))
            return false;
    return name.len > 0;
}

static err keep(void *context, const struct listed_secret *listed)
{
    slice id = listed->id;
    ++*(size_t *)context;
    assert(is_name(listed->name) && (listed->version.len == 0 || is_name(listed->version)));
    assert(slice_ends_nocase(id, listed->version.len ? listed->version : listed->name));
    return OK;
}

/* "GET /... HTTP/1.1", then Host, Accept and Authorization as they always are, and not a line more. */
static void check_request(slice request)
{
    slice rest = request, line;
    assert(slice_cut(&rest, '\n', &line) && slice_starts(line, S("GET /")) &&
           slice_ends_nocase(line, S(" HTTP/1.1\r")));
    assert(slice_find(slice_after(line, 4), ' ') == line.len - 4 - S(" HTTP/1.1\r").len);
    assert(
        slice_equal(rest, S("Host: v.vault.azure.net\r\nAccept: application/json\r\nAuthorization: Bearer T\r\n\r\n")));
}

/* The input's pages stand between bytes that no JSON has. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t request_room[ROOM], notes_room[ROOM], link_room[SECRET_LINK_BYTES_MAX];
    static const struct caller caller;
    struct buf request = BUF(request_room), notes = BUF(notes_room);
    size_t kept = 0;
    slice pages = {data, size}, page;
    struct secret_list list = {
        .vault = {.talk = {.to = {true, 443, S("v.vault.azure.net")}, .request = &request, .notes = &notes},
                  .collection = S("secrets"),
                  .name = size && data[0] == 'V' ? S("n") : S("")},
        .keep = keep,
        .context = &kept,
        .link = BUF(link_room),
    };
    struct talk *talk = &list.vault.talk;
    struct http_head head = {.status = 200};
    secret_list_tell(talk, &(struct news){.kind = NEWS_START});
    struct want want = secret_list_tell(talk, &(struct news){.kind = NEWS_TOKEN, .token = S("T"), .caller = &caller});
    if (size && data[0] == 'V')
        pages = slice_after(pages, 1);
    while (want.kind == WANT_SEND && pages.len) {
        check_request(buf_slice(&request));
        slice_cut(&pages, 0xff, &page);
        struct buf body = {malloc(page.len + 1), page.len, page.len, false};
        assert(body.at);
        memcpy(body.at, page.at, page.len);
        want = secret_list_tell(talk, &(struct news){.kind = NEWS_ANSWER, .head = &head, .body = body});
        free(body.at);
    }
    assert(want.kind == WANT_SEND || want.kind == WANT_DONE || (want.kind == WANT_FAIL && failed(want.error)));
    assert(want.kind != WANT_DONE || list.pages > 0);
    return 0;
}
