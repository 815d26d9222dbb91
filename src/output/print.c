#include "output/print.h"

#include "system/descriptor.h"
#include "system/file.h"
#include "wire/json.h"

#include <unistd.h>

/* By enum format. */
static const struct {
    slice name;
    bool text;     /* values must be UTF-8 */
    bool no_nul;   /* values must have no NUL byte */
    bool variable; /* names must be those of variables */
} rules[] = {
    [FORMAT_NONE] = {S_INIT(""), false, false, false},    [FORMAT_JSON] = {S_INIT("json"), true, false, false},
    [FORMAT_ENV] = {S_INIT("env"), false, true, true},    [FORMAT_DOTENV] = {S_INIT("dotenv"), true, true, true},
    [FORMAT_NULL] = {S_INIT("null"), false, true, false},
};

/* What one byte of a value grows by, at most ("\u0001"), and what stands around a name and a value. */
enum { GROWTH_MAX = 5, AROUND_MAX = 8 };

static bool is_utf8(slice value)
{
    /* A string that JSON can say; that there is no room for it does not matter. */
    struct buf no_room = {.cap = 0};
    return json_quote(&no_room, value);
}

static bool has_expansion(slice value)
{
    for (size_t i = 0; i + 1 < value.len; i++)
        if (value.at[i] == '$' && value.at[i + 1] == '{')
            return true;
    return false;
}

/* Why this format cannot say the value; empty when it can. */
static slice fault_of(enum format format, slice value)
{
    if (rules[format].no_nul && slice_find(value, 0) < value.len)
        return S("it has a NUL byte");
    if (rules[format].text && !is_utf8(value))
        return S("it is not UTF-8 text");
    if (format == FORMAT_DOTENV && has_expansion(value))
        return S("it has \"${\", which readers expand");
    if (format == FORMAT_DOTENV && value.len && value.at[value.len - 1] == '\\')
        return S("it ends with a backslash");
    return S("");
}

static size_t size_of(const struct named *entry)
{
    size_t bytes = entry->name.len + entry->value.len + AROUND_MAX;
    for (size_t i = 0; i < entry->value.len; i++) {
        uint8_t c = entry->value.at[i];
        if (c < ' ' || c == '\'' || c == '"' || c == '\\')
            bytes += GROWTH_MAX;
    }
    return bytes;
}

err print_measure(enum format format, const struct named *entry, size_t entries, size_t *bytes)
{
    *bytes = AROUND_MAX;
    for (size_t i = 0; i < entries; i++) {
        slice fault = fault_of(format, entry[i].value);
        if (rules[format].variable && (entry[i].name.len == 0 || byte_is_digit(entry[i].name.at[0])))
            return err_make(M_PRINT_NAME, entry[i].name);
        if (fault.len)
            return err_make(M_PRINT_TEXT, entry[i].name, rules[format].name, fault);
        *bytes += size_of(&entry[i]);
    }
    return OK;
}

static void put_variable_name(struct buf *to, slice name)
{
    for (size_t i = 0; i < name.len; i++)
        buf_byte(to, name.at[i] == '-' ? '_' : name.at[i]);
    buf_byte(to, '=');
}

static void put_env(struct buf *to, slice value)
{
    buf_byte(to, '\'');
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] == '\'')
            buf_text(to, "'\\''");
        else
            buf_byte(to, value.at[i]);
    buf_text(to, "'\n");
}

static void put_dotenv(struct buf *to, slice value)
{
    uint8_t quote = slice_find(value, '\r') < value.len ? '"' : '\'';
    buf_byte(to, quote);
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.at[i];
        if (c == quote || c == '\\' || c == '\r')
            buf_byte(to, '\\');
        buf_byte(to, c == '\r' ? 'r' : c);
    }
    buf_byte(to, quote);
    buf_byte(to, '\n');
}

static void put_json(struct buf *to, const struct named *entry)
{
    (void)json_quote(to, entry->name);
    buf_text(to, ": ");
    (void)json_quote(to, entry->value);
}

void print_compose(enum format format, const struct named *entry, size_t entries, struct buf *to)
{
    if (format == FORMAT_JSON)
        buf_byte(to, '{');
    for (size_t i = 0; i < entries; i++) {
        if (rules[format].variable)
            put_variable_name(to, entry[i].name);
        if (format == FORMAT_JSON) {
            buf_text(to, i ? ", " : "");
            put_json(to, &entry[i]);
        } else if (format == FORMAT_ENV) {
            put_env(to, entry[i].value);
        } else if (format == FORMAT_DOTENV) {
            put_dotenv(to, entry[i].value);
        } else {
            buf_put(to, entry[i].value);
            buf_byte(to, 0);
        }
    }
    if (format == FORMAT_JSON)
        buf_text(to, "}\n");
}

err print_bytes(slice bytes)
{
    int error = descriptor_write(STDOUT_FILENO, bytes);
    return error ? err_make(M_PRINT_FAILED, system_reason(error)) : OK;
}

err print_value(slice value)
{
    err e = print_bytes(value);
    return !failed(e) && isatty(STDOUT_FILENO) ? print_bytes(S("\n")) : e;
}
