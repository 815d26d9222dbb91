/* Every message that a user can see, in one table: M(name, exit status, WHAT, WHY, WHAT TO DO).
 *
 * The line is "azfob: WHAT: WHY; WHAT TO DO". %1 to %5 are the err's arguments, %a %b its numbers, %A %B its numbers
 * as times. Included by base/err.h and base/err.c with M defined; it has no include guard on purpose.
 * No text here may have room for a secret value or a token.
 */
/* clang-format off */

/* --- what the user wrote (plan/): found before any I/O --- */

/* --- the machine (system/) --- */
M(FILE_READ, DATA, "%1", "it cannot be read: %2", "check the path and its permissions")
M(FILE_TOO_BIG, DATA, "%1", "it is larger than the %a bytes that it may have", "name a smaller file")
M(NO_RANDOM, SYSTEM, "random numbers", "the kernel does not give any (getrandom)", "use Linux 3.17 or later")
M(NO_RANDOM_YET, LATER, "random numbers", "the kernel's generator is not seeded yet", "give more --timeout, or the machine a source of randomness (virtio-rng)")
M(NO_PROCESS, SYSTEM, "process", "%1: %2", "check the limits on processes, memory and descriptors")

/* --- the network (net/) --- */

/* --- TLS (net/tls, net/trust) --- */

/* --- identity (azure/identity) --- */
M(BAD_AUTHORITY_HOST, CONFIG, "AZURE_POD_IDENTITY_AUTHORITY_HOST", "\"%1\" is not http://HOST[:PORT]", "set it so, or unset it to use 169.254.169.254")
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
M(VAULT_FAR_HOST, CONFIG, "%1", "it is not a vault of a known cloud", "name it with --allow-host %1 if it may have this machine's token")

/* --- results (output/) --- */

/* --- ours --- */
M(INTERNAL, OURS, "%1", "this is a fault of azfob itself", "report it with the command line and the output of -vv")
M(NO_MEMORY, SYSTEM, "memory", "%1 does not fit into the %a bytes that one run may use", "ask for fewer or smaller secrets in one run")
/* clang-format on */
