#include "plan/ref.h"

#include "base/num.h"
#include "wire/pointer.h"
#include "wire/url.h"

enum {
    NAME_BYTES_MAX = 127,
    VAULT_BYTES_MIN = 3,
    VAULT_BYTES_MAX = 24,
    VERSION_BYTES = 32,
    GUID_BYTES = 36,
};

/* What is wrong first, and where; the err is made of it once, because an err is large. */
struct reading {
    struct ref *ref;
    uint16_t message;
    slice at; /* a part of the text */
};

static bool wrong(struct reading *r, uint16_t message, slice at)
{
    r->message = message;
    r->at = at;
    return false;
}

static bool is_name_byte(uint8_t c)
{
    return byte_is_digit(c) || byte_is_alpha(c) || c == '-';
}

static bool read_name(struct reading *r, slice name)
{
    if (name.len == 0)
        return wrong(r, M_REF_NO_NAME, name);
    for (size_t i = 0; i < name.len; i++) {
        slice byte = slice_first(slice_after(name, i), 1);
        if (name.at[i] == '_')
            return wrong(r, M_REF_UNDERSCORE, byte);
        if (!is_name_byte(name.at[i]))
            return wrong(r, M_REF_NAME_BYTE, byte);
    }
    if (name.len > NAME_BYTES_MAX)
        return wrong(r, M_REF_NAME_LONG, slice_after(name, NAME_BYTES_MAX));
    r->ref->name = name;
    return true;
}

static bool read_version(struct reading *r, slice version)
{
    size_t digits = 0;
    while (digits < version.len && num_hex_digit(version.at[digits]) >= 0)
        digits++;
    if (digits != version.len || digits != VERSION_BYTES)
        return wrong(r, M_REF_VERSION, digits == version.len ? version : slice_after(version, digits));
    r->ref->version = version;
    return true;
}

/* NAME [ "/" [ VERSION ] ] */
static bool read_name_version(struct reading *r, slice path, bool final_slash)
{
    slice name;
    bool has_version = slice_cut(&path, '/', &name);
    if (!read_name(r, name))
        return false;
    return !has_version || (final_slash && path.len == 0) || read_version(r, path);
}

static bool read_collection(struct reading *r, slice word)
{
    static const struct {
        slice word;
        enum ref_kind kind;
    } rows[] = {{S_INIT("secrets"), REF_SECRET}, {S_INIT("certificates"), REF_CERTIFICATE}, {S_INIT("keys"), REF_KEY}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (!slice_equal_nocase(word, rows[i].word))
            continue;
        r->ref->kind = rows[i].kind;
        return true;
    }
    return false;
}

/* [ collection "/" ] NAME [ "/" VERSION ] */
static bool read_path(struct reading *r, slice path)
{
    slice rest = path, word;
    if (slice_cut(&rest, '/', &word) && read_collection(r, word))
        path = rest;
    return read_name_version(r, path, false);
}

/* Index of the first byte that no vault's name has there. */
static size_t vault_name_fault(slice name)
{
    size_t i = 0;
    while (i < name.len && i < VAULT_BYTES_MAX && is_name_byte(name.at[i])) {
        if (i == 0 ? !byte_is_alpha(name.at[0]) : name.at[i] == '-' && name.at[i - 1] == '-')
            break;
        i++;
    }
    return i;
}

static bool is_host(slice vault)
{
    return slice_find(vault, '.') < vault.len;
}

static bool read_vault_name(struct reading *r, slice name)
{
    size_t fault = vault_name_fault(name);
    if (fault != name.len || fault < VAULT_BYTES_MIN || name.at[fault - 1] == '-')
        return wrong(r, M_REF_VAULT, slice_after(name, fault));
    r->ref->vault = name;
    return true;
}

static bool read_port(struct reading *r, slice port)
{
    uint64_t n;
    if (port.len > 5 || !num_decimal(port, &n) || n == 0 || n > UINT16_MAX)
        return wrong(r, M_REF_PORT, port);
    r->ref->port = (uint16_t)n;
    return true;
}

static bool read_vault(struct reading *r, slice text)
{
    slice host, port = text;
    if (slice_find(text, '@') < text.len)
        return wrong(r, M_REF_USER_INFO, text);
    bool has_port = slice_cut(&port, ':', &host);
    if (!is_host(host))
        return read_vault_name(r, text);
    if (!host_is_name(host))
        return wrong(r, M_REF_VAULT, host);
    r->ref->vault = host;
    return !has_port || read_port(r, port);
}

/* VAULT "/" ..: cuts the vault off *rest. */
static bool take_vault(struct reading *r, slice *rest)
{
    slice vault;
    if (!slice_cut(rest, '/', &vault))
        return wrong(r, M_REF_NO_NAME, *rest);
    return read_vault(r, vault);
}

