/* Is this the server that we want? A stricter verdict around BearSSL's, and words for a refusal.
 *
 * An X.509 engine that hands all to BearSSL's "minimal" one and looks at each certificate as it passes through. It can only
 * make the verdict worse: no subject alternative name (the Common Name is never a host's name), extended key usage without
 * serverAuth in the leaf or an issuer, a leaf too large to be looked at, an address instead of a name.
 *
 *   engine --> trust (facts of each certificate) --> minimal (chain, signatures, dates, name) --> the worse of both
 *
 * Keys: RSA of 2048 bits and more, ECDSA on P-256, P-384, P-521; signatures with SHA-256, SHA-384, SHA-512.
 * Dates: judged at the setting's `now`, which is the machine's clock, but never before this program was built.
 *
 * Shape:   trust_start before each handshake; the TLS engine does the rest; trust_error when it has failed.
 * Memory:  the struct is the caller's; roots live as long as it. Nothing in it is secret.
 * Source:  RFC 5280 sections 4.2.1.6, 4.2.1.12; RFC 6125 section 6.4; azure-protocol section 10.2.
 */
#ifndef AZFOB_NET_TRUST_H
#define AZFOB_NET_TRUST_H

#include "base/err.h"

#include <bearssl.h>

/* A larger certificate than this cannot be looked at; Azure's have about 2 KiB. */
enum { CERTIFICATE_BYTES_MAX = 12 * 1024, CERTIFICATE_NAME_BYTES = 64 };

struct roots {
    const br_x509_trust_anchor *anchor;
    size_t count;
};

enum trust_refusal {
    TRUST_FINE,
    TRUST_NO_HOST_NAME,
    TRUST_NO_NAMES,
    TRUST_NOT_FOR_SERVERS,
    TRUST_TOO_LARGE,
    TRUST_GARBLED
};

/* What is told of the certificate that was refused. */
struct certificate_facts {
    uint8_t subject[CERTIFICATE_NAME_BYTES], issuer[CERTIFICATE_NAME_BYTES];
    uint8_t subject_len, issuer_len;
    int64_t not_before, not_after;
};

struct trust {
    const br_x509_class *vtable; /* first: BearSSL's way to an object */
    br_x509_minimal_context minimal;
    int64_t now, clock;
    struct certificate_facts leaf; /* of the server's own; empty where a handshake resumed an older one */
    /* private */
    enum trust_refusal refusal;
    struct certificate_facts facts; /* of the last one that was judged */
    bool judged;                    /* this certificate still matters */
    unsigned certificates;
    size_t len;
    uint8_t der[CERTIFICATE_BYTES_MAX];
};

/* `now`: Unix seconds at which dates are judged; `clock`: what the machine's clock says, for messages. */
void trust_start(struct trust *trust, const struct roots *roots, int64_t now, int64_t clock);

/* What a handshake's failure by this error of BearSSL (BR_ERR_X509_...) means. */
err trust_error(const struct trust *trust, int error, slice host, struct buf *notes);

/* Trust anchors from the CERTIFICATE blocks of a PEM text; other blocks are passed over. `room` holds the anchors and their
 * names and keys. `name` is the file's, for messages.
 * Errors: 78 M_CA_NONE: no certificate in it. M_CA_BAD: block %a is no certificate that could be a root here (damaged, an unknown kind of
 * key, RSA below 2048 bits). M_FILE_TOO_BIG: they do not fit. */
err roots_from_pem(slice text, slice name, struct buf *room, struct roots *out);

#endif
