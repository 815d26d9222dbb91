#include "output/suspect.h"

static bool is_empty(slice value)
{
    return value.len == 0;
}

/* In a text of several lines the last one ends as the others do. */
static bool has_lone_line_end(slice value)
{
    return slice_find(value, '\n') + 1 == value.len;
}

static bool is_pem(slice value)
{
    return slice_starts(value, S("-----BEGIN "));
}

static bool has_written_line_ends(slice value)
{
    if (!is_pem(value))
        return false;
    while (value.len && !slice_starts(value, S("\\n")))
        value = slice_after(value, 1);
    return value.len > 0;
}

static bool is_flat_pem(slice value)
{
    return is_pem(value) && slice_find(value, '\n') == value.len;
}

static bool has_mark(slice value)
{
    return slice_starts(value, S("\xef\xbb\xbf"));
}

/* The first row that fits. */
static const struct {
    bool (*is)(slice value);
    slice words;
} rows[] = {
    {is_empty, S_INIT("its value is empty; store it again")},
    {has_lone_line_end,
     S_INIT("its value ends with a line end, which is part of it; store it without (printf, not echo)")},
    {has_written_line_ends, S_INIT("its PEM has \"\\n\" written out where lines end; store it from a file (--file)")},
    {is_flat_pem, S_INIT("its PEM is all in one line; store it from a file (--file)")},
    {has_mark, S_INIT("its value starts with a byte order mark; store it as UTF-8 without")},
};

slice suspect_value(slice value)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].is(value))
            return rows[i].words;
    return S("");
}