/* Where the scheme's "//" ends. */
static slice after_scheme(slice url)
{
    return slice_after(url, slice_find(url, ':') + 3);
}

static bool split_akv(struct reading *r, slice place)
{
    slice rest = after_scheme(place);
    return take_vault(r, &rest) && read_path(r, rest);
}

bool ref_is_guid(slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (i == 8 || i == 13 || i == 18 || i == 23 ? text.at[i] != '-' : num_hex_digit(text.at[i]) < 0)
            return false;
    return text.len == GUID_BYTES;
}

static bool split_vals(struct reading *r, slice place)
{
    slice rest = after_scheme(place);
    r->ref->kind = REF_SECRET;
    return take_vault(r, &rest) && read_name_version(r, rest, false);
}

static bool split_akvs(struct reading *r, slice place)
{
    slice rest = after_scheme(place), subscription;
    slice_cut(&rest, '/', &subscription);
    /* The subscription says nothing that the vault's name does not, for that is unique in the cloud. */
    if (!ref_is_guid(subscription))
        return wrong(r, M_REF_SUBSCRIPTION, subscription);
    r->ref->kind = REF_SECRET;
    return take_vault(r, &rest) && read_name_version(r, rest, false);
}

/* "https://" HOST, and what is behind it. "http://" comes here too, for the sake of its own message. */
static bool take_https(struct reading *r, slice text, slice *path)
{
    struct url url;
    size_t fault;
    slice authority, rest = after_scheme(text);
    slice_cut(&rest, '/', &authority);
    if (slice_find(authority, '@') < authority.len)
        return wrong(r, M_REF_USER_INFO, authority);
    if (!url_read(text, &url, &fault))
        return wrong(r, M_REF_URL, slice_after(text, fault));
    if (!url.https)
        return wrong(r, M_REF_PLAIN_HTTP, text);
    if (!is_host(url.host) || !host_is_name(url.host))
        return wrong(r, M_REF_VAULT, url.host);
    r->ref->vault = url.host;
    r->ref->port = url.port;
    *path = slice_after(text, text.len - url.path.len);
    return true;
}

static bool split_https(struct reading *r, slice place)
{
    slice path, word;
    if (!take_https(r, place, &path))
        return false;
    slice rest = slice_after(path, 1);
    if (!slice_cut(&rest, '/', &word) || !read_collection(r, word))
        return wrong(r, M_REF_COLLECTION, slice_after(path, 1));
    return read_name_version(r, rest, true);
}

enum { VAULT_NAME, SECRET_NAME, SECRET_VERSION, APP_SERVICE_WORDS };

/* WORD "=" value *( ";" WORD "=" value ) in any order, none twice. */
static bool cut_app_service(struct reading *r, slice inner, slice value[APP_SERVICE_WORDS])
{
    static const slice words[APP_SERVICE_WORDS] = {S_INIT("VaultName="), S_INIT("SecretName="),
                                                   S_INIT("SecretVersion=")};
    bool more = true;
    while (more) {
        slice pair;
        size_t i = 0;
        more = slice_cut(&inner, ';', &pair);
        while (i < COUNT(words) && !slice_equal_nocase(slice_first(pair, words[i].len), words[i]))
            i++;
        if (i == COUNT(words) || value[i].at)
            return wrong(r, M_REF_APP_SERVICE, pair);
        value[i] = slice_after(pair, words[i].len);
    }
    return true;
}

static bool split_app_service(struct reading *r, slice place)
{
    slice end = slice_after(place, place.len - 1), uri = S("SecretUri="), value[APP_SERVICE_WORDS] = {{0}};
    slice inner = slice_after(place, slice_find(place, '(') + 1);
    if (end.at[0] != ')')
        return wrong(r, M_REF_UNCLOSED, slice_after(place, place.len));
    inner.len--;
    if (slice_equal_nocase(slice_first(inner, uri.len), uri))
        return split_https(r, slice_after(inner, uri.len));
    r->ref->kind = REF_SECRET;
    if (!cut_app_service(r, inner, value))
        return false;
    if (!value[VAULT_NAME].at || !value[SECRET_NAME].at)
        return wrong(r, M_REF_APP_SERVICE, end);
    /* Microsoft's own templates write "SecretVersion=" for the current one. */
    return read_vault(r, value[VAULT_NAME]) && read_name(r, value[SECRET_NAME]) &&
           (value[SECRET_VERSION].len == 0 || read_version(r, value[SECRET_VERSION]));
}

