/* Two answers, whatever they are, to a value that must not be told: each is followed by a want that fits, and what is believed
 * is about the key that was asked for. The first byte: to wrap or to unwrap, with a version or without, asked first or not. */
#include "azure/vault/dialogue.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool contains(slice text, slice part)
{
    for (; text.len >= part.len; text = slice_after(text, 1))
        if (slice_starts(text, part))
            return true;
    return false;
}

static void check(const struct dialogue *d, const struct key_wrap *wrap)
{
    static const slice value = S_INIT("aHVudGVyMg"); /* hunter2 */
    const struct buf *body = &d->answer.news.body;
    slice request = buf_slice(&d->request);
    switch (d->want.kind) {
    case WANT_SEND:
        assert(contains(request, value) == contains(request, S("Authorization: Bearer TOKEN\r\n")));
        break;
    case WANT_DONE:
        assert(wrap->version.len == 32 && wrap->result.len);
        assert(wrap->result.at >= body->at && wrap->result.at + wrap->result.len <= body->at + body->len);
        break;
    case WANT_FAIL:
    case WANT_PAUSE:
        assert(failed(d->want.error) && d->want.error->message != M_INTERNAL);
        break;
    case WANT_TOKEN:
        assert(slice_equal_nocase(d->want.resource, S("https://vault.azure.net")) ||
               slice_equal_nocase(d->want.resource, S("https://azure.net")));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dialogue d;
    slice first, second = {data, size};
    uint8_t mode = size ? data[0] : 0;
    struct key_wrap wrap = {.unwrap = mode & 1, .algorithm = S("RSA-OAEP"), .value = S("hunter2")};
    wrap.vault = (struct vault_talk){.talk = {.tell = key_wrap_tell},
                                     .collection = S("keys"),
                                     .name = S("disk"),
                                     .version = mode & 2 ? S("0123456789abcdef0123456789abcdef") : S(""),
                                     .ask_first = mode & 4};
    struct talk *talk = &wrap.vault.talk;
    second = slice_after(second, 1);
    slice_cut(&second, 0, &first);
    dialogue_open(&d, &wrap.vault, S("v.vault.azure.net"));
    dialogue_start(&d, talk);
    for (int turn = 0; turn < 4; turn++) {
        if (d.want.kind == WANT_TOKEN)
            dialogue_token(&d, talk, S("TOKEN"));
        else if (d.want.kind == WANT_PAUSE)
            d.want = talk->tell(talk, &(struct news){.kind = NEWS_PAUSED});
        else if (d.want.kind != WANT_SEND || !answer_of(&d.answer, turn < 2 ? first : second))
            return 0;
        else
            d.want = talk->tell(talk, &d.answer.news);
        check(&d, &wrap);
    }
    return 0;
}
