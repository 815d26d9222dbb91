#include "wire/json.h"

#include "base/num.h"

/* One place in one text. When a scan_ function gives false, `at` is the first byte that cannot stand there: the text
 * before it could still have become JSON. */
struct scan {
    slice text;
    size_t at;
};

static int peek(const struct scan *s)
{
    return s->at < s->text.len ? s->text.at[s->at] : -1;
}

static bool take(struct scan *s, int byte)
{
    bool there = peek(s) == byte;
    s->at += there;
    return there;
}

static bool scan_word(struct scan *s, const char *word)
{
    while (*word && take(s, *word))
        word++;
    return *word == 0;
}

static void skip_space(struct scan *s)
{
    while (take(s, ' ') || take(s, '\n') || take(s, '\r') || take(s, '\t'))
        ;
}

static bool scan_digits(struct scan *s)
{
    size_t start = s->at;
    while (peek(s) >= '0' && peek(s) <= '9')
        s->at++;
    return s->at > start;
}

static bool scan_number(struct scan *s)
{
    take(s, '-');
    if (!take(s, '0') && !scan_digits(s))
        return false;
    if (take(s, '.') && !scan_digits(s))
        return false;
    if (take(s, 'e') || take(s, 'E')) {
        if (!take(s, '-'))
            take(s, '+');
        return scan_digits(s);
    }
    return true;
}

/* One character of more than one byte. The second byte's range is narrower behind four of the lead bytes: that keeps
 * out overlong forms, surrogates, and what is beyond U+10FFFF (RFC 3629 section 4). */
static bool scan_utf8(struct scan *s)
{
    int lead = peek(s);
    if (lead < 0xc2 || lead > 0xf4)
        return false;
    int low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    int high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    for (int more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3; more; more--) {
        s->at++;
        if (peek(s) < low || peek(s) > high)
            return false;
        low = 0x80;
        high = 0xbf;
    }
    s->at++;
    return true;
}

/* Four hex digits. The second half of a surrogate pair is DC00 to DFFF, and nothing else may be: both are known by the
 * second digit. */
static bool scan_unit(struct scan *s, bool second_half, uint32_t *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = peek(s) < 0 ? -1 : num_hex_digit((uint8_t)peek(s));
        if (digit < 0 || (i == 0 && second_half && digit != 0xd))
            return false;
        *unit = *unit << 4 | (uint32_t)digit;
        if (i == 1 && second_half != ((*unit & 0xfc) == 0xdc))
            return false;
        s->at++;
    }
    return true;
}

/* The last of them may be escaped, but need not be. */
static const char escape_names[] = "\"\\bfnrt/", escape_codes[] = "\"\\\b\f\n\r\t/";
enum { ESCAPES_NEEDED = sizeof escape_codes - 2 };

/* What is behind a backslash. */
static bool scan_escape(struct scan *s, uint32_t *code)
{
    for (size_t i = 0; i < sizeof escape_names - 1; i++) {
        if (take(s, escape_names[i])) {
            *code = (uint8_t)escape_codes[i];
            return true;
        }
    }
    uint32_t low;
    if (!take(s, 'u') || !scan_unit(s, false, code))
        return false;
    if (*code >> 10 != 0xd800 >> 10)
        return true;
    if (!take(s, '\\') || !take(s, 'u') || !scan_unit(s, true, &low))
        return false;
    *code = 0x10000 + ((*code & 0x3ff) << 10) + (low & 0x3ff);
    return true;
}

static bool scan_string(struct scan *s)
{
    uint32_t code;
    if (!take(s, '"'))
        return false;
    while (!take(s, '"')) {
        if (peek(s) < ' ')
            return false;
        if (take(s, '\\')) {
            if (!scan_escape(s, &code))
                return false;
        } else if (peek(s) < 0x80) {
            s->at++;
        } else if (!scan_utf8(s)) {
            return false;
        }
    }
    return true;
}

static bool scan_name(struct scan *s, slice *name)
{
    skip_space(s);
    size_t start = s->at;
    if (!scan_string(s))
        return false;
    *name = slice_after(slice_first(s->text, s->at), start);
    skip_space(s);
    return take(s, ':');
}

static bool scan_scalar(struct scan *s)
{
    switch (peek(s)) {
    case '"':
        return scan_string(s);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    default:
        return scan_number(s);
    }
}

