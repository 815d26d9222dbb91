/* A source (the first byte), then the variables in their order and the three selectors, each ended by NUL: a choice is whole,
 * and its request is one; what cannot be chosen is the set-up's fault. */
#include "azure/script.h"

#include "azure/identity.h"
#include "wire/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_holds_encoded(slice request, slice selector)
{
    uint8_t room[4096];
    struct buf encoded = BUF(room);
    url_encode(&encoded, selector);
    assert(!encoded.full && text_holds(request, buf_slice(&encoded)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t request_room[4096], notes_room[1024];
    struct buf request = BUF(request_room), notes = BUF(notes_room);
    struct identity identity = {.talk = {.request = &request, .notes = &notes}};
    struct identity_setting setting = {.source = IDENTITY_AUTO};
    if (size == 0)
        return 0;
    slice rest = {data + 1, size - 1};
    setting.source = (enum identity_source)(data[0] % (IDENTITY_TOKEN_FILE + 1));
    enum identity_source named = setting.source;
    for (size_t i = 0; i < IDENTITY_VARIABLES; i++)
        slice_cut(&rest, 0, &setting.variable[i]);
    slice_cut(&rest, 0, &setting.client_id);
    slice_cut(&rest, 0, &setting.object_id);
    slice_cut(&rest, 0, &setting.resource_id);
    err e = identity_choose(&identity, &setting);
    if (failed(e)) {
        assert(err_status(e) == EXIT_IS_CONFIG);
        return 0;
    }
    assert(identity.talk.tell && identity.talk.to.host.len && identity.talk.to.port && !identity.talk.to.tls);
    assert(setting.source != IDENTITY_AUTO && (named == IDENTITY_AUTO || named == setting.source));
    identity_start(&identity, S("https://vault.azure.net"), 1700000000);
    struct want want = identity.talk.tell(&identity.talk, &(struct news){.kind = NEWS_START});
    assert_want(&identity.talk, want, S(""));
    if (want.kind == WANT_SEND) {
        assert_holds_encoded(buf_slice(&request), setting.client_id);
        assert_holds_encoded(buf_slice(&request), setting.object_id);
        assert_holds_encoded(buf_slice(&request), setting.resource_id);
    } else {
        /* Only a selector too long for a request line. */
        assert(3 * (setting.client_id.len + setting.object_id.len + setting.resource_id.len) > 1024);
    }
    return 0;
}
