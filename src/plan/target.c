#include "plan/target.h"

#include "base/num.h"

enum { MODE_MAX = 0777 };

static bool is_variable(slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!byte_is_alpha(name.at[i]) && name.at[i] != '_' && (i == 0 || !byte_is_digit(name.at[i])))
            return false;
    return name.len > 0;
}

/* "/run/", "/run/." and "/run/..": a folder, whatever is there. */
static bool is_folder(slice path)
{
    slice last = path;
    for (size_t slash; (slash = slice_find(last, '/')) < last.len;)
        last = slice_after(last, slash + 1);
    return last.len == 0 || slice_equal(last, S(".")) || slice_equal(last, S(".."));
}

static bool has_control(slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < ' ' || text.at[i] == 0x7f)
            return true;
    return false;
}

err target_of(slice text, struct target *out)
{
    *out = (struct target){.name = text, .mode = MODE_DEFAULT, .user = OWNER_KEEP, .group = OWNER_KEEP};
    if (has_control(text))
        return err_make(M_TARGET_CONTROL, text);
    if (slice_find(text, '/') < text.len) {
        out->kind = TARGET_FILE;
        return is_folder(text) ? err_make(M_TARGET_FOLDER, text) : OK;
    }
    out->kind = TARGET_VARIABLE;
    if (slice_starts(text, S("@"))) {
        out->kind = TARGET_MEMFILE;
        out->name = slice_after(text, 1);
    }
    return is_variable(out->name) ? OK : err_make(M_TARGET_NAME, text);
}

err target_read(slice text, struct assignment *out)
{
    slice rest = text, target;
    if (!slice_cut(&rest, '=', &target))
        return err_make(M_TARGET_MISSING, text);
    out->ref = rest;
    return target_of(target, &out->target);
}

bool target_mode(slice text, uint16_t *mode)
{
    uint64_t n;
    if (!num_octal(text, &n) || n > MODE_MAX)
        return false;
    *mode = (uint16_t)n;
    return true;
}

static bool read_id(slice text, uint32_t *id)
{
    uint64_t n;
    /* The greatest number means "leave it" to chown(2): a user of that number cannot be meant. */
    if (!num_decimal(text, &n) || n >= OWNER_KEEP)
        return false;
    *id = (uint32_t)n;
    return true;
}

bool target_owner(slice text, uint32_t *user, uint32_t *group)
{
    uint32_t u = OWNER_KEEP, g = OWNER_KEEP;
    slice first;
    bool has_group = slice_cut(&text, ':', &first);
    if (has_group && !read_id(text, &g))
        return false;
    if ((first.len || !has_group) && !read_id(first, &u))
        return false;
    *user = u;
    *group = g;
    return true;
}

/* The next component that says something: neither "" nor ".". False: there is none. */
static bool path_step(slice *rest, slice *component)
{
    while (rest->len) {
        slice_cut(rest, '/', component);
        if (component->len && !slice_equal(*component, S(".")))
            return true;
    }
    return false;
}

static bool same_path(slice a, slice b)
{
    slice x, y;
    if (slice_starts(a, S("/")) != slice_starts(b, S("/")))
        return false;
    for (;;) {
        bool more = path_step(&a, &x);
        if (more != path_step(&b, &y))
            return false;
        if (!more)
            return true;
        if (!slice_equal(x, y))
            return false;
    }
}

static enum target_kind name_space(enum target_kind kind)
{
    return kind == TARGET_MEMFILE ? TARGET_VARIABLE : kind;
}

bool target_same(const struct target *a, const struct target *b)
{
    if (name_space(a->kind) != name_space(b->kind))
        return false;
    return a->kind == TARGET_FILE ? same_path(a->name, b->name) : slice_equal(a->name, b->name);
}
