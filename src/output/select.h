/* From a secret's value to the bytes that a reference wants of it.
 *
 *   value -- #/pointer --> member -- ?decode= --> bytes -- ?part= --> PEM blocks
 *
 * In this order whatever the order in the reference: what stands in a JSON secret is often base64 or PEM itself. Without any of
 * the three the value is given as it is, and not looked at.
 *
 * Pointer: the value must be JSON. A string gives its bytes, unescaped; any other its JSON text exactly as stored.
 * Decode:  white space at the ends is passed over, for people paste it; base64 may have it between its groups too, and base64url needs
 *          no padding. Else strict: what is not canonical was not meant to be decoded.
 * Part:    key: the one private key. cert: the leaf, which is the certificate that is no other's issuer. chain: the leaf,
 *          its issuer, that one's issuer and so on, then what belongs to none of these, in the order stored.
 *          Each block as it was stored, without the text around it, and with a line end.
 *
 * Memory:  `room` belongs to the caller and has select_room bytes left. *out lies in the value or in the room. The value is
 *          not changed: several references may want different things of it.
 * Errors:  65, rows SELECT_* of base/messages.h: %1 is the reference. Never a byte of the value.
 * Source:  RFC 6901, RFC 4648, RFC 7468; azure-protocol section 9 for what Key Vault stores.
 */
#ifndef AZFOB_OUTPUT_SELECT_H
#define AZFOB_OUTPUT_SELECT_H

#include "plan/ref.h"

/* Certificates in one secret. */
enum { SELECT_CERTIFICATES_MAX = 16 };

/* How much room select_value may need for a value of this length; 0 when the value is wanted as it is. */
size_t select_room(const struct ref *wanted, size_t value_bytes);

err select_value(slice value, const struct ref *wanted, struct buf *room, slice *out);

#endif
