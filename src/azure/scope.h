/* Which host may receive a bearer token, and for which resource the token may be.
 *
 * A rogue host must not be able to ask, by its challenge, for a token that opens something else. So the challenge's
 * resource is believed only where the host lies below it; the tenant and the authority in the challenge are never used.
 *
 * Memory: *resource points into the challenge's bytes or to static ones.
 * Source: azure-protocol sections 9.2, 9.4 and 12.
 */
#ifndef AZFOB_AZURE_SCOPE_H
#define AZFOB_AZURE_SCOPE_H

#include "wire/challenge.h"

enum scope { SCOPE_OK, SCOPE_NO_RESOURCE, SCOPE_FOREIGN };

/* The resource that this challenge of this host asks for, from `scope` (without "/.default") else `resource`.
 * SCOPE_NO_RESOURCE: it names none. SCOPE_FOREIGN: it is not "https://" and a parent domain, of two labels or more, of
 * the host, or has user info, a port or a path; *resource is then what it said. */
enum scope scope_of_challenge(const struct challenge *challenge, slice host, slice *resource);

#endif
