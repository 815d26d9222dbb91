/* WWW-Authenticate: the Bearer challenge of Key Vault, in the forms that have been seen.
 *
 *   challenge = "Bearer" 1*SP param *( ( OWS "," OWS / 1*SP ) param )      any case; commas or blanks only
 *   param     = token BWS "=" BWS ( token / quoted-string )
 *
 * A value may hold commas, "=" and blanks inside its quotes. Another scheme in the same line ends the challenge
 * ("PoP realm=..."), and one before it is passed over. Unknown names are passed over. A parameter that is wanted
 * and stands twice, or has a backslash or a control character in it, is BAD; so is a Bearer challenge that has not
 * this form. One without any parameter is NONE.
 *
 * Memory:  the values are parts of the header's bytes, without the quotes. Those not given are empty.
 * Source:  RFC 9110 section 11.6.1; azure-protocol section 9.2.
 */
#ifndef AZFOB_WIRE_CHALLENGE_H
#define AZFOB_WIRE_CHALLENGE_H

#include "base/slice.h"

struct challenge {
    slice authorization; /* or authorization_uri */
    slice resource;
    slice scope;
    slice error;
    slice claims; /* base64 or base64url of JSON */
};

enum challenge_verdict { CHALLENGE_BEARER, CHALLENGE_NONE, CHALLENGE_BAD };

/* *out is untouched unless CHALLENGE_BEARER. */
enum challenge_verdict challenge_read(slice header_value, struct challenge *out);

/* For Arc: "Basic realm=PATH" with the path unquoted, to the end of the value. False: no such form. A second "="
 * or a quote in the path is refused (azure-protocol section 3). */
bool challenge_basic_realm(slice header_value, slice *realm);

#endif