static bool at_close(struct scan *s, uint64_t objects)
{
    skip_space(s);
    return take(s, objects & 1 ? '}' : ']');
}

/* One value of any allowed depth. The stack of open brackets is one bit each, the innermost lowest: is it "{"? */
static bool scan_value(struct scan *s)
{
    uint64_t objects = 0;
    unsigned depth = 0;
    slice name;
    for (;;) {
        bool object = peek(s) == '{', opened = object || peek(s) == '[';
        if (opened) {
            if (depth == JSON_DEPTH_MAX)
                return false;
            objects = objects << 1 | object;
            depth++;
            s->at++;
        } else if (!scan_scalar(s)) {
            return false;
        }
        while (depth && at_close(s, objects)) {
            objects >>= 1;
            depth--;
            opened = false;
        }
        if (depth == 0)
            return true;
        if (!opened && !take(s, ','))
            return false;
        if ((objects & 1) && !scan_name(s, &name))
            return false;
        skip_space(s);
    }
}

bool json_check(slice text, slice *root, size_t *fault)
{
    struct scan s = {text, 0};
    if (slice_starts(text, S("\xef\xbb\xbf")))
        s.at = 3;
    skip_space(&s);
    size_t start = s.at;
    bool good = scan_value(&s);
    slice value = slice_after(slice_first(text, s.at), start);
    if (good)
        skip_space(&s);
    if (!good || s.at < text.len) {
        *fault = s.at;
        return false;
    }
    *root = value;
    return true;
}

enum json_kind json_kind(slice value)
{
    switch (value.len ? value.at[0] : 0) {
    case '"':
        return JSON_STRING;
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case 't':
        return JSON_TRUE;
    case 'f':
        return JSON_FALSE;
    case 'n':
        return JSON_NULL;
    case '-':
        return JSON_NUMBER;
    default:
        return value.len && byte_is_digit(value.at[0]) ? JSON_NUMBER : JSON_NOTHING;
    }
}

enum json json_member_where(slice object, bool (*is)(slice string, slice wanted), slice wanted, slice *value)
{
    enum json found = JSON_NONE;
    slice rest = object, name, each, hit = S("");
    if (json_kind(object) != JSON_OBJECT)
        return JSON_NONE;
    while (json_next(&rest, &name, &each)) {
        if (!is(name, wanted))
            continue;
        if (found == JSON_OK)
            return JSON_TWICE;
        found = JSON_OK;
        hit = each;
    }
    if (found == JSON_OK)
        *value = hit;
    return found;
}

enum json json_member(slice object, slice name, slice *value)
{
    return json_member_where(object, json_is, name, value);
}

/* *rest starts with the opening bracket or with the comma before the next member, and ends with the closing bracket: so
 * that its last byte tells objects from arrays at every step. */
bool json_next(slice *rest, slice *name, slice *value)
{
    struct scan s = {*rest, 0};
    slice text = *rest;
    *rest = S("");
    *name = S("");
    if (!take(&s, ',') && !take(&s, '[') && !take(&s, '{'))
        return false;
    if (text.at[text.len - 1] == '}' && !scan_name(&s, name))
        return false;
    skip_space(&s);
    size_t start = s.at;
    if (!scan_value(&s))
        return false;
    *value = slice_after(slice_first(text, s.at), start);
    skip_space(&s);
    *rest = slice_after(text, s.at);
    return true;
}

