/* What is refused is refused for its first part alone; what is taken can be walked, looked up and said again. */
#include "wire/json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A fault depends on nothing behind it, and what is before it could still have become JSON. */
static void check_fault(slice text, size_t fault)
{
    slice root;
    size_t again;
    assert(fault <= text.len);
    bool whole = json_check(slice_first(text, fault), &root, &again);
    assert(whole || again == fault || (fault < 3 && text.at[0] == 0xef));
    if (fault < text.len)
        assert(!json_check(slice_first(text, fault + 1), &root, &again) && again == fault);
}

static void check_string(slice string, uint8_t *room)
{
    struct buf bytes = {room, 0, string.len, false};
    struct buf again = {room + string.len, 0, string.len * 6 + 2, false};
    slice root;
    size_t fault;
    assert(json_unescape(string, &bytes) == JSON_OK && !bytes.full);
    assert(json_is(string, buf_slice(&bytes)));
    assert(json_quote(&again, buf_slice(&bytes)) && !again.full);
    assert(json_check(buf_slice(&again), &root, &fault) && json_is(root, buf_slice(&bytes)));
    struct buf place = {again.at, 0, again.len, false};
    assert(json_unescape(buf_slice(&again), &place) == JSON_OK && slice_equal(buf_slice(&place), buf_slice(&bytes)));
}

static void check_value(slice value, uint8_t *room)
{
    slice root, rest = value, name, each, found;
    size_t fault;
    uint64_t n;
    enum json_kind kind = json_kind(value);
    assert(json_check(value, &root, &fault) && root.at == value.at && root.len == value.len && kind != JSON_NOTHING);
    if (kind == JSON_STRING)
        check_string(value, room);
    if (json_integer(value, &n))
        assert(n <= (uint64_t)1 << 53 && (kind == JSON_NUMBER || kind == JSON_STRING));
    while (json_next(&rest, &name, &each)) {
        assert(each.at >= value.at && each.at + each.len < value.at + value.len && json_check(each, &root, &fault));
        if (kind != JSON_OBJECT)
            continue;
        struct buf bytes = {room, 0, name.len, false};
        assert(json_unescape(name, &bytes) == JSON_OK);
        enum json verdict = json_member(value, buf_slice(&bytes), &found);
        assert(verdict == JSON_TWICE || (verdict == JSON_OK && found.at == each.at && found.len == each.len));
    }
    /* Only the closing bracket is left: the walk saw all members. */
    assert(kind == JSON_OBJECT || kind == JSON_ARRAY ? rest.len == 0 : true);
}

/* Any bytes: the other functions end, inside the bytes. */
static void check_hostile(slice bytes, uint8_t *room)
{
    slice rest = bytes, name, value;
    uint64_t n;
    struct buf out = {room, 0, bytes.len, false};
    while (json_next(&rest, &name, &value))
        ;
    json_member(bytes, S("a"), &value);
    json_integer(bytes, &n);
    json_is(bytes, S("a"));
    assert(json_unescape(bytes, &out) == JSON_BAD || !out.full);
    out = (struct buf){room, 0, bytes.len * 6 + 2, false};
    if (json_quote(&out, bytes)) {
        size_t fault;
        assert(!out.full && json_check(buf_slice(&out), &value, &fault) && json_is(value, bytes));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice text = {data, size}, root;
    size_t fault;
    uint8_t *room = malloc(size * 8 + 16);
    assert(room);
    if (json_check(text, &root, &fault))
        check_value(root, room);
    else
        check_fault(text, fault);
    check_hostile(text, room);
    free(room);
    return 0;
}
