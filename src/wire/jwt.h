/* A look at the claims of a JSON Web Token, for messages only: nothing is verified, and nothing may rest on it.
 *
 * Source: RFC 7519 section 3, RFC 7515 section 3.1.
 */
#ifndef AZFOB_WIRE_JWT_H
#define AZFOB_WIRE_JWT_H

#include "wire/json.h"

/* Decodes the second of the token's three parts into `room` (it needs 3/4 of the part's length) and gives the
 * object of claims there. False: not a JWT, not JSON, or no room. The claims are personal data but no credential;
 * the signature, which is, is not touched. */
bool jwt_claims(slice token, struct buf *room, slice *claims);

#endif
