#include "plan/option.h"

#include "base/num.h"
#include "plan/target.h"
#include "wire/url.h"

#include <string.h>

enum group { GROUP_NONE, GROUP_SELECTOR, GROUP_VOICE, GROUP_SHAPE };

enum kind {
    KIND_WORD, /* a flag without a variable: AZFOB_VERSION is what images set for what they install */
    KIND_FLAG,
    KIND_COUNT,
    KIND_VAULT,
    KIND_GUID,
    KIND_RESOURCE_ID,
    KIND_IDENTITY,
    KIND_DURATION,
    KIND_PATH,
    KIND_RESOLVE,
    KIND_HOST,
    KIND_FORMAT,
    KIND_MANIFEST,
    KIND_MODE,
    KIND_OWNER,
    KIND_USER,
    KIND_NAME,
    KIND_ALGORITHM,
};

#define WRAPS   (COMMAND_WRAP | COMMAND_UNWRAP)
#define FILES   (COMMAND_GET | COMMAND_WRITE | COMMAND_EXEC)
#define ASSIGNS (COMMAND_WRITE | COMMAND_EXEC | COMMAND_CHECK)

/* Every option, in the order of the help: O(name in the struct, name, letter, kind, group, commands, help). */
#define OPTIONS(O)                                                                                                     \
    O(json, "json", 0, FLAG, SHAPE, COMMAND_GET | COMMAND_LIST | COMMAND_TOKEN | COMMAND_CHECK,                        \
      "all that is known, as a JSON object")                                                                           \
    O(format, "format", 0, FORMAT, SHAPE, COMMAND_GET, "how several secrets are written: json, env, dotenv, null")     \
    O(output, "output", 'o', PATH, NONE, COMMAND_GET | WRAPS, "write to this file, whole or not at all")               \
    O(input, "input", 'i', PATH, NONE, WRAPS | COMMAND_SET, "read this file instead of standard input")                \
    O(manifest, "file", 'f', MANIFEST, NONE, ASSIGNS, "more TARGET=REF, one a line; - is standard input")              \
    O(mode, "mode", 0, MODE, NONE, FILES, "mode of files that say none (0400)")                                        \
    O(owner_user, "owner", 0, OWNER, NONE, FILES, "owner of files that say none")                                      \
    O(mkdir, "mkdir", 0, FLAG, NONE, FILES, "create missing folders")                                                  \
    O(always, "always", 0, FLAG, NONE, FILES, "write files anew even where nothing has changed")                       \
    O(user, "user", 0, USER, NONE, COMMAND_EXEC, "become this user before CMD")                                        \
    O(only, "only", 0, FLAG, NONE, COMMAND_EXEC, "CMD's environment has nothing but the targets")                      \
    O(drop_identity, "drop-identity", 0, FLAG, NONE, COMMAND_EXEC, "hide from CMD where to ask for tokens")            \
    O(init, "init", 0, FLAG, NONE, COMMAND_EXEC, "stay as init: reap, forward signals, exit as CMD does")              \
    O(kill_after_ms, "kill-after", 0, DURATION, NONE, COMMAND_EXEC, "with --init: SIGKILL so long after SIGTERM")      \
    O(versions, "versions", 0, NAME, NONE, COMMAND_LIST, "the versions of this secret")                                \
    O(offline, "offline", 0, FLAG, NONE, COMMAND_CHECK, "judge references and settings without any I/O")               \
    O(algorithm, "algorithm", 0, ALGORITHM, NONE, WRAPS, "RSA-OAEP-256 (default), RSA-OAEP, A128KW, A192KW, A256KW")   \
    O(vault, "vault", 0, VAULT, NONE, COMMAND_ALL, "the default vault: a name, a host or a URL")                       \
    O(client_id, "client-id", 0, GUID, SELECTOR, COMMAND_ALL, "which user-assigned identity")                          \
    O(object_id, "object-id", 0, GUID, SELECTOR, COMMAND_ALL, "the same, by its object id")                            \
    O(resource_id, "resource-id", 0, RESOURCE_ID, SELECTOR, COMMAND_ALL, "the same, by its resource id")               \
    O(identity, "identity", 0, IDENTITY, NONE, COMMAND_ALL, "auto, imds, app-service, .., token-file=PATH")            \
    O(timeout_ms, "timeout", 0, DURATION, NONE, COMMAND_ALL, "the whole run (60s)")                                    \
    O(wait_ms, "wait", 0, DURATION, NONE, COMMAND_ALL, "keep trying while the machine is still coming up")             \
    O(ca, "ca", 0, PATH, NONE, COMMAND_ALL, "trust these PEM roots instead of the built-in ones")                      \
    O(resolve, "resolve", 0, RESOLVE, NONE, COMMAND_ALL, "use this address for the host")                              \
    O(allow_host, "allow-host", 0, HOST, NONE, COMMAND_ALL, "a vault outside the known clouds")                        \
    O(challenge, "challenge", 0, FLAG, NONE, COMMAND_ALL, "ask the vault for its challenge first")                     \
    O(verbose, "verbose", 'v', COUNT, VOICE, COMMAND_ALL, "show each exchange, secrets redacted; -vv more")            \
    O(quiet, "quiet", 'q', FLAG, VOICE, COMMAND_ALL, "errors only")                                                    \
    O(version, "version", 0, WORD, NONE, COMMAND_ALL, "what was built, when and from what")                            \
    O(help, "help", 'h', WORD, NONE, COMMAND_ALL, "this text")

