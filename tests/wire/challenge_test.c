#include "lib/cm.h"
#include "lib/guard.h"

#include "wire/challenge.h"

#define AUTH "https://login.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47"
#define RES  "https://vault.azure.net"

static const struct {
    slice line;
    struct challenge want;
} good[] = {
#define WANT(authorization, resource, scope, error, claims)                                                            \
    {                                                                                                                  \
        S_INIT(authorization), S_INIT(resource), S_INIT(scope), S_INIT(error), S_INIT(claims)                          \
    }
    {S_INIT("Bearer authorization=\"" AUTH "\", resource=\"" RES "\""), WANT(AUTH, RES, "", "", "")},
    {S_INIT("Bearer authorization=\"" AUTH "\" scope=\"" RES "/.default\" resource=\"" RES "\""),
     WANT(AUTH, RES, RES "/.default", "", "")},
    {S_INIT("Bearer authorization=\"a\", resource=\"r\", error=\"insufficient_claims\", claims=\"eyJ9fQ==\""),
     WANT("a", "r", "", "insufficient_claims", "eyJ9fQ==")},
    {S_INIT("bEARER Authorization_URI=\"a\",RESOURCE=r"), WANT("a", "r", "", "", "")},
    {S_INIT("Bearer resource = \"r\"\t,\tscope\t=\ts"), WANT("", "r", "s", "", "")},
    {S_INIT("Bearer realm=\"\", error_description=\"a, b=\\\"c\\\", resource=evil\", resource=\"r\""),
     WANT("", "r", "", "", "")},
    {S_INIT("Bearer resource=\"\""), WANT("", "", "", "", "")},
    {S_INIT("Bearer supportspop=true,, ,resource=\"a,b = c\","), WANT("", "a,b = c", "", "", "")},
    /* the next scheme ends it */
    {S_INIT("Bearer resource=\"r\", PoP realm=\"\", resource=\"evil\""), WANT("", "r", "", "", "")},
    {S_INIT("Bearer resource=\"r\" PoP resource=\"evil\""), WANT("", "r", "", "", "")},
    {S_INIT("Bearer resource=\"r\", Bearer resource=\"evil\""), WANT("", "r", "", "", "")},
    {S_INIT("Bearer resource=\"r\", Negotiate"), WANT("", "r", "", "", "")},
    /* those before it are passed over */
    {S_INIT("Negotiate, Bearer resource=\"r\""), WANT("", "r", "", "", "")},
    {S_INIT("Negotiate a/b+c==, Bearer resource=\"r\""), WANT("", "r", "", "", "")},
    {S_INIT("NTLM TlRMTVNTUAAC, Bearer resource=\"r\""), WANT("", "r", "", "", "")},
    {S_INIT("Basic realm=\"x, Bearer resource=\\\"evil\\\"\", Bearer resource=\"r\""), WANT("", "r", "", "", "")},
    {S_INIT("PoP resource=\"evil\", Bearer resource=\"r\""), WANT("", "r", "", "", "")},
    {S_INIT("PoP resource=\"e\", resource=\"e\", Bearer resource=\"r\""), WANT("", "r", "", "", "")},
};

static void test_a_bearer_challenge_gives_its_parameters(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct challenge found;
        assert_int_equal(challenge_read(guarded(good[i].line), &found), CHALLENGE_BEARER);
        assert_slice(found.authorization, good[i].want.authorization);
        assert_slice(found.resource, good[i].want.resource);
        assert_slice(found.scope, good[i].want.scope);
        assert_slice(found.error, good[i].want.error);
        assert_slice(found.claims, good[i].want.claims);
    }
}

