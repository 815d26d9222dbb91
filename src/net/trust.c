#include "net/trust.h"

#include "base/utc.h"
#include "wire/base64.h"
#include "wire/certificate.h"
#include "wire/pem.h"
#include "wire/url.h"

#include <string.h>

enum { DAY_SECONDS = 86400, DAYS_BEFORE_1970 = 719528, RSA_BYTES_MIN = 2048 / 8 };

/* --- the engine around BearSSL's --- */

static struct trust *trust_of(const br_x509_class **engine)
{
    return (struct trust *)(void *)engine;
}

static void start_chain(const br_x509_class **engine, const char *server_name)
{
    struct trust *trust = trust_of(engine);
    uint8_t address[16];
    slice host = slice_of(server_name);
    trust->refusal = host.len && host_address(host, address) == 0 ? TRUST_FINE : TRUST_NO_HOST_NAME;
    trust->certificates = 0;
    trust->minimal.vtable->start_chain(&trust->minimal.vtable, server_name);
}

static void start_cert(const br_x509_class **engine, uint32_t length)
{
    struct trust *trust = trust_of(engine);
    /* Behind an error nothing matters, and behind a root that was found only other ways to the same. */
    trust->judged = trust->minimal.err == 0;
    trust->len = 0;
    trust->minimal.vtable->start_cert(&trust->minimal.vtable, length);
}

static void append(const br_x509_class **engine, const unsigned char *bytes, size_t len)
{
    struct trust *trust = trust_of(engine);
    if (trust->len <= sizeof trust->der && len <= sizeof trust->der - trust->len)
        memcpy(trust->der + trust->len, bytes, len);
    trust->len += len;
    trust->minimal.vtable->append(&trust->minimal.vtable, bytes, len);
}

/* The end of a long name tells more than its beginning. */
static void keep_name(uint8_t *room, uint8_t *len, slice name)
{
    if (name.len > CERTIFICATE_NAME_BYTES)
        name = slice_after(name, name.len - CERTIFICATE_NAME_BYTES);
    *len = (uint8_t)name.len;
    memcpy(room, name.at, name.len);
}

static enum trust_refusal look_at(struct trust *trust, bool is_leaf)
{
    struct certificate_facts *facts = &trust->facts;
    struct certificate seen;
    *facts = (struct certificate_facts){.subject_len = 0};
    if (trust->len > sizeof trust->der)
        return TRUST_TOO_LARGE;
    if (!certificate_read((slice){trust->der, trust->len}, &seen))
        return TRUST_GARBLED;
    keep_name(facts->subject, &facts->subject_len, certificate_common_name(seen.subject));
    keep_name(facts->issuer, &facts->issuer_len, certificate_common_name(seen.issuer));
    facts->not_before = seen.not_before;
    facts->not_after = seen.not_after;
    if (seen.has_purposes && !seen.for_servers)
        return TRUST_NOT_FOR_SERVERS;
    return is_leaf && !seen.has_host_names ? TRUST_NO_NAMES : TRUST_FINE;
}

static void end_cert(const br_x509_class **engine)
{
    struct trust *trust = trust_of(engine);
    bool is_leaf = trust->certificates++ == 0;
    trust->minimal.vtable->end_cert(&trust->minimal.vtable);
    bool failed_here = trust->minimal.err != 0 && trust->minimal.err != BR_ERR_X509_OK;
    /* What is told later is told of the one that was refused. */
    if (!trust->judged || (trust->refusal != TRUST_FINE && !failed_here))
        return;
    enum trust_refusal seen = look_at(trust, is_leaf);
    if (is_leaf)
        trust->leaf = trust->facts;
    if (trust->refusal == TRUST_FINE)
        trust->refusal = seen;
}

static unsigned end_chain(const br_x509_class **engine)
{
    struct trust *trust = trust_of(engine);
    unsigned verdict = trust->minimal.vtable->end_chain(&trust->minimal.vtable);
    if (verdict == 0 && trust->refusal != TRUST_FINE)
        return BR_ERR_X509_NOT_TRUSTED;
    return verdict;
}

static const br_x509_pkey *get_pkey(const br_x509_class *const *engine, unsigned *usages)
{
    const struct trust *trust = (const struct trust *)(const void *)engine;
    return trust->minimal.vtable->get_pkey(&trust->minimal.vtable, usages);
}