enum { OPTION_NAME_BYTES = 14 };

#define ROW_OF(field) ROW_##field
enum row_index {
#define O(field, name, letter, kind, group, commands, help) ROW_OF(field),
    OPTIONS(O)
#undef O
        ROWS,
};

/* No pointers: in a program that may be loaded anywhere each would cost more than it holds. */
static const struct row {
    char name[OPTION_NAME_BYTES];
    uint8_t letter;
    uint8_t kind, group;
    uint16_t commands, at;
} rows[] = {
#define O(field, name, letter, kind, group, commands, help)                                                            \
    {name, letter, KIND_##kind, GROUP_##group, commands, offsetof(struct options, field)},
    OPTIONS(O)
#undef O
};
_Static_assert(ROWS <= 64, "a bit each");

static const char helps[] =
#define O(field, name, letter, kind, group, commands, help) help "\0"
    OPTIONS(O)
#undef O
    ;

/* What other tools call it; of several for one option, the first that is set. */
static const struct {
    uint8_t row;
    char name[20];
} others[] = {
    {ROW_OF(vault), "KEY_VAULT_NAME"},      {ROW_OF(vault), "AZURE_KEYVAULT_URL"},
    {ROW_OF(vault), "AZURE_KEY_VAULT_URL"}, {ROW_OF(client_id), "AZURE_CLIENT_ID"},
    {ROW_OF(ca), "SSL_CERT_FILE"},
};

struct reader {
    struct options *out;
    unsigned command;
    slice by;            /* who gives the value, as the user knows it: "--vault", "AZFOB_VAULT" */
    uint64_t now, given; /* a bit a row: set at this rank; set or hidden by a higher one */
    struct buf *notes;
    err error;
};

/* --- values --- */

static void *field_of(struct reader *r, const struct row *row)
{
    return (char *)r->out + row->at;
}

static bool read_flag(struct reader *r, const struct row *row, slice value)
{
    (void)value;
    *(bool *)field_of(r, row) = true;
    return true;
}

static bool read_count(struct reader *r, const struct row *row, slice value)
{
    uint8_t *count = field_of(r, row);
    if (value.len == 1 && value.at[0] >= '0' && value.at[0] <= '2')
        *count = (uint8_t)(value.at[0] - '0');
    else if (value.len)
        return false;
    else if (*count < 2)
        ++*count;
    return true;
}

static bool read_vault(struct reader *r, const struct row *row, slice value)
{
    struct ref *vault = field_of(r, row);
    err e = ref_read_vault(value, vault);
    r->out->vault_named = r->by;
    if (!failed(e))
        return true;
    size_t start = r->notes->len;
    buf_put(r->notes, r->by);
    buf_text(r->notes, ": ");
    e->arg[ERR_ARGS_MAX - 1] = slice_after(buf_slice(r->notes), start);
    r->error = e;
    return false;
}

static bool read_text(struct reader *r, const struct row *row, slice value)
{
    *(slice *)field_of(r, row) = value;
    return value.len > 0;
}

static bool read_guid(struct reader *r, const struct row *row, slice value)
{
    return ref_is_guid(value) && read_text(r, row, value);
}

static bool read_resource_id(struct reader *r, const struct row *row, slice value)
{
    slice start = S("/subscriptions/");
    return value.len <= IDENTITY_SELECTOR_BYTES_MAX && slice_equal_nocase(slice_first(value, start.len), start) &&
           read_text(r, row, value);
}

static bool read_identity(struct reader *r, const struct row *row, slice value)
{
    enum identity_source *source = field_of(r, row);
    slice token_file = S("token-file=");
    if (slice_starts(value, token_file) && value.len > token_file.len) {
        *source = IDENTITY_TOKEN_FILE;
        r->out->token_file = slice_after(value, token_file.len);
        return true;
    }
    for (unsigned i = IDENTITY_AUTO; i < IDENTITY_TOKEN_FILE; i++) {
        if (!slice_equal(value, identity_source_name((enum identity_source)i)))
            continue;
        *source = (enum identity_source)i;
        return true;
    }
    return false;
}

static bool read_duration(struct reader *r, const struct row *row, slice value)
{
    uint64_t ms;
    if (!num_duration_ms(value, &ms))
        return false;
    *(uint32_t *)field_of(r, row) = (uint32_t)ms;
    return true;
}

static bool too_many(struct reader *r, int64_t max)
{
    r->error = err_number(err_make(M_OPTION_TOO_MANY, r->by), max);
    return false;
}

/* HOST:PORT:ADDRESS */
static bool read_resolve(struct reader *r, const struct row *row, slice value)
{
    struct resolve *resolve = field_of(r, row);
    struct resolve one;
    slice port, address = value;
    uint64_t n;
    if (!slice_cut(&address, ':', &one.host) || !slice_cut(&address, ':', &port))
        return false;
    if (slice_starts(address, S("[")) && slice_ends_nocase(address, S("]")))
        address = slice_first(slice_after(address, 1), address.len - 2);
    one.address_bytes = (uint8_t)host_address(address, one.address);
    if (!host_is_name(one.host) || !num_decimal(port, &n) || n == 0 || n > UINT16_MAX || one.address_bytes == 0)
        return false;
    one.port = (uint16_t)n;
    if (r->out->resolves == RESOLVE_MAX)
        return too_many(r, RESOLVE_MAX);
    resolve[r->out->resolves++] = one;
    return true;
}

static bool read_allow_host(struct reader *r, const struct row *row, slice value)
{
    slice *host = field_of(r, row);
    if (!host_is_name(value))
        return false;
    if (r->out->allow_hosts == ALLOW_HOST_MAX)
        return too_many(r, ALLOW_HOST_MAX);
    host[r->out->allow_hosts++] = value;
    return true;
}

static bool read_manifest(struct reader *r, const struct row *row, slice value)
{
    slice *manifest = field_of(r, row);
    if (value.len == 0)
        return false;
    if (r->out->manifests == MANIFEST_MAX)
        return too_many(r, MANIFEST_MAX);
    manifest[r->out->manifests++] = value;
    return true;
}

static bool read_format(struct reader *r, const struct row *row, slice value)
{
    static const struct {
        slice name;
        enum format format;
    } formats[] = {{S_INIT("json"), FORMAT_JSON},
                   {S_INIT("env"), FORMAT_ENV},
                   {S_INIT("dotenv"), FORMAT_DOTENV},
                   {S_INIT("null"), FORMAT_NULL}};
    for (size_t i = 0; i < COUNT(formats); i++) {
        if (!slice_equal(value, formats[i].name))
            continue;
        *(enum format *)field_of(r, row) = formats[i].format;
        return true;
    }
    return false;
}

static bool read_mode(struct reader *r, const struct row *row, slice value)
{
    return target_mode(value, field_of(r, row));
}

static bool read_owner(struct reader *r, const struct row *row, slice value)
{
    (void)row;
    return target_owner(value, &r->out->owner_user, &r->out->owner_group);
}

static bool read_user(struct reader *r, const struct row *row, slice value)
{
    uint32_t user, group;
    (void)row;
    if (!target_owner(value, &user, &group) || user == OWNER_KEEP)
        return false;
    r->out->has_user = true;
    r->out->user = user;
    r->out->group = group == OWNER_KEEP ? user : group;
    return true;
}

static bool read_algorithm(struct reader *r, const struct row *row, slice value)
{
    if (slice_equal_nocase(value, S("RSA1_5"))) {
        r->error = err_make(M_ALGORITHM_WEAK, r->by);
        return false;
    }
    return wrap_algorithm_of(value, field_of(r, row));
}

/* What a value of this kind is, for the parser, the help and the message: K(kind, reader, is a list in a variable, word of
 * the help, what is expected). Without a word the option takes no value. */
#define KINDS(K)                                                                                                       \
    K(WORD, read_flag, false, "", "")                                                                                  \
    K(FLAG, read_flag, false, "", "1, true, yes, on, 0, false, no or off")                                             \
    K(COUNT, read_count, false, "", "0, 1 or 2")                                                                       \
    K(VAULT, read_vault, false, "VAULT", "")                                                                           \
    K(GUID, read_guid, false, "ID", "an id such as 01234567-89ab-cdef-0123-456789abcdef")                              \
    K(RESOURCE_ID, read_resource_id, false, "ID", "a resource id, which starts with /subscriptions/")                  \
    K(IDENTITY, read_identity, false, "SOURCE", "a source of identity (man azfob names them)")                         \
    K(DURATION, read_duration, false, "DUR", "a duration such as 500ms, 30s or 5m, of at most 24h")                    \
    K(PATH, read_text, false, "FILE", "a path")                                                                        \
    K(RESOLVE, read_resolve, true, "HOST:PORT:ADDRESS", "HOST:PORT:ADDRESS, the address in numbers")                   \
    K(HOST, read_allow_host, true, "HOST", "a host's name")                                                            \
    K(FORMAT, read_format, false, "FORMAT", "a format: json, env, dotenv or null")                                     \
    K(MANIFEST, read_manifest, true, "FILE", "a path")                                                                 \
    K(MODE, read_mode, false, "MODE", "a mode: an octal number of at most 0777")                                       \
    K(OWNER, read_owner, false, "UID[:GID]", "an owner: UID, UID:GID or :GID, in numbers")                             \
    K(USER, read_user, false, "UID[:GID]", "a user: UID or UID:GID, in numbers")                                       \
    K(NAME, read_text, false, "NAME", "a secret's name")                                                               \
    K(ALGORITHM, read_algorithm, false, "ALG", "an algorithm for wrapping: RSA-OAEP-256, RSA-OAEP, A256KW ..")

static const struct {
    bool (*read)(struct reader *r, const struct row *row, slice value);
    bool list;
} kinds[] = {
#define K(kind, read, list, word, expects) [KIND_##kind] = {read, list},
    KINDS(K)
#undef K
};

static const char value_words[] =
#define K(kind, read, list, word, expects) word "\0"
    KINDS(K)
#undef K
    ;

static const char expected[] =
#define K(kind, read, list, word, expects) expects "\0"
    KINDS(K)
#undef K
    ;

static slice word_of(const struct row *row)
{
    return texts_nth(value_words, row->kind);
}

static bool takes_value(const struct row *row)
{
    return word_of(row).len > 0;
}

static slice name_of(const struct row *row)
{
    return slice_of(row->name);
}

static uint64_t bit_of(const struct row *row)
{
    return (uint64_t)1 << (row - rows);
}

/* The row and those that are one choice with it. */
static uint64_t choice_of(const struct row *row)
{
    uint64_t bits = bit_of(row);
    for (size_t i = 0; row->group != GROUP_NONE && i < ROWS; i++)
        if (rows[i].group == row->group)
            bits |= bit_of(&rows[i]);
    return bits;
}

static bool set(struct reader *r, const struct row *row, slice value)
{
    if (r->now & choice_of(row) & ~bit_of(row)) {
        r->error = err_make(M_OPTION_BOTH, r->by);
        return false;
    }
    r->now |= bit_of(row);
    r->error = OK;
    if (kinds[row->kind].read(r, row, value))
        return true;
    if (!failed(r->error))
        r->error = err_make(M_OPTION_VALUE, r->by, value, texts_nth(expected, row->kind));
    return false;
}

/* What was set at this rank hides the ranks below. */
static void end_rank(struct reader *r)
{
    for (size_t i = 0; i < ROWS; i++)
        if (r->now & bit_of(&rows[i]))
            r->given |= choice_of(&rows[i]);
    r->now = 0;
}

/* --- names that are nearly right --- */

enum { NEAR_BYTES_MAX = 20 };

static size_t smallest(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours that make one text of the other; SIZE_MAX for long
 * ones. */
static size_t distance(slice a, slice b)
{
    size_t line[3][NEAR_BYTES_MAX + 1] = {{0}};
    if (a.len > NEAR_BYTES_MAX || b.len > NEAR_BYTES_MAX)
        return SIZE_MAX;
    for (size_t k = 0; k <= b.len; k++)
        line[0][k] = k;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *now = line[i % 3], *last = line[(i + 2) % 3], *before = line[(i + 1) % 3];
        now[0] = i;
        for (size_t k = 1; k <= b.len; k++) {
            now[k] = smallest(smallest(last[k], now[k - 1]) + 1, last[k - 1] + (a.at[i - 1] != b.at[k - 1]));
            if (i > 1 && k > 1 && a.at[i - 1] == b.at[k - 2] && a.at[i - 2] == b.at[k - 1])
                now[k] = smallest(now[k], before[k - 2] + 1);
        }
    }
    return line[a.len % 3][b.len];
}

/* One mistake in three letters is a typing mistake; more is another word. */
static bool is_near(slice text, slice name, size_t *best)
{
    size_t d = distance(text, name);
    if (d >= *best || d * 3 > name.len)
        return false;
    *best = d;
    return true;
}

slice nearest_name(slice text, const char *names)
{
    slice found = S("");
    size_t best = SIZE_MAX;
    for (; *names; names += slice_of(names).len + 1)
        if (is_near(text, slice_of(names), &best))
            found = slice_of(names);
    return found;
}

static const struct row *nearest_row(slice text, unsigned command)
{
    const struct row *found = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].commands & command && is_near(text, name_of(&rows[i]), &best))
            found = &rows[i];
    return found;
}

