/* Every message that a user can see, in one table: M(name, exit status, WHAT, WHY, WHAT TO DO).
 *
 * The line is "azfob: WHAT: WHY; WHAT TO DO". %1 to %5 are the err's arguments, %a %b its numbers, %A %B its numbers
 * as times. Included by base/err.h and base/err.c with M defined; it has no include guard on purpose.
 * No text here may have room for a secret value or a token.
 */
/* clang-format off */

/* --- what the user wrote (plan/): found before any I/O --- */
/* %5 is the place, such as "secrets.conf line 3: ", or empty; %a is a column */
M(REF_NO_NAME, USAGE, "%5\"%1\"", "column %a: here a name is missing", "write NAME, VAULT/NAME or akv://VAULT/NAME")
M(REF_UNDERSCORE, USAGE, "%5\"%1\"", "column %a: Key Vault has no underscores in names", "write \"-\", as the secret in the vault has it")
M(REF_NAME_BYTE, USAGE, "%5\"%1\"", "column %a: \"%2\" is in no name", "a name has 1 to 127 of 0-9 A-Z a-z and \"-\"")
M(REF_NAME_LONG, USAGE, "%5\"%1\"", "column %a: the name is too long", "a name has 1 to 127 of 0-9 A-Z a-z and \"-\"")
M(REF_VERSION, USAGE, "%5\"%1\"", "column %a: this is no version", "a version has 32 hexadecimal digits; without one the current version is read")
M(REF_VAULT, USAGE, "%5\"%1\"", "column %a: this is neither a vault's name nor a host", "a vault's name has 3 to 24 letters, digits and single \"-\", a letter first; a host has a dot")
M(REF_PORT, USAGE, "%5\"%1\"", "column %a: \"%2\" is no port", "write a number from 1 to 65535, or nothing for 443")
M(REF_USER_INFO, USAGE, "%5\"%1\"", "column %a: a vault takes no user name", "remove what is before the \"@\"")
M(REF_URL, USAGE, "%5\"%1\"", "column %a: no URL has this here", "write https://HOST/secrets/NAME")
M(REF_COLLECTION, USAGE, "%5\"%1\"", "column %a: the URL of a secret has secrets/ or certificates/ here, that of a key keys/", "write https://HOST/secrets/NAME")
M(REF_VAULT_PATH, USAGE, "%5\"%1\"", "column %a: a vault's URL has nothing behind its host", "write https://HOST")
M(REF_PLAIN_HTTP, USAGE, "%5\"%1\"", "a token and a secret travel over https only", "write https://")
M(REF_SCHEME, USAGE, "%5\"%1\"", "\"%2\" is no scheme of a reference", "write akv://VAULT/NAME, or one of https, akvs, ref+azurekeyvault")
M(REF_SUBSCRIPTION, USAGE, "%5\"%1\"", "column %a: \"%2\" is no subscription id", "write akvs://SUBSCRIPTION/VAULT/NAME, or akv://VAULT/NAME")
M(REF_APP_SERVICE, USAGE, "%5\"%1\"", "column %a: this does not fit the App Service form", "write SecretUri=https://.. or VaultName=V;SecretName=N between ( and )")
M(REF_UNCLOSED, USAGE, "%5\"%1\"", "column %a: the \")\" is missing", "write @Microsoft.KeyVault(..) and options behind it; quote it from the shell")
M(REF_OPTION, USAGE, "%5\"%1\"", "column %a: there is no option \"%2\"", "options are decode=base64, decode=base64url, decode=hex, part=key, part=cert, part=chain and optional")
M(REF_OPTION_TWICE, USAGE, "%5\"%1\"", "column %a: \"%2\" comes on top of another of its kind", "keep one of them")
M(REF_POINTER, USAGE, "%5\"%1\"", "column %a: the JSON pointer is not well formed", "write #/member/member; \"~\" as ~0 and \"/\" as ~1")
M(REF_BYTE, USAGE, "%5\"%1\"", "column %a: a control character", "remove it; a line end at the end of a variable is often one too many")
M(REF_IS_KEY, USAGE, "%5\"%1\"", "it names a key, which never leaves its vault", "name a secret, or use wrap and unwrap")
M(REF_NOT_KEY, USAGE, "%5\"%1\"", "it names no key", "write NAME, akv://VAULT/keys/NAME or https://HOST/keys/NAME")
M(REF_KEY_OPTION, USAGE, "%5\"%1\"", "column %a: a key takes neither options nor a pointer", "remove \"%2\"")
M(TARGET_MISSING, USAGE, "%5\"%1\"", "there is no \"=\" in it", "write TARGET=REF; for exec the command stands behind --")
M(TARGET_NAME, USAGE, "%5\"%1\"", "this is no variable's name", "write NAME=REF, @NAME=REF, or for a file a path with a \"/\" (./FILE=REF)")
M(TARGET_FOLDER, USAGE, "%5\"%1\"", "this is a folder", "name the file in it")
M(TARGET_CONTROL, USAGE, "%5\"%1\"", "a control character in the target", "remove it")
M(TARGET_NOT_HERE, USAGE, "%5\"%1\"", "this command sets no variables", "write a path with a \"/\" (./FILE=REF), or use exec")
M(TARGET_TWICE, USAGE, "%5\"%1\"", "two values go there", "give each its own target")
M(MANIFEST_QUOTE, USAGE, "%5\"%1\"", "the quotes around a path end where a = follows", "write \"PATH\"=REF")
M(MANIFEST_SETTING, USAGE, "%5\"%1\"", "there is no such setting", "settings are mode=0440 and owner=1000:1000; a comment starts with # behind a blank")
M(MANIFEST_NOT_FILE, USAGE, "%5\"%1\"", "only files have this", "remove it, or give the target a \"/\"")
M(MANIFEST_TWICE, USAGE, "%5\"%1\"", "it stands here twice", "keep one of them")
M(MANIFEST_MODE, USAGE, "%5\"%1\"", "this is no mode", "write an octal number of at most 0777")
M(MANIFEST_OWNER, USAGE, "%5\"%1\"", "this is no owner", "write numbers: owner=1000, owner=1000:1000 or owner=:1000")
M(EMBEDDED_OPEN, USAGE, "%5reference", "column %a: \"${akv://\" has no \"}\"", "close it; nothing was started")
M(PLAN_NO_VAULT, USAGE, "%5\"%1\"", "it names no vault, and there is no default one", "give --vault, set AZFOB_VAULT or KEY_VAULT_NAME, or write VAULT/NAME")
M(PLAN_FULL, USAGE, "%5\"%1\"", "more than %a %2 in one run", "divide the run")
M(PLAN_OUTPUT_TWICE, USAGE, "%5\"%1\"", "two values have this name", "choose --format null, which has no names, or ask in two runs")

