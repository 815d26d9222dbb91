#include "wire/certificate.h"

#include "base/utc.h"
#include "wire/der.h"

enum {
    BOOLEAN = 0x01,
    INTEGER = 0x02,
    BIT_STRING = 0x03,
    OCTET_STRING = 0x04,
    OBJECT_ID = 0x06,
    UTC_TIME = 0x17,
    GENERALIZED_TIME = 0x18,
    SEQUENCE = 0x30,
    SET = 0x31,
    DNS_NAME = 0x82,
    VERSION = 0xA0,
    EXTENSIONS = 0xA3,
};

static const slice common_name = S_INIT("\x55\x04\x03");
static const slice organization = S_INIT("\x55\x04\x0A");
static const slice server_auth = S_INIT("\x2B\x06\x01\x05\x05\x07\x03\x01");
static const slice rsa_encryption = S_INIT("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01");
static const slice ec_public_key = S_INIT("\x2A\x86\x48\xCE\x3D\x02\x01");

static const struct {
    slice id;
    enum certificate_key key;
} curves[] = {
    {S_INIT("\x2A\x86\x48\xCE\x3D\x03\x01\x07"), KEY_P256},
    {S_INIT("\x2B\x81\x04\x00\x22"), KEY_P384},
    {S_INIT("\x2B\x81\x04\x00\x23"), KEY_P521},
};

/* --- validity --- */

/* "MMDDHHMMSS" */
static bool seconds_of(const uint8_t *at, int64_t year, int64_t *out)
{
    int64_t field[5], days;
    for (int i = 0; i < 5; i++)
        field[i] = (at[2 * i] - '0') * 10 + at[2 * i + 1] - '0';
    if (!utc_days(year, field[0], field[1], &days) || field[2] > 23 || field[3] > 59 || field[4] > 59)
        return false;
    *out = days * 86400 + field[2] * 3600 + field[3] * 60 + field[4];
    return true;
}

/* RFC 5280 section 4.1.2.5: with seconds, in UTC; two digits of year mean 1950 to 2049. */
static bool read_time(slice *rest, int64_t *out)
{
    struct der time;
    if (!der_next(rest, &time) || (time.tag != UTC_TIME && time.tag != GENERALIZED_TIME))
        return false;
    size_t year_digits = time.tag == UTC_TIME ? 2 : 4;
    if (time.content.len != year_digits + 11 || time.content.at[time.content.len - 1] != 'Z')
        return false;
    int64_t year = 0;
    for (size_t i = 0; i + 1 < time.content.len; i++)
        if (!byte_is_digit(time.content.at[i]))
            return false;
    for (size_t i = 0; i < year_digits; i++)
        year = year * 10 + time.content.at[i] - '0';
    if (year_digits == 2)
        year += year < 50 ? 2000 : 1900;
    return seconds_of(time.content.at + year_digits, year, out);
}

static bool read_validity(slice *rest, struct certificate *out)
{
    struct der validity;
    if (!der_take(rest, SEQUENCE, &validity))
        return false;
    slice times = validity.content;
    return read_time(&times, &out->not_before) && read_time(&times, &out->not_after);
}

/* --- key --- */

static bool read_integer(slice *rest, slice *out)
{
    struct der integer;
    if (!der_take(rest, INTEGER, &integer))
        return false;
    *out = integer.content;
    while (out->len && out->at[0] == 0)
        *out = slice_after(*out, 1);
    return out->len > 0;
}

static bool read_rsa(slice bits, struct certificate *out)
{
    struct der key;
    if (!der_take(&bits, SEQUENCE, &key))
        return false;
    slice rest = key.content;
    out->key = KEY_RSA;
    return read_integer(&rest, &out->modulus) && read_integer(&rest, &out->exponent);
}

static void read_point(slice parameters, slice bits, struct certificate *out)
{
    struct der curve;
    if (!der_take(&parameters, OBJECT_ID, &curve))
        return;
    for (size_t i = 0; i < COUNT(curves); i++)
        if (slice_equal(curve.content, curves[i].id))
            out->key = curves[i].key;
    out->point = bits;
}

static bool read_key(slice *rest, struct certificate *out)
{
    struct der key, algorithm, id, bits;
    if (!der_take(rest, SEQUENCE, &key))
        return false;
    slice parts = key.content;
    if (!der_take(&parts, SEQUENCE, &algorithm) || !der_take(&parts, BIT_STRING, &bits))
        return false;
    slice parameters = algorithm.content;
    /* The first byte of a bit string says how many bits of the last do not count; keys are whole bytes. */
    if (!der_take(&parameters, OBJECT_ID, &id) || bits.content.len < 2 || bits.content.at[0] != 0)
        return false;
    slice content = slice_after(bits.content, 1);
    if (slice_equal(id.content, rsa_encryption))
        return read_rsa(content, out);
    if (slice_equal(id.content, ec_public_key))
        read_point(parameters, content, out);
    return true;
}

