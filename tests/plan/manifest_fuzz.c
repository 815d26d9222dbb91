/* Lines only count upwards, each is answered once, and a line alone says what it says among others. */
#include "plan/manifest.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static slice line_number(slice text, uint64_t number)
{
    slice line = S("");
    while (number--)
        slice_cut(&text, '\n', &line);
    return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice text = {data, size};
    struct manifest m = {text, 0};
    struct assignment a, alone;
    err e, e_alone;
    uint64_t last = 0;
    unsigned lines = 0;
    while (manifest_next(&m, &a, &e)) {
        assert(m.line > last);
        last = m.line;
        if (++lines > 64) /* line_number starts anew each time */
            continue;
        struct manifest one = {line_number(text, m.line), 0};
        assert(manifest_next(&one, &alone, &e_alone));
        assert(err_message(e) == err_message(e_alone));
        if (failed(e)) {
            assert(slice_equal(e->arg[0], e_alone->arg[0]));
            continue;
        }
        assert(target_same(&a.target, &alone.target) && slice_equal(a.ref, alone.ref));
        assert(a.target.mode == alone.target.mode && a.target.user == alone.target.user);
        assert(a.target.kind == TARGET_FILE || a.target.mode == MODE_DEFAULT);
        assert(slice_find(a.ref, ' ') == a.ref.len && slice_find(a.ref, '\n') == a.ref.len);
    }
    assert(m.rest.len == 0 && !manifest_next(&m, &a, &e));
    return 0;
}