/* --- the command line --- */

static const struct row *row_of(slice name, uint8_t letter)
{
    for (size_t i = 0; i < ROWS; i++)
        if (letter ? rows[i].letter == letter : slice_equal(name_of(&rows[i]), name))
            return &rows[i];
    return NULL;
}

/* The row, if there is one that this command takes. */
static bool check_row(struct reader *r, const struct row *row, slice name)
{
    const struct row *near;
    if (row && row->commands & r->command)
        return true;
    if (row)
        r->error = err_make(M_OPTION_ELSEWHERE, r->by);
    else if ((near = nearest_row(name, r->command)))
        r->error = err_make(M_OPTION_NEAR, r->by, S("--"), name_of(near));
    else
        r->error = err_make(M_OPTION_UNKNOWN, r->by);
    return false;
}

/* The value in the next argument. */
static bool set_next(struct reader *r, const struct row *row, char ***argv)
{
    if (!(*argv)[1]) {
        r->error = err_make(M_OPTION_NO_VALUE, r->by, word_of(row));
        return false;
    }
    return set(r, row, slice_of(*++*argv));
}

static bool read_long(struct reader *r, slice arg, char ***argv)
{
    slice value = slice_after(arg, 2), name;
    bool has_value = slice_cut(&value, '=', &name);
    const struct row *row = row_of(name, 0);
    r->by = slice_first(arg, name.len + 2);
    if (!check_row(r, row, name))
        return false;
    if (takes_value(row))
        return has_value ? set(r, row, value) : set_next(r, row, argv);
    if (has_value) {
        r->error = err_make(M_OPTION_TAKES_NONE, r->by);
        return false;
    }
    return set(r, row, S(""));
}

