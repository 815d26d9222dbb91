/* The options: one table of names, variables, parsers and help.
 *
 *   argument = "--" name [ "=" value ] / "--" name value / "-" 1*letter [ value ] / "-" letter value
 *   variable = "AZFOB_" and the name in capitals, "-" as "_"       a flag: 1, true, yes, on / 0, false, no, off
 *
 * Options may stand before and behind operands; "--" ends them. For `exec` CMD begins there. A lone "-" is an
 * operand. A list takes several values: the option again, and blanks or commas in its variable.
 *
 * Order:   an option beats its AZFOB_ variable, which beats what the Azure tools call it (AZURE_CLIENT_ID). Options
 *          of one group (the identity's selectors; -v and -q) are one choice: two at the same rank are an error, and
 *          a higher rank hides the lower one. An empty variable is as if it were not set.
 * Unknown: an AZFOB_ variable that no option has is an error, because a typing mistake in AZFOB_WAIT would only be
 *          seen on the day it was needed. But for AZFOB_VERSION (images set it for what they install), and what
 *          Kubernetes sets for a service of that name (AZFOB_SERVICE_HOST, AZFOB_PORT_443_TCP ..). Variables of
 *          options that this command does not take are not looked at.
 *
 * Shape:   options_read once, with what follows the command's name.
 * Memory:  slices into argv and envp. argv is compacted in place: operands first, in their order. Texts that only an
 *          err needs go to `notes`.
 * Errors:  64, rows OPTION_* of base/messages.h; the first one found.
 * Source:  product contract, "Options common to all commands".
 */
#ifndef AZFOB_PLAN_OPTION_H
#define AZFOB_PLAN_OPTION_H

#include "azure/identity.h"
#include "plan/ref.h"

/* One bit a command, so that an option can say who takes it. */
enum command_bit {
    COMMAND_GET = 1 << 0,
    COMMAND_WRITE = 1 << 1,
    COMMAND_EXEC = 1 << 2,
    COMMAND_LIST = 1 << 3,
    COMMAND_UNWRAP = 1 << 4,
    COMMAND_WRAP = 1 << 5,
    COMMAND_SET = 1 << 6,
    COMMAND_TOKEN = 1 << 7,
    COMMAND_CHECK = 1 << 8,
    COMMAND_ALL = (1 << 9) - 1,
};

enum format { FORMAT_NONE, FORMAT_JSON, FORMAT_ENV, FORMAT_DOTENV, FORMAT_NULL };

/* As the service names them: wrap_algorithm_name. ALGORITHM_DEFAULT is RSA-OAEP-256, or what the wrapped blob says. */
enum wrap_algorithm {
    ALGORITHM_DEFAULT,
    ALGORITHM_RSA_OAEP_256,
    ALGORITHM_RSA_OAEP,
    ALGORITHM_A128KW,
    ALGORITHM_A192KW,
    ALGORITHM_A256KW,
};

enum { RESOLVE_MAX = 16, ALLOW_HOST_MAX = 16, MANIFEST_MAX = 8, TIMEOUT_MS = 60000, KILL_AFTER_NEVER = 0 };

/* HOST:PORT:ADDRESS; an IPv6 address with or without brackets. */
struct resolve {
    slice host;
    uint16_t port;
    uint8_t address[16];
    uint8_t address_bytes; /* 4 or 16 */
};

struct options {
    bool help, version;

    struct ref vault;                        /* the default vault; vault.vault is empty when none is set */
    slice vault_named;                       /* who set it: "--vault", "KEY_VAULT_NAME" ..; for messages */
    slice client_id, object_id, resource_id; /* at most one is not empty */
    enum identity_source identity;
    slice token_file; /* of IDENTITY_TOKEN_FILE */

    uint32_t timeout_ms;
    bool timeout_given;
    uint32_t wait_ms;
    slice ca;
    struct resolve resolve[RESOLVE_MAX];
    size_t resolves;
    slice allow_host[ALLOW_HOST_MAX];
    size_t allow_hosts;
    bool challenge;
    uint8_t verbose; /* 0 to 2 */
    bool quiet;

    bool json;
    enum format format;
    slice output;                 /* -o; empty: standard output */
    slice input;                  /* -i; empty: standard input */
    slice manifest[MANIFEST_MAX]; /* -f; "-" is standard input */
    size_t manifests;
    uint16_t mode;                    /* of files that say none themselves */
    uint32_t owner_user, owner_group; /* the same; OWNER_KEEP */
    bool mkdir, always;

    bool has_user;
    uint32_t user, group; /* --user UID alone: the group has the same number */
    bool init, only, drop_identity;
    uint32_t kill_after_ms;

    slice versions; /* list --versions REF */
    bool offline;
    enum wrap_algorithm algorithm;

    char **operand;
    size_t operands;
    char **child; /* exec: CMD and its arguments, NULL-terminated as argv is; NULL when there is no "--" */
};

/* `argv` is what follows the command's name, NULL-terminated; `command` is its bit. */
err options_read(char **argv, char *const *envp, unsigned command, struct options *out, struct buf *notes);

/* The options of this command, a line each, in the table's order: those that all commands have come last, under their
 * own heading, when the command is not COMMAND_ALL. */
void option_help(unsigned command, struct buf *to);

/* The value of a variable; empty when it is not set. */
slice variable_of(char *const *envp, slice name);

/* "RSA-OAEP-256" .. */
slice wrap_algorithm_name(enum wrap_algorithm algorithm);
bool wrap_algorithm_of(slice name, enum wrap_algorithm *out);

/* The nearest of `names`, each NUL-terminated and an empty one at the end, when it is near enough to be a typing
 * mistake; else empty. */
slice nearest_name(slice text, const char *names);

#endif