/* NAME, "/" path, VAULT "/" path */
static bool split_plain(struct reading *r, slice place)
{
    size_t slash = slice_find(place, '/');
    if (slash == place.len)
        return read_name(r, place);
    if (slash == 0)
        return read_path(r, slice_after(place, 1));
    if (slice_starts(slice_after(place, slash - 1), S("://")))
        return wrong(r, M_REF_SCHEME, slice_first(place, slash + 2));
    return take_vault(r, &place) && read_path(r, place);
}

/* One row a spelling; the first prefix that fits, in any case. */
static const struct spelling {
    slice prefix;
    bool marked; /* a whole value of the environment that starts so is a reference */
    bool (*split)(struct reading *r, slice place);
} spellings[] = {
    {S_INIT("akv://"), true, split_akv},
    {S_INIT("akvs://"), true, split_akvs},
    {S_INIT("ref+azurekeyvault://"), true, split_vals},
    {S_INIT("@Microsoft.KeyVault("), true, split_app_service},
    /* Not marked: programs have URLs of secrets in their environment because they want the URL. */
    {S_INIT("https://"), false, split_https},
    {S_INIT("http://"), false, split_https},
    {S_INIT(""), false, split_plain},
};

static const struct spelling *spelling_of(slice text)
{
    const struct spelling *row = spellings;
    while (!slice_equal_nocase(slice_first(text, row->prefix.len), row->prefix))
        row++;
    return row;
}

bool ref_is_marked(slice text)
{
    return spelling_of(text)->marked;
}

static bool read_options(struct reading *r, slice query)
{
    enum group { GROUP_DECODE, GROUP_PART, GROUP_OPTIONAL, GROUPS };
    static const struct {
        slice option;
        enum group group;
        unsigned value;
    } rows[] = {
        {S_INIT("decode=base64"), GROUP_DECODE, DECODE_BASE64},
        {S_INIT("decode=base64url"), GROUP_DECODE, DECODE_BASE64URL},
        {S_INIT("decode=hex"), GROUP_DECODE, DECODE_HEX},
        {S_INIT("part=key"), GROUP_PART, PART_KEY},
        {S_INIT("part=cert"), GROUP_PART, PART_CERT},
        {S_INIT("part=chain"), GROUP_PART, PART_CHAIN},
        {S_INIT("optional"), GROUP_OPTIONAL, true},
    };
    unsigned chosen[GROUPS] = {0};
    bool more = true;
    while (more) {
        slice option;
        size_t i = 0;
        more = slice_cut(&query, '&', &option);
        while (i < COUNT(rows) && !slice_equal(option, rows[i].option))
            i++;
        if (i == COUNT(rows))
            return wrong(r, M_REF_OPTION, option);
        if (chosen[rows[i].group])
            return wrong(r, M_REF_OPTION_TWICE, option);
        chosen[rows[i].group] = rows[i].value;
    }
    r->ref->decode = (enum ref_decode)chosen[GROUP_DECODE];
    r->ref->part = (enum ref_part)chosen[GROUP_PART];
    r->ref->optional = chosen[GROUP_OPTIONAL];
    return true;
}

static bool read_pointer(struct reading *r, slice pointer)
{
    slice rest = pointer, token;
    enum pointer step;
    /* RFC 6901 has "" for the whole document. Behind a "#" it is a pointer that somebody forgot to write. */
    if (pointer.len == 0)
        return wrong(r, M_REF_POINTER, pointer);
    while ((step = pointer_step(&rest, &token)) == POINTER_TOKEN)
        continue;
    if (step == POINTER_BAD)
        return wrong(r, M_REF_POINTER, rest);
    r->ref->pointer = pointer;
    return true;
}

/* Nothing that could move a terminal's cursor, or end a line of a manifest that somebody makes of it. */
static bool check_bytes(struct reading *r)
{
    for (size_t i = 0; i < r->ref->text.len; i++)
        if (r->ref->text.at[i] < ' ' || r->ref->text.at[i] == 0x7f)
            return wrong(r, M_REF_BYTE, slice_first(slice_after(r->ref->text, i), 1));
    return true;
}

static bool check_kind(struct reading *r, enum ref_kind wanted, slice end)
{
    if (wanted == REF_KEY && r->ref->kind != REF_KEY)
        return wrong(r, M_REF_NOT_KEY, end);
    if (wanted != REF_KEY && r->ref->kind == REF_KEY)
        return wrong(r, M_REF_IS_KEY, end);
    return true;
}

static err verdict(const struct reading *r, bool good)
{
    if (good)
        return OK;
    size_t before = r->at.at ? (size_t)(r->at.at - r->ref->text.at) : 0;
    err e = err_make(r->message, r->ref->text, r->at);
    e->number[0] = (int64_t)before + 1;
    /* What is written as a user name may come with a password. */
    if (r->message == M_REF_USER_INFO)
        e->arg[0] = slice_first(r->ref->text, before);
    return e;
}