static const br_x509_class engine_class = {
    .context_size = sizeof(struct trust),
    .start_chain = start_chain,
    .start_cert = start_cert,
    .append = append,
    .end_cert = end_cert,
    .end_chain = end_chain,
    .get_pkey = get_pkey,
};

void trust_start(struct trust *trust, const struct roots *roots, int64_t now, int64_t clock)
{
    br_x509_minimal_context *minimal = &trust->minimal;
    memset(trust, 0, offsetof(struct trust, der));
    trust->vtable = &engine_class;
    trust->now = now;
    trust->clock = clock;
    br_x509_minimal_init(minimal, &br_sha256_vtable, roots->anchor, roots->count);
    br_x509_minimal_set_rsa(minimal, br_rsa_i31_pkcs1_vrfy);
    br_x509_minimal_set_ecdsa(minimal, &br_ec_prime_i31, br_ecdsa_i31_vrfy_asn1);
    br_x509_minimal_set_hash(minimal, br_sha256_ID, &br_sha256_vtable);
    br_x509_minimal_set_hash(minimal, br_sha384_ID, &br_sha384_vtable);
    br_x509_minimal_set_hash(minimal, br_sha512_ID, &br_sha512_vtable);
    br_x509_minimal_set_minrsa(minimal, RSA_BYTES_MIN);
    br_x509_minimal_set_time(minimal, (uint32_t)(now / DAY_SECONDS) + DAYS_BEFORE_1970, (uint32_t)(now % DAY_SECONDS));
}

/* --- words --- */

static const struct {
    uint8_t error;
    uint16_t message;
} refusals[] = {
    {BR_ERR_X509_NOT_TRUSTED, M_TLS_NOT_TRUSTED},
    {BR_ERR_X509_BAD_SERVER_NAME, M_TLS_OTHER_HOST},
    {BR_ERR_X509_BAD_SIGNATURE, M_TLS_BAD_SIGNATURE},
    {BR_ERR_X509_WEAK_PUBLIC_KEY, M_TLS_WEAK},
    {BR_ERR_X509_UNSUPPORTED, M_TLS_WEAK},
    {BR_ERR_X509_NOT_CA, M_TLS_NOT_CA},
    {BR_ERR_X509_FORBIDDEN_KEY_USAGE, M_TLS_PURPOSE},
    {BR_ERR_X509_DN_MISMATCH, M_TLS_NOT_TRUSTED},
    {BR_ERR_X509_WRONG_KEY_TYPE, M_TLS_BAD_SIGNATURE},
};

static const uint16_t own_refusals[] = {
    [TRUST_FINE] = M_TLS_CERTIFICATE,        [TRUST_NO_HOST_NAME] = M_TLS_ADDRESS,  [TRUST_NO_NAMES] = M_TLS_NO_NAMES,
    [TRUST_NOT_FOR_SERVERS] = M_TLS_PURPOSE, [TRUST_TOO_LARGE] = M_TLS_CERTIFICATE, [TRUST_GARBLED] = M_TLS_CERTIFICATE,
};

static uint16_t message_of(const struct trust *trust, int error)
{
    /* A chain that BearSSL accepted was refused by us. One without names may also have been refused by it, which had looked at
     * the Common Name instead. */
    if (trust->minimal.err == BR_ERR_X509_OK || error == BR_ERR_X509_BAD_SERVER_NAME)
        if (trust->refusal != TRUST_FINE)
            return own_refusals[trust->refusal];
    for (size_t i = 0; i < COUNT(refusals); i++)
        if (refusals[i].error == error)
            return refusals[i].message;
    return M_TLS_CERTIFICATE;
}

/* The clock, and where it was not believed the other one too. */
static slice clocks(const struct trust *trust, struct buf *notes)
{
    uint8_t room[128];
    struct buf text = BUF(room);
    buf_put(&text, S("this machine's clock says "));
    utc_write(&text, trust->clock);
    if (trust->now != trust->clock) {
        buf_put(&text, S(", and azfob was built "));
        utc_write(&text, trust->now);
    }
    return note_keep(notes, buf_slice(&text));
}