/* "-vv", "-qo FILE", "-oFILE" */
static bool read_letters(struct reader *r, slice arg, char ***argv)
{
    r->by = arg;
    for (slice rest = slice_after(arg, 1); rest.len;) {
        const struct row *row = row_of(S(""), rest.at[0]);
        rest = slice_after(rest, 1);
        if (!check_row(r, row, S("")))
            return false;
        if (takes_value(row))
            return rest.len ? set(r, row, rest) : set_next(r, row, argv);
        if (!set(r, row, S("")))
            return false;
    }
    return true;
}

static bool read_arguments(struct reader *r, char **argv)
{
    char **operand = argv;
    r->out->operand = argv;
    for (; *argv; argv++) {
        slice arg = slice_of(*argv);
        if (slice_equal(arg, S("--")))
            break;
        bool is_option = arg.len > 1 && arg.at[0] == '-';
        if (!is_option)
            *operand++ = *argv;
        else if (!(arg.at[1] == '-' ? read_long : read_letters)(r, arg, &argv))
            return false;
    }
    if (*argv && r->command == COMMAND_EXEC)
        r->out->child = argv + 1;
    else if (*argv)
        while (*++argv)
            *operand++ = *argv;
    r->out->operands = (size_t)(operand - r->out->operand);
    return true;
}

