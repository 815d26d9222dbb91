/* A value, and an answer to it, whatever they are: the value goes out only with a token, and a request that may have been heard
 * is not sent again. Up to the first NUL byte the value, behind it the answer. */
#include "azure/vault/dialogue.h"

#include "wire/json.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the service would read of the body is the value, byte for byte. */
static void check_request(slice request, slice value)
{
    slice line, root, string;
    size_t fault;
    while (slice_cut(&request, '\n', &line) && line.len > 1)
        continue;
    assert(json_check(request, &root, &fault));
    assert(json_member(root, S("value"), &string) == JSON_OK && json_is(string, value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dialogue d;
    slice answer = {data, size}, value;
    slice_cut(&answer, 0, &value);
    struct secret_set set = {.value = value};
    struct talk *talk = &set.vault.talk;
    set.vault = (struct vault_talk){.talk = {.tell = secret_set_tell}, .collection = S("secrets"), .name = S("db")};
    dialogue_open(&d, &set.vault, S("v.vault.azure.net"));
    dialogue_start(&d, talk);
    assert(d.want.kind == WANT_TOKEN && d.request.len == 0);
    dialogue_token(&d, talk, S("TOKEN"));
    uint8_t *quoted_room = malloc(size * 6 + 2);
    struct buf quoted = {quoted_room, 0, size * 6 + 2, false};
    bool is_text = json_quote(&quoted, value);
    free(quoted_room);
    assert((d.want.kind == WANT_SEND) == is_text);
    if (!is_text)
        return 0;
    check_request(buf_slice(&d.request), value);
    if (!answer_of(&d.answer, answer))
        return 0;
    d.want = talk->tell(talk, &d.answer.news);
    unsigned status = d.answer.head.status;
    assert(d.want.kind != WANT_SEND);
    assert(d.want.kind != WANT_PAUSE || status == 429 || status == 401);
    assert(d.want.kind != WANT_TOKEN || status == 401);
    assert((d.want.kind == WANT_DONE) <= (status == 200 && slice_starts(set.id, S("https://"))));
    return 0;
}
