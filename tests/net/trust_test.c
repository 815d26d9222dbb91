#include "lib/cm.h"

#include "lib/chain.h"
#include "lib/guard.h"
#include "net/anchors.h"
#include "net/trust.h"

static err read_in(size_t cap, const char *text, struct roots *roots)
{
    struct buf room = {guarded_room(cap), 0, cap, false};
    /* What BearSSL reads lies at addresses for any object. */
    room.at -= (uintptr_t)room.at % 16;
    return roots_from_pem(guarded(slice_of(text)), S("roots.pem"), &room, roots);
}

static void test_each_certificate_of_a_file_becomes_a_root(void **state)
{
    (void)state;
    struct roots roots = {NULL, 0};
    err e = read_in(16384, "text before\n" PEM_ROOT PEM_KEY "and between\n" PEM_SERVER PEM_CLIENT, &roots);
    assert_int_equal(err_message(e), M_NONE);
    assert_int_equal(roots.count, 3);
    assert_int_equal(roots.anchor[0].flags, BR_X509_TA_CA);
    assert_int_equal(roots.anchor[0].pkey.key_type, BR_KEYTYPE_EC);
    assert_int_equal(roots.anchor[0].pkey.key.ec.curve, BR_EC_secp256r1);
    assert_int_equal(roots.anchor[0].pkey.key.ec.qlen, 65);
    /* One that is no authority is trusted for itself only. */
    assert_int_equal(roots.anchor[1].flags, 0);
    assert_int_equal(roots.anchor[1].pkey.key_type, BR_KEYTYPE_RSA);
    assert_int_equal(roots.anchor[1].pkey.key.rsa.nlen, 256);
    assert_memory_equal(roots.anchor[1].pkey.key.rsa.e, "\x01\x00\x01", 3);
    assert_int_equal(roots.anchor[2].pkey.key.ec.curve, BR_EC_secp384r1);
}

static void test_a_file_without_certificates_is_no_file_of_roots(void **state)
{
    (void)state;
    struct roots roots = {NULL, 0};
    assert_int_equal(err_message(read_in(4096, "", &roots)), M_CA_NONE);
    assert_int_equal(err_message(read_in(4096, "not PEM at all", &roots)), M_CA_NONE);
    assert_int_equal(err_message(read_in(4096, PEM_KEY, &roots)), M_CA_NONE);
    assert_int_equal(roots.count, 0);
}

static void test_the_certificate_that_cannot_be_a_root_is_counted(void **state)
{
    (void)state;
    struct roots roots = {NULL, 0};
    static const char damaged[] = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    static const char cut[] = "-----BEGIN CERTIFICATE-----\nMIIB\n";
    char text[sizeof PEM_ROOT + sizeof damaged];
    const char *second[] = {damaged, cut};
    for (size_t i = 0; i < COUNT(second); i++) {
        memcpy(text, PEM_ROOT, sizeof PEM_ROOT);
        memcpy(text + sizeof PEM_ROOT - 1, second[i], strlen(second[i]) + 1);
        err e = read_in(16384, text, &roots);
        assert_int_equal(err_message(e), M_CA_BAD);
        assert_int_equal(e->number[0], 2);
    }
    assert_int_equal(err_message(read_in(16384, PEM_ED25519, &roots)), M_CA_BAD); /* no such key in TLS 1.2 */
    assert_int_equal(roots.count, 0);
}

static void test_roots_that_do_not_fit_are_an_error_at_every_size(void **state)
{
    (void)state;
    struct roots roots = {NULL, 0};
    size_t cap = 0;
    while (err_message(read_in(cap, PEM_ROOT PEM_SERVER, &roots)) == M_FILE_TOO_BIG)
        cap += 16;
    assert_int_equal(err_message(read_in(cap, PEM_ROOT PEM_SERVER, &roots)), M_NONE);
    assert_int_equal(roots.count, 2);
    assert_true(cap >= 500 && cap <= 8192);
}

static void test_the_built_in_roots_are_seven_authorities_of_strong_keys(void **state)
{
    (void)state;
    assert_int_equal(anchors_built_in_count, 7);
    for (size_t i = 0; i < anchors_built_in_count; i++) {
        const br_x509_trust_anchor *anchor = &anchors_built_in[i];
        assert_int_equal(anchor->flags, BR_X509_TA_CA);
        assert_true(anchor->pkey.key_type == BR_KEYTYPE_EC ? anchor->pkey.key.ec.curve == BR_EC_secp384r1
                                                           : anchor->pkey.key.rsa.nlen >= 256);
    }
}

/* BearSSL's words for a refusal, to ours. */
static void test_a_date_is_told_with_both_clocks(void **state)
{
    (void)state;
    static struct trust trust;
    struct roots roots = {anchors_built_in, anchors_built_in_count};
    uint8_t room[512];
    struct buf notes = BUF(room);
    trust_start(&trust, &roots, 2000000000, 100);
    trust.facts =
        (struct certificate_facts){.subject = "s", .subject_len = 1, .not_before = 5, .not_after = 1999999999};
    err e = trust_error(&trust, BR_ERR_X509_EXPIRED, S("host"), &notes);
    assert_int_equal(err_message(e), M_TLS_EXPIRED);
    assert_int_equal(e->number[0], 1999999999);
    assert_slice(e->arg[3],
                 S("this machine's clock says 1970-01-01T00:01:40Z, and azfob was built 2033-05-18T03:33:20Z"));
    trust.facts.not_before = 2000000001;
    assert_int_equal(err_message(trust_error(&trust, BR_ERR_X509_EXPIRED, S("host"), &notes)), M_TLS_NOT_YET);
    assert_int_equal(err_message(trust_error(&trust, BR_ERR_X509_NOT_TRUSTED, S("host"), &notes)), M_TLS_NOT_TRUSTED);
    assert_int_equal(err_message(trust_error(&trust, BR_ERR_X509_BAD_DN, S("host"), &notes)), M_TLS_CERTIFICATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_certificate_of_a_file_becomes_a_root),
        cmocka_unit_test(test_a_file_without_certificates_is_no_file_of_roots),
        cmocka_unit_test(test_the_certificate_that_cannot_be_a_root_is_counted),
        cmocka_unit_test(test_roots_that_do_not_fit_are_an_error_at_every_size),
        cmocka_unit_test(test_the_built_in_roots_are_seven_authorities_of_strong_keys),
        cmocka_unit_test(test_a_date_is_told_with_both_clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