/* --- the machine (system/) --- */
M(FILE_READ, DATA, "%1", "it cannot be read: %2", "check the path and its permissions")
M(FILE_TOO_BIG, DATA, "%1", "it is larger than the %a bytes that it may have", "name a smaller file")
M(NO_RANDOM, SYSTEM, "random numbers", "the kernel does not give any (getrandom)", "use Linux 3.17 or later")
M(NO_RANDOM_YET, LATER, "random numbers", "the kernel's generator is not seeded yet", "give more --timeout, or the machine a source of randomness (virtio-rng)")
M(NO_PROCESS, SYSTEM, "process", "%1: %2", "check the limits on processes, memory and descriptors")

/* --- the network (net/) --- */
M(HOST_UNKNOWN, UNREACHABLE, "%1", "this name has no address", "check the vault's name; a private endpoint needs its DNS zone here, or --resolve")
M(NO_NAME_SERVER, UNREACHABLE, "%1", "no name server gives an answer", "check resolv.conf and the network; --wait 2m if the machine is still coming up")
M(NO_CONNECTION, UNREACHABLE, "%1 port %a", "no connection: %2", "check routes and firewalls; --wait 2m if the machine is still coming up")
M(CONNECTION_BROKEN, LATER, "%1 port %a", "the connection broke: %2", "try again later")

