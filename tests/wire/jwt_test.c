#include "lib/cm.h"
#include "lib/guard.h"

#include "wire/jwt.h"

static void test_the_claims_are_the_object_in_the_second_part(void **state)
{
    /* {"oid":"x"} with white space around it: three lengths, three paddings that are missing */
    static const slice tokens[] = {S_INIT("eyJ9.eyJvaWQiOiJ4In0.c2ln"), S_INIT("e30.IHsib2lkIjoieCJ9.c2ln"),
                                   S_INIT(".IHsib2lkIjoieCJ9IA.")};
    (void)state;
    for (size_t i = 0; i < COUNT(tokens); i++) {
        struct buf room = {guarded_room(15), 0, 15, false};
        slice claims, oid;
        buf_text(&room, "><");
        assert_true(jwt_claims(guarded(tokens[i]), &room, &claims));
        assert_slice(claims, S("{\"oid\":\"x\"}"));
        assert_int_equal(json_member(claims, S("oid"), &oid), JSON_OK);
        assert_slice(oid, S("\"x\""));
        assert_slice(slice_first(buf_slice(&room), 2), S("><"));
    }
}

static void test_what_is_no_jwt_has_no_claims(void **state)
{
    static const slice tokens[] = {
        S_INIT(""),
        S_INIT("."),
        S_INIT(".."),
        S_INIT("opaque"),
        S_INIT("e30.e30"),
        S_INIT("e30.e30.e30.e30"),
        S_INIT("e30.e30.e30.e30.e30"), /* encrypted */
        S_INIT("e30..e30"),
        S_INIT("e30.e3.e30"),
        S_INIT("e30.MTI.e30"), /* 12 */
        S_INIT("e30.W10.e30"), /* [] */
        S_INIT("e30.e30+.e30"),
        S_INIT("e30.e3 0.e30"),
        S_INIT("e30.eyJhIjoxfQo.") /* whole: see below */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(tokens); i++) {
        uint8_t bytes[16];
        struct buf room = BUF(bytes);
        slice claims = S("untouched");
        bool whole = i == COUNT(tokens) - 1;
        assert_int_equal(jwt_claims(guarded(tokens[i]), &room, &claims), whole);
        assert_slice(claims, whole ? S("{\"a\":1}") : S("untouched"));
        assert_int_equal(room.len > 0, whole);
    }
}

static void test_claims_that_do_not_fit_are_none(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 11; cap++) {
        struct buf room = {guarded_room(cap), 0, cap, false};
        slice claims;
        assert_false(jwt_claims(guarded(S("e30.eyJvaWQiOiJ4In0.c2ln")), &room, &claims));
        assert_int_equal(room.len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_claims_are_the_object_in_the_second_part),
        cmocka_unit_test(test_what_is_no_jwt_has_no_claims),
        cmocka_unit_test(test_claims_that_do_not_fit_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
