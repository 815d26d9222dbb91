/* A reference that is accepted can be written in one form and is the same again; one that is refused has a place. */
#include "plan/ref.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_inside(slice part, slice whole)
{
    return part.len == 0 || (part.at >= whole.at && part.at + part.len <= whole.at + whole.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice text = {data + 1, size - 1}, suffix = S("vault.azure.net");
    struct ref ref, again, fallback = {.vault = S("my-vault"), .port = VAULT_PORT};
    if (size == 0)
        return 0;
    enum ref_kind wanted = data[0] & 1 ? REF_KEY : REF_SECRET;
    err e = ref_read(text, wanted, &ref);
    if (failed(e)) {
        assert(err_status(e) == EXIT_IS_USAGE);
        assert(e->number[0] >= 1 && (size_t)e->number[0] <= text.len + 1);
        assert(is_inside(e->arg[0], text) && is_inside(e->arg[1], text));
        return 0;
    }
    assert(is_inside(ref.vault, text) && is_inside(ref.name, text) && is_inside(ref.version, text) &&
           is_inside(ref.pointer, text));
    assert(ref.name.len >= 1 && ref.name.len <= 127 && (ref.version.len == 0 || ref.version.len == 32) && ref.port);
    assert(ref_settle(&ref, &fallback));
    uint8_t *room = malloc(size + 512);
    struct buf canonical = {room, 0, size + 512, false};
    ref_write(&ref, suffix, &canonical);
    assert(room && !canonical.full);
    assert(!failed(ref_read(buf_slice(&canonical), wanted, &again)));
    assert(ref_same_secret(&ref, &again, suffix) && ref_same_secret(&again, &ref, suffix));
    assert(ref.kind == again.kind && ref.decode == again.decode && ref.part == again.part);
    assert(ref.optional == again.optional && slice_equal(ref.pointer, again.pointer));
    free(room);
    return 0;
}