M(NO_ANSWER, LATER, "%1", "it ended the connection without an answer", "try again later")
M(ANSWER_CUT, UNTRUSTED, "%1", "the connection ended in the middle of the answer", "try again; if it stays so, a proxy on the way cuts it")
M(ANSWER_MALFORMED, UNTRUSTED, "%1", "the answer is not HTTP/1.1 as it must be", "look with -vv whether a proxy answers in its place")
M(ANSWER_TOO_BIG, UNTRUSTED, "%1", "the answer is larger than the %a bytes that it may have", "check that this host is what it should be")
M(DEADLINE, LATER, "%1", "%2 within %a ms", "try again later, or give more with --timeout")

/* --- TLS (net/tls, net/trust) --- */

/* --- identity (azure/identity) --- */
M(BAD_AUTHORITY_HOST, CONFIG, "AZURE_POD_IDENTITY_AUTHORITY_HOST", "\"%1\" is not http://HOST[:PORT]", "set it so, or unset it to use 169.254.169.254")
M(UNKNOWN_CLOUD, CONFIG, "AZURE_AUTHORITY_HOST", "\"%1\" is the token service of no known cloud", "unset it, or correct it: login.microsoftonline.com, login.microsoftonline.us, login.partner.microsoftonline.cn")
M(IDENTITY_HALF_SET, CONFIG, "managed identity", "%1 is set but %2 is not", "set both, or none of them")
M(IDENTITY_LATER_VERSION, CONFIG, "managed identity", "the source %1 (%2) is not served by this version", "use --identity imds where the machine has an identity of its own")
M(IMDS_REFUSED, REFUSED, "token of the managed identity %1", "%4 answered HTTP %a %2: %3", "check the identity's assignment to this machine")
M(IMDS_NO_IDENTITY, CONFIG, "token of the managed identity %1", "%4 answered HTTP %a %2: %3", "assign an identity to this machine, or choose one of several with --client-id")
M(IMDS_NOT_ASSIGNED, REFUSED, "token of the managed identity %1", "%4 answered HTTP %a %2: %3", "assign this identity to the machine, or correct --client-id, --object-id or --resource-id")
M(IMDS_NOT_IMDS, CONFIG, "token of the managed identity %1", "%4 answered HTTP %a: no instance metadata service there", "run on an Azure machine; a container needs a route to %4")
M(IMDS_LATER, LATER, "token of the managed identity", "%1 answered HTTP %a %2: %3", "try again later, or be more patient with --timeout")
M(IMDS_GARBLED, UNTRUSTED, "token of the managed identity", "the answer of %1 holds no token", "look with -vv whether a proxy or portal answers in its place")
M(IMDS_ABSENT, UNREACHABLE, "managed identity", "%1 cannot be reached: %2", "run on an Azure machine with an identity; --wait 2m if it is still coming up")
M(IMDS_SILENT, LATER, "managed identity", "%1 gives no answer", "run on an Azure machine with an identity; --wait 2m if it is still coming up")