static size_t put_utf8(uint8_t room[4], uint32_t code)
{
    static const uint8_t leads[] = {0, 0xc0, 0xe0, 0xf0};
    size_t more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    for (size_t i = more; i; i--) {
        room[i] = (uint8_t)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    room[0] = (uint8_t)(leads[more] | code);
    return more + 1;
}

bool json_inside(slice string, slice *inside)
{
    if (string.len < 2 || string.at[0] != '"' || string.at[string.len - 1] != '"')
        return false;
    *inside = slice_first(slice_after(string, 1), string.len - 2);
    return true;
}

bool json_piece(slice *inside, uint8_t room[4], slice *piece)
{
    struct scan s = {*inside, 0};
    uint32_t code;
    *piece = slice_first(*inside, slice_find(*inside, '\\'));
    if (piece->len == 0) {
        if (!take(&s, '\\') || !scan_escape(&s, &code))
            return false;
        *piece = (slice){room, put_utf8(room, code)};
    } else {
        s.at = piece->len;
    }
    *inside = slice_after(*inside, s.at);
    return true;
}

bool json_is(slice string, slice bytes)
{
    slice inside, piece;
    uint8_t room[4];
    if (!json_inside(string, &inside))
        return false;
    while (inside.len) {
        if (!json_piece(&inside, room, &piece) || !slice_starts(bytes, piece))
            return false;
        bytes = slice_after(bytes, piece.len);
    }
    return bytes.len == 0;
}

enum json json_unescape(slice string, struct buf *out)
{
    slice inside, piece;
    uint8_t room[4];
    size_t start = out->len;
    enum json verdict = json_inside(string, &inside) ? JSON_OK : JSON_BAD;
    while (verdict == JSON_OK && inside.len) {
        if (json_piece(&inside, room, &piece))
            buf_put(out, piece);
        else
            verdict = JSON_BAD;
    }
    if (verdict == JSON_BAD || out->full)
        out->len = start;
    return verdict;
}

/* The exponent behind "e", held within -limit to limit. */
static int64_t read_exponent(slice text, int64_t limit)
{
    int64_t n = 0;
    bool negative = text.len && text.at[0] == '-';
    for (size_t i = 0; i < text.len; i++) {
        if (byte_is_digit(text.at[i]))
            n = n * 10 + (text.at[i] - '0');
        if (n > limit)
            n = limit;
    }
    return negative ? -n : n;
}

/* All digits in a row, and how many of them are before the point: that is what an exponent moves. An exponent larger
 * than the text is long plus 20 cannot change the answer (a zero stays zero, all else is too large), so it is cut
 * there and the loop stays short. */
static bool read_number(slice number, uint64_t *out)
{
    static const uint64_t most = (uint64_t)1 << 53;
    slice mantissa = slice_first(number, slice_find(number, 'e'));
    mantissa = slice_first(mantissa, slice_find(mantissa, 'E'));
    int64_t limit = (int64_t)number.len + 20;
    int64_t whole = (int64_t)slice_find(mantissa, '.') + read_exponent(slice_after(number, mantissa.len + 1), limit);
    uint64_t n = 0;
    for (size_t i = 0; whole > 0; i++) {
        if (i < mantissa.len && mantissa.at[i] == '.')
            continue;
        n = n * 10 + (i < mantissa.len ? (uint64_t)(mantissa.at[i] - '0') : 0);
        if (n > most)
            return false;
        whole--;
    }
    *out = n;
    return true;
}

bool json_integer(slice value, uint64_t *out)
{
    uint8_t room[20];
    struct buf digits = BUF(room);
    struct scan s = {value, 0};
    uint64_t n;
    if (json_kind(value) == JSON_STRING) {
        if (json_unescape(value, &digits) != JSON_OK || digits.full || !num_decimal(buf_slice(&digits), &n) ||
            n > (uint64_t)1 << 53)
            return false;
        *out = n;
        return true;
    }
    return peek(&s) != '-' && scan_number(&s) && s.at == value.len && read_number(value, out);
}

static bool is_utf8(slice bytes)
{
    struct scan s = {bytes, 0};
    while (s.at < bytes.len) {
        if (bytes.at[s.at] < 0x80)
            s.at++;
        else if (!scan_utf8(&s))
            return false;
    }
    return true;
}

static void quote_byte(struct buf *to, uint8_t c)
{
    static const char hex[] = "0123456789abcdef";
    size_t i = slice_find((slice){(const uint8_t *)escape_codes, ESCAPES_NEEDED}, c);
    if (i < ESCAPES_NEEDED) {
        buf_byte(to, '\\');
        buf_byte(to, (uint8_t)escape_names[i]);
    } else if (c < ' ') {
        buf_text(to, "\\u00");
        buf_byte(to, (uint8_t)hex[c >> 4]);
        buf_byte(to, (uint8_t)hex[c & 15]);
    } else {
        buf_byte(to, c);
    }
}

bool json_quote(struct buf *to, slice bytes)
{
    if (!is_utf8(bytes))
        return false;
    buf_byte(to, '"');
    for (size_t i = 0; i < bytes.len; i++)
        quote_byte(to, bytes.at[i]);
    buf_byte(to, '"');
    return true;
}
