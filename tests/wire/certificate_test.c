#include "lib/cm.h"

#include "base/buf.h"
#include "lib/chain.h"
#include "lib/guard.h"
#include "wire/base64.h"
#include "wire/certificate.h"
#include "wire/pem.h"

static slice der_of(const char *pem)
{
    static uint8_t room[4096];
    struct buf out = BUF(room);
    struct pem_block block;
    slice rest = slice_of(pem);
    assert_int_equal(pem_next(&rest, &block), PEM_BLOCK);
    assert_true(base64_decode(block.body, BASE64_STANDARD, true, &out));
    return guarded(buf_slice(&out));
}

static struct certificate read(const char *pem)
{
    struct certificate seen;
    assert_true(certificate_read(der_of(pem), &seen));
    return seen;
}

static void test_a_server_certificate_says_all_that_is_asked(void **state)
{
    (void)state;
    struct certificate seen = read(PEM_SERVER);
    assert_slice(certificate_common_name(seen.subject), S("server.example"));
    assert_slice(seen.issuer, seen.subject);
    assert_int_equal(seen.not_before, 1795564640);
    assert_int_equal(seen.not_after, 2110924640);
    assert_int_equal(seen.key, KEY_RSA);
    assert_int_equal(seen.modulus.len, 256);
    assert_memory_equal(seen.modulus.at, "\x91\xDD\x70\x62", 4);
    assert_slice(seen.exponent, S("\x01\x00\x01"));
    assert_true(seen.has_host_names);
    assert_true(seen.has_purposes);
    assert_true(seen.for_servers);
    assert_false(seen.is_ca);
}

static void test_an_address_is_no_host_name_and_a_client_no_server(void **state)
{
    (void)state;
    struct certificate seen = read(PEM_CLIENT);
    assert_slice(certificate_common_name(seen.subject), S("only an organization"));
    assert_int_equal(seen.not_after, 4949164640); /* GeneralizedTime, beyond 2049 */
    assert_int_equal(seen.key, KEY_P384);
    assert_int_equal(seen.point.len, 97);
    assert_false(seen.has_host_names);
    assert_true(seen.has_purposes);
    assert_false(seen.for_servers);
}

static void test_what_is_not_there_is_not_said(void **state)
{
    (void)state;
    struct certificate seen = read(PEM_ED25519);
    assert_slice(certificate_common_name(seen.subject), S("second"));
    assert_int_equal(seen.key, KEY_OTHER);
    assert_false(seen.has_host_names);
    assert_false(seen.has_purposes);
    seen = read(PEM_LEAF); /* version 1, no extensions at all */
    assert_int_equal(seen.key, KEY_P256);
    assert_int_equal(seen.point.len, 65);
    assert_false(seen.is_ca);
    assert_true(read(PEM_ROOT).is_ca);
}

static void test_the_names_of_a_chain_fit_into_each_other(void **state)
{
    (void)state;
    struct certificate leaf = read(PEM_LEAF), intermediate = read(PEM_INTERMEDIATE), root = read(PEM_ROOT);
    assert_int_not_equal(leaf.issuer.len, 0);
    /* der_of reads into one place, but each gives a copy of its own. */
    assert_slice(leaf.issuer, intermediate.subject);
    assert_slice(intermediate.issuer, root.subject);
    assert_slice(root.issuer, root.subject);
    assert_false(slice_equal(leaf.subject, intermediate.subject));
}

/* Up to the end of what is signed; the signature behind it is not looked at, but its room is part of the outer length. */
static void test_a_certificate_cut_anywhere_is_refused(void **state)
{
    (void)state;
    const char *all[] = {PEM_SERVER, PEM_CLIENT, PEM_LEAF};
    for (size_t k = 0; k < COUNT(all); k++) {
        slice whole = der_of(all[k]);
        struct certificate seen;
        for (size_t n = 0; n < whole.len; n++)
            assert_false(certificate_read(guarded(slice_first(whole, n)), &seen));
    }
}

static bool changed(slice whole, const char *from, const char *to, struct certificate *seen)
{
    static uint8_t room[4096];
    size_t n = strlen(from);
    assert_int_equal(n, strlen(to));
    memcpy(room, whole.at, whole.len);
    for (size_t i = 0; i + n <= whole.len; i++)
        if (memcmp(room + i, from, n) == 0) {
            memcpy(room + i, to, n);
            return certificate_read(guarded((slice){room, whole.len}), seen);
        }
    assert_true(from == NULL); /* it is not in the certificate */
    return false;
}

static void test_a_date_that_does_not_exist_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *to;
        bool good;
    } rows[] = {
        {"261124235720Z", true},  {"261124235960Z", false}, {"261124240000Z", false},
        {"261324235720Z", false}, {"261131235720Z", false}, {"26112423572:Z", false},
        {"261124235720+", false}, {"280229235720Z", true},  {"270229235720Z", false},
    };
    struct certificate seen;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(changed(der_of(PEM_SERVER), "261124235720Z", rows[i].to, &seen), rows[i].good);
    assert_true(changed(der_of(PEM_SERVER), "261124235720Z", "500101000000Z", &seen));
    assert_int_equal(seen.not_before, -631152000); /* 1950 */
    assert_true(changed(der_of(PEM_SERVER), "261124235720Z", "491231235959Z", &seen));
    assert_int_equal(seen.not_before, 2524607999); /* 2049 */
}

static void test_another_purpose_is_not_serverauth(void **state)
{
    (void)state;
    struct certificate seen;
    assert_true(
        changed(der_of(PEM_SERVER), "\x2B\x06\x01\x05\x05\x07\x03\x01", "\x2B\x06\x01\x05\x05\x07\x03\x03", &seen));
    assert_true(seen.has_purposes);
    assert_false(seen.for_servers);
    /* clientAuth's place taken too, by a purpose that is no object identifier */
    assert_false(changed(der_of(PEM_SERVER), "\x06\x08\x2B\x06\x01\x05\x05\x07\x03\x02",
                         "\x04\x08\x2B\x06\x01\x05\x05\x07\x03\x02", &seen));
}

static void test_a_name_without_names_is_empty(void **state)
{
    (void)state;
    assert_int_equal(certificate_common_name(guarded(S(""))).len, 0);
    assert_int_equal(certificate_common_name(guarded(S("\x30\x00"))).len, 0);
    assert_int_equal(certificate_common_name(guarded(S("\x30\x02\x31\x00"))).len, 0);
    assert_int_equal(certificate_common_name(guarded(S("\x31\x00"))).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_server_certificate_says_all_that_is_asked),
        cmocka_unit_test(test_an_address_is_no_host_name_and_a_client_no_server),
        cmocka_unit_test(test_what_is_not_there_is_not_said),
        cmocka_unit_test(test_the_names_of_a_chain_fit_into_each_other),
        cmocka_unit_test(test_a_certificate_cut_anywhere_is_refused),
        cmocka_unit_test(test_a_date_that_does_not_exist_is_refused),
        cmocka_unit_test(test_another_purpose_is_not_serverauth),
        cmocka_unit_test(test_a_name_without_names_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