static bool read_all(struct reading *r, enum ref_kind wanted)
{
    slice pointer = r->ref->text, query, place;
    bool has_pointer = slice_cut(&pointer, '#', &query);
    bool has_query = slice_cut(&query, '?', &place);
    slice end = slice_after(r->ref->text, place.len);
    if (!check_bytes(r) || !spelling_of(place)->split(r, place) || !check_kind(r, wanted, end))
        return false;
    if (wanted == REF_KEY && end.len)
        return wrong(r, M_REF_KEY_OPTION, end);
    return (!has_query || read_options(r, query)) && (!has_pointer || read_pointer(r, pointer));
}

err ref_read(slice text, enum ref_kind wanted, struct ref *out)
{
    struct reading r = {.ref = out};
    *out = (struct ref){.text = text, .port = VAULT_PORT, .kind = wanted};
    return verdict(&r, read_all(&r, wanted));
}

static bool read_vault_alone(struct reading *r)
{
    slice text = r->ref->text, path;
    if (!check_bytes(r))
        return false;
    if (spelling_of(text)->split != split_https)
        return read_vault(r, text);
    if (!take_https(r, text, &path))
        return false;
    return path.len <= 1 || wrong(r, M_REF_VAULT_PATH, path);
}

err ref_read_vault(slice text, struct ref *out)
{
    struct reading r = {.ref = out};
    *out = (struct ref){.text = text, .port = VAULT_PORT};
    return verdict(&r, read_vault_alone(&r));
}

bool ref_wants_all(const struct ref *ref)
{
    return ref->pointer.len == 0 && ref->decode == DECODE_NONE && ref->part == PART_NONE && !ref->optional;
}

bool ref_settle(struct ref *ref, const struct ref *fallback)
{
    if (ref->vault.len)
        return true;
    if (!fallback || fallback->vault.len == 0)
        return false;
    ref->vault = fallback->vault;
    ref->port = fallback->port;
    return true;
}

void ref_host(const struct ref *ref, slice suffix, struct buf *to)
{
    for (size_t i = 0; i < ref->vault.len; i++)
        buf_byte(to, byte_lower(ref->vault.at[i]));
    if (is_host(ref->vault))
        return;
    buf_byte(to, '.');
    buf_put(to, suffix);
}

/* Is this host that vault name with the suffix? */
static bool is_completed(slice host, slice name, slice suffix)
{
    return slice_equal_nocase(slice_first(host, name.len), name) && slice_after(host, name.len).len > 0 &&
           host.at[name.len] == '.' && slice_equal_nocase(slice_after(host, name.len + 1), suffix);
}

static bool same_host(slice a, slice b, slice suffix)
{
    if (is_host(a) == is_host(b))
        return slice_equal_nocase(a, b);
    return is_host(a) ? is_completed(a, b, suffix) : is_completed(b, a, suffix);
}

bool ref_same_secret(const struct ref *a, const struct ref *b, slice suffix)
{
    return (a->kind == REF_KEY) == (b->kind == REF_KEY) && a->port == b->port && slice_equal_nocase(a->name, b->name) &&
           slice_equal_nocase(a->version, b->version) && same_host(a->vault, b->vault, suffix);
}

static void write_option(struct buf *to, uint8_t *mark, const char *option)
{
    buf_byte(to, *mark);
    buf_text(to, option);
    *mark = '&';
}

void ref_write(const struct ref *ref, slice suffix, struct buf *to)
{
    static const char *const collection[] = {"/secrets/", "/certificates/", "/keys/"};
    static const char *const decode[] = {"", "decode=base64", "decode=base64url", "decode=hex"};
    static const char *const part[] = {"", "part=key", "part=cert", "part=chain"};
    uint8_t mark = '?';
    buf_text(to, "akv://");
    ref_host(ref, suffix, to);
    if (ref->port != VAULT_PORT) {
        buf_byte(to, ':');
        buf_number(to, ref->port);
    }
    buf_text(to, collection[ref->kind]);
    buf_put(to, ref->name);
    if (ref->version.len)
        buf_byte(to, '/');
    buf_put(to, ref->version);
    if (ref->decode)
        write_option(to, &mark, decode[ref->decode]);
    if (ref->part)
        write_option(to, &mark, part[ref->part]);
    if (ref->optional)
        write_option(to, &mark, "optional");
    if (ref->pointer.len)
        buf_byte(to, '#');
    buf_put(to, ref->pointer);
}