/* --- the environment --- */

slice variable_of(char *const *envp, slice name)
{
    for (; *envp; envp++) {
        slice value = slice_of(*envp), n;
        if (slice_cut(&value, '=', &n) && slice_equal(n, name))
            return value;
    }
    return S("");
}

/* A variable's value. An option that is switched off is as if it were not there. */
static bool set_from_variable(struct reader *r, const struct row *row, slice value)
{
    if ((r->now | r->given) & bit_of(row))
        return true;
    if (row->kind == KIND_FLAG && texts_have("0\0false\0no\0off\0", value))
        return true;
    if (row->kind == KIND_FLAG && !texts_have("1\0true\0yes\0on\0", value)) {
        r->error = err_make(M_OPTION_VALUE, r->by, value, texts_nth(expected, row->kind));
        return false;
    }
    if (!kinds[row->kind].list)
        return set(r, row, value);
    while (value.len) {
        size_t end = 0;
        while (end < value.len && !memchr(" \t,", value.at[end], 3))
            end++;
        if (end && !set(r, row, slice_first(value, end)))
            return false;
        value = slice_after(value, end + 1);
    }
    return true;
}

/* "ALLOW_HOST" to "allow-host" and back. */
static void put_changed(struct buf *to, slice text, bool to_capitals)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.at[i];
        if (to_capitals && byte_is_alpha(c))
            c = (uint8_t)(c & ~0x20);
        else if (to_capitals)
            c = c == '-' ? '_' : c;
        else
            c = c == '_' ? '-' : byte_lower(c);
        buf_byte(to, c);
    }
}

