/* A target that is accepted is a part of the text, and the same place as itself. */
#include "plan/target.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice text = {data, size};
    struct assignment a = {.ref = {NULL, 0}};
    err e = target_read(text, &a);
    assert(!a.ref.at || (a.ref.at > data && a.ref.at + a.ref.len == data + size && a.ref.at[-1] == '='));
    uint32_t user = 1, group = 1;
    uint16_t mode = 1;
    target_owner(text, &user, &group);
    if (target_mode(text, &mode))
        assert(mode <= 0777);
    if (failed(e))
        return 0;
    const struct target *t = &a.target;
    assert(t->name.len && t->name.at >= data && t->name.at + t->name.len < data + size);
    assert((slice_find(t->name, '/') < t->name.len) == (t->kind == TARGET_FILE));
    assert(slice_find(t->name, 0) == t->name.len);
    assert(target_same(t, t));
    return 0;
}
