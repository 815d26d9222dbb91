#include "plan/manifest.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static slice skip_blanks(slice line)
{
    while (line.len && is_blank(line.at[0]))
        line = slice_after(line, 1);
    return line;
}

/* Up to the next blank, but not within the quotes that it may start with. */
static slice take_word(slice *line)
{
    size_t end = 0;
    if (slice_starts(*line, S("\"")))
        end = 1 + slice_find(slice_after(*line, 1), '"');
    while (end < line->len && !is_blank(line->at[end]))
        end++;
    slice word = slice_first(*line, end);
    *line = slice_after(*line, end);
    return word;
}

static err read_assignment(slice word, struct assignment *out)
{
    slice rest = slice_after(word, 1), path;
    if (!slice_starts(word, S("\"")))
        return target_read(word, out);
    if (!slice_cut(&rest, '"', &path) || !slice_starts(rest, S("=")))
        return err_make(M_MANIFEST_QUOTE, word);
    out->ref = slice_after(rest, 1);
    return target_of(path, &out->target);
}

static err read_setting(slice word, struct target *target, bool seen[2])
{
    slice value = word, name;
    slice_cut(&value, '=', &name);
    bool owner = slice_equal(name, S("owner"));
    if (!owner && !slice_equal(name, S("mode")))
        return err_make(M_MANIFEST_SETTING, word);
    if (target->kind != TARGET_FILE)
        return err_make(M_MANIFEST_NOT_FILE, word);
    if (seen[owner])
        return err_make(M_MANIFEST_TWICE, word);
    seen[owner] = true;
    if (owner)
        return target_owner(value, &target->user, &target->group) ? OK : err_make(M_MANIFEST_OWNER, word);
    return target_mode(value, &target->mode) ? OK : err_make(M_MANIFEST_MODE, word);
}

static err read_line(slice line, struct assignment *out)
{
    bool seen[2] = {false, false};
    slice word = take_word(&line);
    err e = read_assignment(word, out);
    while (!failed(e)) {
        line = skip_blanks(line);
        if (line.len == 0 || line.at[0] == '#')
            break;
        word = take_word(&line);
        e = read_setting(word, &out->target, seen);
    }
    return e;
}

bool manifest_next(struct manifest *m, struct assignment *out, err *e)
{
    while (m->rest.len) {
        slice line;
        slice_cut(&m->rest, '\n', &line);
        m->line++;
        if (line.len && line.at[line.len - 1] == '\r')
            line.len--;
        line = skip_blanks(line);
        if (line.len == 0 || line.at[0] == '#')
            continue;
        *e = read_line(line, out);
        return true;
    }
    return false;
}
