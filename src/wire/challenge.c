#include "wire/challenge.h"

#include "wire/http_response.h"

static void skip_any(slice *rest, slice bytes)
{
    while (rest->len && slice_find(bytes, rest->at[0]) < bytes.len)
        *rest = slice_after(*rest, 1);
}

static slice take_token(slice *rest)
{
    size_t n = 0;
    while (n < rest->len && http_is_token((slice){rest->at + n, 1}))
        n++;
    slice token = slice_first(*rest, n);
    *rest = slice_after(*rest, n);
    return token;
}

/* Takes a string off *rest; gives what is inside its quotes, escapes and all. */
static bool take_quoted(slice *rest, slice *inside)
{
    for (size_t i = 1; i < rest->len; i++) {
        if (rest->at[i] == '\\') {
            i++;
        } else if (rest->at[i] == '"') {
            *inside = slice_after(slice_first(*rest, i), 1);
            *rest = slice_after(*rest, i + 1);
            return true;
        }
    }
    return false;
}

/* Behind a name: "=", the value, and something that ends it. */
static bool take_value(slice *rest, slice *value)
{
    skip_any(rest, S(" \t"));
    if (rest->len && rest->at[0] == '"') {
        if (!take_quoted(rest, value))
            return false;
    } else {
        *value = take_token(rest);
        if (value->len == 0)
            return false;
    }
    return rest->len == 0 || slice_find(S(" \t,"), rest->at[0]) < 3;
}

/* A backslash would need unescaping, and no server has a reason to send one here. */
static bool is_plain(slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] < ' ' || value.at[i] == 0x7f || value.at[i] == '\\')
            return false;
    return true;
}

/* Which of two equal names counts is anybody's guess, so neither does. */
static bool keep(struct challenge *found, unsigned *seen, slice name, slice value)
{
    static const slice names[] = {S_INIT("authorization"), S_INIT("resource"), S_INIT("scope"),
                                  S_INIT("error"),         S_INIT("claims"),   S_INIT("authorization_uri")};
    slice *const places[] = {&found->authorization, &found->resource, &found->scope,
                             &found->error,         &found->claims,   &found->authorization};
    for (size_t i = 0; i < COUNT(names); i++) {
        if (!slice_equal_nocase(name, names[i]))
            continue;
        unsigned bit = 1U << (i % 5); /* both spellings of authorization are one */
        bool good = !(*seen & bit) && is_plain(value);
        *seen |= bit;
        *places[i] = value;
        return good;
    }
    return true;
}

/* In another scheme: a token68, or what nobody knows. Behind a quote without its end there is nothing more. */
static void skip_unknown(slice *rest)
{
    while (rest->len && slice_find(S(" \t,\""), rest->at[0]) == 4)
        *rest = slice_after(*rest, 1);
    if (rest->len && rest->at[0] == '"')
        *rest = S("");
}

enum part { PART_SCHEME, PART_PARAM, PART_UNKNOWN, PART_END };

static enum part take_part(slice *rest, slice *name, slice *value)
{
    skip_any(rest, S(" \t,"));
    if (rest->len == 0)
        return PART_END;
    *name = take_token(rest);
    bool ended = rest->len == 0 || slice_find(S(" \t,"), rest->at[0]) < 3;
    slice behind = *rest;
    skip_any(&behind, S(" \t"));
    if (behind.len && behind.at[0] == '=') {
        *rest = slice_after(behind, 1);
        return name->len && take_value(rest, value) ? PART_PARAM : PART_UNKNOWN;
    }
    return name->len && ended ? PART_SCHEME : PART_UNKNOWN;
}

enum challenge_verdict challenge_read(slice header_value, struct challenge *out)
{
    struct challenge found = {S(""), S(""), S(""), S(""), S("")};
    slice rest = header_value, name, value;
    bool bearer = false, any = false;
    unsigned seen = 0;
    for (;;) {
        enum part part = take_part(&rest, &name, &value);
        if (part == PART_END || (bearer && part == PART_SCHEME))
            break;
        if (part == PART_SCHEME) {
            bearer = slice_equal_nocase(name, S("bearer"));
        } else if (!bearer) {
            if (part == PART_UNKNOWN)
                skip_unknown(&rest);
        } else {
            if (part == PART_UNKNOWN || !keep(&found, &seen, name, value))
                return CHALLENGE_BAD;
            any = true;
        }
    }
    if (!any)
        return CHALLENGE_NONE;
    *out = found;
    return CHALLENGE_BEARER;
}

bool challenge_basic_realm(slice header_value, slice *realm)
{
    slice rest = header_value, name, path;
    if (!slice_equal_nocase(take_token(&rest), S("basic")) || rest.len == 0 || rest.at[0] != ' ')
        return false;
    skip_any(&rest, S(" "));
    path = rest;
    if (!slice_cut(&path, '=', &name) || !slice_equal_nocase(name, S("realm")))
        return false;
    if (path.len == 0 || slice_find(path, '=') < path.len || slice_find(path, '"') < path.len)
        return false;
    *realm = path;
    return true;
}
