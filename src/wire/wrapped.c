#include "wire/wrapped.h"

#include "wire/base64.h"

enum line { LINE_FORMAT, LINE_KEY, LINE_ALGORITHM, LINE_VALUE, LINES };

static const slice starts[LINES] = {
    [LINE_FORMAT] = S_INIT("azfob-wrapped "),
    [LINE_KEY] = S_INIT("key: "),
    [LINE_ALGORITHM] = S_INIT("algorithm: "),
    [LINE_VALUE] = S_INIT("value: "),
};

static bool is_key(slice key)
{
    slice scheme = S("https://");
    for (size_t i = 0; i < key.len; i++)
        if (key.at[i] <= ' ' || key.at[i] >= 0x7f)
            return false;
    return slice_starts(key, scheme) && key.len > scheme.len;
}

static bool is_algorithm(slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!byte_is_alpha(name.at[i]) && !byte_is_digit(name.at[i]) && name.at[i] != '-' && name.at[i] != '_')
            return false;
    return name.len > 0;
}

static bool is_good(enum line line, slice content, struct buf *value)
{
    switch (line) {
    case LINE_KEY:
        return is_key(content);
    case LINE_ALGORITHM:
        return is_algorithm(content);
    case LINE_FORMAT:
        return true;
    case LINE_VALUE:
        /* Padding could be decoded too. But what nobody writes nobody has to read. */
        return content.len && slice_find(content, '=') == content.len &&
               base64_decode(content, BASE64_URL, false, value);
    case LINES:
        break;
    }
    return false;
}

/* Only the last line may lack its end. */
static bool cut_line(slice *rest, enum line which, slice *line)
{
    bool ended = slice_cut(rest, '\n', line);
    if (ended && line->len && line->at[line->len - 1] == '\r')
        line->len--;
    return ended || which == LINE_VALUE;
}

enum wrapped_verdict wrapped_read(slice text, struct buf *value, struct wrapped *out, unsigned *line)
{
    slice rest = text, content[LINES] = {{NULL, 0}};
    struct buf bytes = {value->at + value->len, 0, value->cap - value->len, false};
    for (enum line i = LINE_FORMAT; i < LINES; i++) {
        slice whole;
        bool ended = cut_line(&rest, i, &whole);
        content[i] = slice_after(whole, starts[i].len);
        *line = i + 1;
        bool starts_well = slice_starts(whole, starts[i]);
        if (i == LINE_FORMAT && !starts_well)
            return WRAPPED_OTHER;
        if (i == LINE_FORMAT && ended && !slice_equal(content[i], S("1")))
            return WRAPPED_LATER;
        if (!ended || !starts_well || !is_good(i, content[i], &bytes))
            return WRAPPED_BAD;
    }
    *line = LINES + 1;
    if (rest.len)
        return WRAPPED_BAD;
    value->len += bytes.len;
    *out = (struct wrapped){content[LINE_KEY], content[LINE_ALGORITHM], buf_slice(&bytes)};
    return WRAPPED_OK;
}

bool wrapped_write(const struct wrapped *wrapped, struct buf *to)
{
    if (!is_key(wrapped->key) || !is_algorithm(wrapped->algorithm) || wrapped->value.len == 0 ||
        wrapped->value.len > WRAPPED_VALUE_BYTES_MAX)
        return false;
    buf_put(to, starts[LINE_FORMAT]);
    buf_text(to, "1\n");
    buf_put(to, starts[LINE_KEY]);
    buf_put(to, wrapped->key);
    buf_byte(to, '\n');
    buf_put(to, starts[LINE_ALGORITHM]);
    buf_put(to, wrapped->algorithm);
    buf_byte(to, '\n');
    buf_put(to, starts[LINE_VALUE]);
    base64_encode_url(to, wrapped->value);
    buf_byte(to, '\n');
    return !to->full;
}
