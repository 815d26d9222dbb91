/* X.509 certificates: the fields that we look at ourselves. Nothing is verified here; BearSSL does that.
 *
 * Memory:  parts of the caller's bytes.
 * Errors:  false: not a certificate of this form; *out is undefined.
 * Source:  RFC 5280 sections 4.1 and 4.2.1; RFC 3279 and RFC 5480 for the keys.
 */
#ifndef AZFOB_WIRE_CERTIFICATE_H
#define AZFOB_WIRE_CERTIFICATE_H

#include "base/slice.h"

enum certificate_key { KEY_OTHER, KEY_RSA, KEY_P256, KEY_P384, KEY_P521 };

struct certificate {
    slice issuer, subject;         /* each the whole element */
    int64_t not_before, not_after; /* Unix seconds */
    enum certificate_key key;
    slice modulus, exponent; /* KEY_RSA: big endian, no leading zeros */
    slice point;             /* the others */
    bool is_ca;
    bool has_host_names;            /* a DNS name in the subject alternative name */
    bool has_purposes, for_servers; /* extended key usage; serverAuth is among them */
};

bool certificate_read(slice der, struct certificate *out);

/* The last Common Name of a Name, else its last organization, as it stands there (any string type); empty: neither. */
slice certificate_common_name(slice name);

#endif
