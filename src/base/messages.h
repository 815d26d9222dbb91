/* Every message that a user can see, in one table: M(name, exit status, WHAT, WHY, WHAT TO DO).
 *
 * The line is "azfob: WHAT: WHY; WHAT TO DO". %1 to %5 are the err's arguments, %a %b its numbers, %A %B its numbers
 * as times. Included by base/err.h and base/err.c with M defined; it has no include guard on purpose.
 * No text here may have room for a secret value or a token.
 */
/* clang-format off */

/* --- what the user wrote (plan/): found before any I/O --- */

/* --- the machine (system/) --- */

/* --- the network (net/) --- */

/* --- TLS (net/tls, net/trust) --- */

/* --- identity (azure/identity) --- */

/* --- the vault (azure/vault) --- */

/* --- results (output/) --- */

/* --- ours --- */
M(INTERNAL, OURS, "%1", "this is a fault of azfob itself", "report it with the command line and the output of -vv")
M(NO_MEMORY, SYSTEM, "memory", "%1 does not fit into the %a bytes that one run may use", "ask for fewer or smaller secrets in one run")
/* clang-format on */