static bool has_lower(slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (byte_lower(text.at[i]) == text.at[i] && byte_is_alpha(text.at[i]))
            return true;
    return false;
}

static bool contains(slice text, slice part)
{
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (slice_starts(slice_after(text, i), part))
            return true;
    return false;
}

/* What Kubernetes and Docker set in every container for a service named azfob or azfob-something. */
static bool is_service_link(slice name)
{
    return contains(name, S("_SERVICE_HOST")) || contains(name, S("_SERVICE_PORT")) || contains(name, S("_PORT_")) ||
           slice_ends_nocase(name, S("_PORT"));
}

static bool unknown_variable(struct reader *r, slice name)
{
    const struct row *near = nearest_row(name, COMMAND_ALL);
    r->error = err_make(M_OPTION_VARIABLE, r->by);
    if (near) {
        size_t start = r->notes->len;
        put_changed(r->notes, name_of(near), true);
        r->error = err_make(M_OPTION_NEAR, r->by, S("AZFOB_"), slice_after(buf_slice(r->notes), start));
    }
    return false;
}

static bool read_own_variable(struct reader *r, slice name, slice value)
{
    slice prefix = S("AZFOB_");
    uint8_t room[64];
    struct buf changed = BUF(room);
    r->by = name;
    if (is_service_link(slice_after(name, prefix.len - 1)))
        return true;
    put_changed(&changed, slice_after(name, prefix.len), false);
    const struct row *row = has_lower(name) || changed.full ? NULL : row_of(buf_slice(&changed), 0);
    if (!row)
        return unknown_variable(r, buf_slice(&changed));
    if (row->kind == KIND_WORD || !(row->commands & r->command) || value.len == 0)
        return true;
    return set_from_variable(r, row, value);
}