static const struct {
    slice line;
    enum challenge_verdict verdict;
} others[] = {
    {S_INIT(""), CHALLENGE_NONE},
    {S_INIT(" ,\t,"), CHALLENGE_NONE},
    {S_INIT("Bearer"), CHALLENGE_NONE},
    {S_INIT("Bearer "), CHALLENGE_NONE},
    {S_INIT("Bearer abc"), CHALLENGE_NONE},
    {S_INIT("Bearerresource=\"r\""), CHALLENGE_NONE},
    {S_INIT("XBearer resource=\"r\""), CHALLENGE_NONE},
    {S_INIT("Bearer/1 resource=\"r\""), CHALLENGE_NONE},
    {S_INIT("Basic realm=/var/opt/azcmagent/tokens/key.key"), CHALLENGE_NONE},
    {S_INIT("Basic realm=\"Bearer resource=\"r\""), CHALLENGE_NONE},
    {S_INIT("Basic realm=\"unfinished, Bearer resource=r"), CHALLENGE_NONE},
    {S_INIT("resource=\"r\""), CHALLENGE_NONE},
    {S_INIT("\"Bearer resource=r"), CHALLENGE_NONE},
    {S_INIT("PoP resource=\"r\""), CHALLENGE_NONE},
    {S_INIT("Bearer =\"r\""), CHALLENGE_NONE}, /* a parameter of that name, of no scheme */
    {S_INIT("Bearer resource="), CHALLENGE_BAD},
    {S_INIT("Bearer resource=,"), CHALLENGE_BAD},
    {S_INIT("Bearer resource=\"r"), CHALLENGE_BAD},
    {S_INIT("Bearer resource=\""), CHALLENGE_BAD},
    {S_INIT("Bearer resource=\"r\\\""), CHALLENGE_BAD},
    {S_INIT("Bearer resource=\"r\\"), CHALLENGE_BAD},
    {S_INIT("Bearer resource=\"r\\\\\""), CHALLENGE_BAD}, /* a backslash in what is wanted */
    {S_INIT("Bearer resource=\"a\tb\""), CHALLENGE_BAD},
    {S_INIT("Bearer resource=\"a\0b\""), CHALLENGE_BAD},
    {S_INIT("Bearer resource=\"a\x7f\""), CHALLENGE_BAD},
    {S_INIT("Bearer resource=\"r\"scope=\"s\""), CHALLENGE_BAD},
    {S_INIT("Bearer resource=" RES), CHALLENGE_BAD}, /* no token */
    {S_INIT("Bearer resource=a=b"), CHALLENGE_BAD},
    {S_INIT("Bearer resource=\"r\", resource=\"r\""), CHALLENGE_BAD},
    {S_INIT("Bearer resource=\"\", Resource=\"evil\""), CHALLENGE_BAD},
    {S_INIT("Bearer authorization=\"a\", authorization_uri=\"b\""), CHALLENGE_BAD},
    {S_INIT("Bearer claims=\"a\" claims=\"a\""), CHALLENGE_BAD},
    {S_INIT("Bearer error=\"a\" error=\"a\""), CHALLENGE_BAD},
    {S_INIT("Bearer scope=\"a\" scope=\"a\""), CHALLENGE_BAD},
    {S_INIT("Bearer resource=\"r\", \"x\""), CHALLENGE_BAD},
    {S_INIT("Bearer resource=\"r\" @"), CHALLENGE_BAD},
    {S_INIT("Bearer re/source=\"r\""), CHALLENGE_BAD},
};

static void test_what_is_no_bearer_challenge_is_none_and_a_wrong_one_is_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(others); i++) {
        struct challenge found = {.resource = S("untouched")};
        assert_int_equal(challenge_read(guarded(others[i].line), &found), others[i].verdict);
        assert_slice(found.resource, S("untouched"));
    }
}

/* Cut anywhere, no value may appear that the whole line does not have. */
static void test_a_challenge_cut_short_never_has_a_shorter_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        for (size_t n = 0; n < good[i].line.len; n++) {
            struct challenge found;
            if (challenge_read(guarded(slice_first(good[i].line, n)), &found) != CHALLENGE_BEARER)
                continue;
            assert_true(found.resource.len == 0 || slice_equal(found.resource, good[i].want.resource));
            assert_true(found.claims.len == 0 || slice_equal(found.claims, good[i].want.claims));
        }
    }
}

static void test_the_realm_of_arc_is_a_path_without_quotes(void **state)
{
    static const slice wrong[] = {S_INIT(""),
                                  S_INIT("Basic"),
                                  S_INIT("Basic "),
                                  S_INIT("Basic realm"),
                                  S_INIT("Basic realm="),
                                  S_INIT("Basicrealm=/x"),
                                  S_INIT("Basic\trealm=/x"),
                                  S_INIT("Basic realms=/x"),
                                  S_INIT("Basic realm =/x"),
                                  S_INIT("Basic x realm=/x"),
                                  S_INIT("Basic realm=\"/x\""),
                                  S_INIT("Basic realm=/x=y"),
                                  S_INIT("Bearer realm=/x"),
                                  S_INIT("Negotiate, Basic realm=/x")};
    slice realm = S("untouched");
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(challenge_basic_realm(guarded(wrong[i]), &realm));
    assert_slice(realm, S("untouched"));
    assert_true(challenge_basic_realm(guarded(S("Basic realm=/var/opt/azcmagent/tokens/a b.key")), &realm));
    assert_slice(realm, S("/var/opt/azcmagent/tokens/a b.key"));
    assert_true(challenge_basic_realm(guarded(S("BASIC  REALM=x")), &realm));
    assert_slice(realm, S("x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bearer_challenge_gives_its_parameters),
        cmocka_unit_test(test_what_is_no_bearer_challenge_is_none_and_a_wrong_one_is_bad),
        cmocka_unit_test(test_a_challenge_cut_short_never_has_a_shorter_value),
        cmocka_unit_test(test_the_realm_of_arc_is_a_path_without_quotes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