/* --- extensions --- */

static bool read_constraints(slice content, struct certificate *out)
{
    struct der sequence, ca;
    if (!der_take(&content, SEQUENCE, &sequence))
        return false;
    slice rest = sequence.content;
    out->is_ca = der_take(&rest, BOOLEAN, &ca) && ca.content.len == 1 && ca.content.at[0] != 0;
    return true;
}

static bool read_names(slice content, struct certificate *out)
{
    struct der sequence, name;
    if (!der_take(&content, SEQUENCE, &sequence))
        return false;
    for (slice rest = sequence.content; rest.len;) {
        if (!der_next(&rest, &name))
            return false;
        out->has_host_names |= name.tag == DNS_NAME;
    }
    return true;
}

static bool read_purposes(slice content, struct certificate *out)
{
    struct der sequence, purpose;
    if (!der_take(&content, SEQUENCE, &sequence))
        return false;
    out->has_purposes = true;
    for (slice rest = sequence.content; rest.len;) {
        if (!der_take(&rest, OBJECT_ID, &purpose))
            return false;
        out->for_servers |= slice_equal(purpose.content, server_auth);
    }
    return true;
}

static bool read_extension(slice *rest, struct certificate *out)
{
    static const struct {
        slice id;
        bool (*read)(slice content, struct certificate *out);
    } known[] = {
        {S_INIT("\x55\x1D\x13"), read_constraints},
        {S_INIT("\x55\x1D\x11"), read_names},
        {S_INIT("\x55\x1D\x25"), read_purposes},
    };
    struct der extension, id, critical, content;
    if (!der_take(rest, SEQUENCE, &extension))
        return false;
    slice parts = extension.content;
    if (!der_take(&parts, OBJECT_ID, &id))
        return false;
    (void)der_take(&parts, BOOLEAN, &critical);
    if (!der_take(&parts, OCTET_STRING, &content))
        return false;
    for (size_t i = 0; i < COUNT(known); i++)
        if (slice_equal(id.content, known[i].id))
            return known[i].read(content.content, out);
    return true;
}

/* Behind the key: two unique identifiers that nobody uses, then the extensions. */
static bool read_extensions(slice rest, struct certificate *out)
{
    struct der part, list;
    while (rest.len) {
        if (!der_next(&rest, &part))
            return false;
        if (part.tag != EXTENSIONS)
            continue;
        slice content = part.content;
        if (!der_take(&content, SEQUENCE, &list))
            return false;
        for (content = list.content; content.len;)
            if (!read_extension(&content, out))
                return false;
    }
    return true;
}

bool certificate_read(slice der, struct certificate *out)
{
    struct der part, issuer, subject;
    *out = (struct certificate){.key = KEY_OTHER};
    if (!der_take(&der, SEQUENCE, &part))
        return false;
    slice rest = part.content; /* the signature behind what is signed is of no interest */
    if (!der_take(&rest, SEQUENCE, &part))
        return false;
    rest = part.content;
    (void)der_take(&rest, VERSION, &part);
    if (!der_take(&rest, INTEGER, &part) || !der_take(&rest, SEQUENCE, &part) || !der_take(&rest, SEQUENCE, &issuer) ||
        !read_validity(&rest, out) || !der_take(&rest, SEQUENCE, &subject) || !read_key(&rest, out))
        return false;
    out->issuer = issuer.whole;
    out->subject = subject.whole;
    return read_extensions(rest, out);
}

slice certificate_common_name(slice name)
{
    struct der sequence, set, pair, id, text;
    slice common = {NULL, 0}, other = {NULL, 0};
    if (!der_take(&name, SEQUENCE, &sequence))
        return common;
    for (slice sets = sequence.content; der_take(&sets, SET, &set);)
        for (slice pairs = set.content; der_take(&pairs, SEQUENCE, &pair);) {
            slice parts = pair.content;
            if (!der_take(&parts, OBJECT_ID, &id) || !der_next(&parts, &text))
                continue;
            if (slice_equal(id.content, common_name))
                common = text.content;
            else if (slice_equal(id.content, organization))
                other = text.content;
        }
    return common.len ? common : other;
}