/* --- the vault (azure/vault) --- */
M(VAULT_BAD_REQUEST, OURS, "%1 in %2", "HTTP 400 %3: %5 (request id %4)", "report it with the command line and the output of -vv")
M(VAULT_TOKEN_REFUSED, REFUSED, "%1 in %2", "HTTP 401 %3: %5 (request id %4)", "check that the vault belongs to the tenant of this machine's identity")
M(VAULT_ROLE_MISSING, REFUSED, "%1 in %2", "HTTP 403 %3: the identity with %5 has no role for this (request id %4)", "grant it the role \"Key Vault Secrets User\" on the vault: \"Reader\" does not allow reading secret values, and a new grant can take 10 minutes")
M(VAULT_POLICY_MISSING, REFUSED, "%1 in %2", "HTTP 403 %3: the identity with %5 is in no access policy that allows this (request id %4)", "add it to the vault's access policies with the secret permission Get")
M(VAULT_FIREWALL, REFUSED, "%1 in %2", "HTTP 403 %3: %5 (request id %4)", "allow this machine's address or subnet in the vault's firewall")
M(VAULT_PRIVATE_ONLY, REFUSED, "%1 in %2", "HTTP 403 %3: %5 (request id %4)", "reach the vault by its private endpoint: check that its name resolves to the private address here")
M(VAULT_DISABLED, REFUSED, "%1 in %2", "HTTP 403 %3: it is disabled (request id %4)", "enable it, or name another version")
M(VAULT_FORBIDDEN, REFUSED, "%1 in %2", "HTTP 403 %3: %5 (request id %4)", "check the roles or access policies of this identity on the vault")
M(VAULT_MISSING, MISSING, "%1 in %2", "HTTP 404 %3: there is no such object or version (request id %4)", "check the name; if it was deleted, recover it")
M(VAULT_CONFLICT, REFUSED, "%1 in %2", "HTTP 409 %3: %5 (request id %4)", "recover or purge the deleted object of this name")
M(VAULT_LATER, LATER, "%1 in %2", "HTTP %a %3: %5 (request id %4)", "try again later, or be more patient with --timeout")
M(VAULT_ODD_STATUS, UNTRUSTED, "%1 in %2", "HTTP %a %3: %5 (request id %4)", "look with -vv whether a proxy answers in the vault's place")
M(VAULT_REDIRECT, UNTRUSTED, "%1 in %2", "HTTP %a: a redirect, which no vault sends", "look with -vv who answers in the vault's place")
M(VAULT_NO_CHALLENGE, UNTRUSTED, "%1", "it does not ask for a token as a vault does (no Bearer challenge)", "check that this host is a vault")
M(VAULT_FOREIGN_CHALLENGE, UNTRUSTED, "%1", "it asks for a token for \"%2\", which is no parent of the host", "no token was sent; check that this host is a vault")
M(VAULT_NOT_JSON, UNTRUSTED, "%1 in %2", "the answer is not JSON (at byte %a)", "look with -vv whether a proxy answers in the vault's place")
M(VAULT_NO_VALUE, UNTRUSTED, "%1 in %2", "the answer has no value, or more than one", "look with -vv whether a proxy answers in the vault's place")
M(VAULT_FAR_HOST, USAGE, "%1", "it is not a vault of a known cloud", "name it with --allow-host %1 if it may have this machine's token")

/* --- results (output/) --- */

/* --- ours --- */
M(WHICH_COMMAND, USAGE, "command", "none is given", "azfob --help shows them")
M(NO_COMMAND, USAGE, "%1", "there is no such command", "azfob --help shows them")
M(NEAREST_COMMAND, USAGE, "%1", "there is no such command", "did you mean %2?")
M(NO_REFERENCE, USAGE, "azfob %1", "no reference is given", "name a secret: azfob %1 NAME")
M(ONE_REFERENCE, USAGE, "azfob %1", "several references need a format", "add --format json, env, dotenv or null")
M(TOO_MANY_OPERANDS, USAGE, "azfob %1", "\"%2\" is one operand too many", "azfob %1 --help shows how it is used")
M(INTERNAL, OURS, "%1", "this is a fault of azfob itself", "report it with the command line and the output of -vv")
M(NO_MEMORY, SYSTEM, "memory", "%1 does not fit into the %a bytes that one run may use", "ask for fewer or smaller secrets in one run")
/* clang-format on */
