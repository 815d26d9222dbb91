/* A credential, ended by NUL, and an answer: its texts are notes of one line, and hold nothing of the credential. */
#include "azure/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(slice text, const struct buf *notes, slice credential)
{
    bool in_notes = is_in_notes(notes, text);
    static const slice others[] = {S_INIT(""), S_INIT("no code"), S_INIT("no message"), S_INIT("none"), S_INIT("...")};
    bool known = false;
    for (size_t i = 0; i < COUNT(others); i++)
        known = known || slice_equal(text, others[i]);
    assert((in_notes || known) && text.len <= NOTE_BYTES_MAX);
    if (!in_notes)
        return;
    assert(slice_find(text, '\n') == text.len && slice_find(text, '\r') == text.len);
    assert_no_echo(text, credential);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice raw = {data, size}, credential;
    struct answer answer;
    struct service_error said;
    slice_cut(&raw, 0, &credential);
    struct confidence sent = {credential, S("")};
    if (credential.len % 3 == 0)
        sent = (struct confidence){S("eyJhbGciOiJSUzI1NiJ9"), credential};
    uint8_t *bytes = malloc(raw.len + 1), notes_room[1024];
    struct buf notes = {notes_room, 0, credential.len % 2 ? 100 : sizeof notes_room, false};
    assert(bytes);
    if (raw.len)
        memcpy(bytes, raw.at, raw.len);
    if (answer_in(&answer, bytes, raw.len)) {
        struct buf body = answer.news.body;
        bool has_code = service_error_read(&answer.head, &body, sent, &notes, &said);
        check_text(said.code, &notes, credential);
        check_text(said.inner, &notes, credential);
        check_text(said.message, &notes, credential);
        check_text(said.request_id, &notes, credential);
        assert(said.code.len && said.message.len);
        assert(has_code || slice_equal(said.code, S("no code")));
    }
    notes.len = 0;
    check_text(quote_keep(&notes, raw, sent), &notes, credential);
    free(bytes);
    return 0;
}