err trust_error(const struct trust *trust, int error, slice host, struct buf *notes)
{
    const struct certificate_facts *facts = &trust->facts;
    err e = err_make(message_of(trust, error), host, note_keep(notes, (slice){facts->subject, facts->subject_len}),
                     note_keep(notes, (slice){facts->issuer, facts->issuer_len}));
    e->number[0] = error;
    if (error == BR_ERR_X509_EXPIRED) {
        bool early = trust->now < facts->not_before;
        e->message = early ? M_TLS_NOT_YET : M_TLS_EXPIRED;
        e->number[0] = early ? facts->not_before : facts->not_after;
        e->arg[3] = clocks(trust, notes);
    }
    return e;
}

/* --- roots of the user's --- */

/* NULL: it is full. */
static void *take(struct buf *room, size_t bytes)
{
    size_t start = (room->len + 15) & ~(size_t)15;
    if (start > room->cap || bytes > room->cap - start)
        return NULL;
    room->len = start + bytes;
    return room->at + start;
}

static unsigned char *copy(struct buf *room, slice bytes)
{
    unsigned char *at = take(room, bytes.len);
    if (at)
        memcpy(at, bytes.at, bytes.len);
    return at;
}

static int curve_of(enum certificate_key key)
{
    static const uint8_t curves[] = {
        [KEY_P256] = BR_EC_secp256r1, [KEY_P384] = BR_EC_secp384r1, [KEY_P521] = BR_EC_secp521r1};
    return curves[key];
}

/* False: it does not fit. */
static bool fill_anchor(br_x509_trust_anchor *anchor, const struct certificate *from, struct buf *room)
{
    *anchor = (br_x509_trust_anchor){
        .dn = {copy(room, from->subject), from->subject.len},
        /* One that is no authority is trusted for itself only. */
        .flags = from->is_ca ? BR_X509_TA_CA : 0,
    };
    if (from->key == KEY_RSA) {
        anchor->pkey.key_type = BR_KEYTYPE_RSA;
        anchor->pkey.key.rsa = (br_rsa_public_key){copy(room, from->modulus), from->modulus.len,
                                                   copy(room, from->exponent), from->exponent.len};
        return anchor->dn.data && anchor->pkey.key.rsa.n && anchor->pkey.key.rsa.e;
    }
    anchor->pkey.key_type = BR_KEYTYPE_EC;
    anchor->pkey.key.ec = (br_ec_public_key){curve_of(from->key), copy(room, from->point), from->point.len};
    return anchor->dn.data && anchor->pkey.key.ec.q;
}

static bool is_certificate(slice label)
{
    return slice_equal(label, S("CERTIFICATE")) || slice_equal(label, S("X509 CERTIFICATE"));
}

/* Decoded behind what is in the room. */
static bool decode(const struct pem_block *block, struct buf *room, struct certificate *out)
{
    size_t start = room->len;
    return base64_decode(block->body, BASE64_STANDARD, true, room) &&
           certificate_read(slice_after(buf_slice(room), start), out) && out->key != KEY_OTHER &&
           (out->key != KEY_RSA || out->modulus.len >= RSA_BYTES_MIN);
}

err roots_from_pem(slice text, slice name, struct buf *room, struct roots *out)
{
    struct pem_block block;
    size_t blocks = 0, count = 0;
    err bad = err_make(M_CA_BAD, name), full = err_make(M_FILE_TOO_BIG, name);
    full->number[0] = (int64_t)room->cap;
    slice rest = text;
    for (enum pem step; (step = pem_next(&rest, &block)) != PEM_END;) {
        if (step == PEM_BAD) {
            bad->number[0] = (int64_t)blocks + 1;
            return bad;
        }
        blocks += is_certificate(block.label);
    }
    if (blocks == 0)
        return err_make(M_CA_NONE, name);
    br_x509_trust_anchor *anchors = take(room, blocks * sizeof *anchors);
    if (!anchors)
        return full;
    for (rest = text; pem_next(&rest, &block) == PEM_BLOCK;) {
        struct certificate certificate;
        if (!is_certificate(block.label))
            continue;
        bad->number[0] = (int64_t)count + 1;
        if (!decode(&block, room, &certificate))
            return room->full ? full : bad;
        if (!fill_anchor(&anchors[count++], &certificate, room))
            return full;
    }
    *out = (struct roots){anchors, count};
    return OK;
}