static bool read_variables(struct reader *r, char *const *envp)
{
    for (char *const *entry = envp; *entry; entry++) {
        slice value = slice_of(*entry), name;
        if (slice_cut(&value, '=', &name) && slice_starts(name, S("AZFOB_")) && !read_own_variable(r, name, value))
            return false;
    }
    end_rank(r);
    for (size_t i = 0; i < COUNT(others); i++) {
        r->by = slice_of(others[i].name);
        slice value = variable_of(envp, r->by);
        if (value.len && !set_from_variable(r, &rows[others[i].row], value))
            return false;
    }
    return true;
}

err options_read(char **argv, char *const *envp, unsigned command, struct options *out, struct buf *notes)
{
    struct reader r = {.out = out, .command = command, .notes = notes};
    memset(out, 0, sizeof *out);
    out->timeout_ms = TIMEOUT_MS;
    out->mode = FILE_MODE;
    out->owner_user = out->owner_group = OWNER_KEEP;
    if (!read_arguments(&r, argv))
        return r.error;
    if (out->help || out->version)
        return OK;
    if (command == COMMAND_EXEC && (!out->child || !*out->child))
        return err_make(M_OPTION_NO_CHILD);
    end_rank(&r);
    if (!read_variables(&r, envp))
        return r.error;
    end_rank(&r);
    out->timeout_given = r.given & bit_of(&rows[ROW_OF(timeout_ms)]);
    return OK;
}

/* --- help --- */

static void put_spaces(struct buf *to, size_t from, size_t column)
{
    do
        buf_byte(to, ' ');
    while (to->len - from < column && !to->full);
}

static void put_row(struct buf *to, const struct row *row)
{
    enum { HELP_COLUMN = 36 };
    size_t start = to->len;
    buf_text(to, row->letter ? "  -" : "     ");
    if (row->letter) {
        buf_byte(to, (uint8_t)row->letter);
        buf_text(to, ",");
    }
    buf_text(to, " --");
    buf_put(to, name_of(row));
    if (takes_value(row))
        buf_byte(to, ' ');
    buf_put(to, word_of(row));
    put_spaces(to, start, HELP_COLUMN);
    buf_put(to, texts_nth(helps, (size_t)(row - rows)));
    buf_byte(to, '\n');
}

static void put_rows(struct buf *to, unsigned command, bool common)
{
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].commands & command && (rows[i].commands == COMMAND_ALL) == common)
            put_row(to, &rows[i]);
}

void option_help(unsigned command, struct buf *to)
{
    put_rows(to, command, false);
    buf_text(to, "\nOptions of all commands; each long one is also a variable, as in AZFOB_TIMEOUT=2m:\n");
    put_rows(to, command, true);
}

/* --- algorithms --- */

static const slice algorithms[] = {
    [ALGORITHM_DEFAULT] = S_INIT("RSA-OAEP-256"), [ALGORITHM_RSA_OAEP_256] = S_INIT("RSA-OAEP-256"),
    [ALGORITHM_RSA_OAEP] = S_INIT("RSA-OAEP"),    [ALGORITHM_A128KW] = S_INIT("A128KW"),
    [ALGORITHM_A192KW] = S_INIT("A192KW"),        [ALGORITHM_A256KW] = S_INIT("A256KW"),
};

slice wrap_algorithm_name(enum wrap_algorithm algorithm)
{
    return algorithms[algorithm];
}

bool wrap_algorithm_of(slice name, enum wrap_algorithm *out)
{
    for (unsigned i = ALGORITHM_RSA_OAEP_256; i < COUNT(algorithms); i++) {
        if (!slice_equal(name, algorithms[i]))
            continue;
        *out = (enum wrap_algorithm)i;
        return true;
    }
    return false;
}
