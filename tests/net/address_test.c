#include "lib/cm.h"

#include "net/address.h"

#include <arpa/inet.h>

#include <stdlib.h>

static slice written(const struct address *address)
{
    static uint8_t room[64];
    struct buf to = BUF(room);
    address_write(address, &to);
    return buf_slice(&to);
}

static void test_addresses_are_written_as_rfc_5952_has_them(void **state)
{
    static const struct {
        struct address address;
        slice text;
    } rows[] = {
        {{4, {127, 0, 0, 1}}, S_INIT("127.0.0.1")},
        {{4, {255, 10, 100, 0}}, S_INIT("255.10.100.0")},
        {{16, {0}}, S_INIT("::")},
        {{16, {[15] = 1}}, S_INIT("::1")},
        {{16, {0x20, 0x01, 0x0d, 0xb8, [15] = 1}}, S_INIT("2001:db8::1")},
        {{16, {0xfe, 0x80}}, S_INIT("fe80::")},
        /* one group alone is not shortened, the longest run is, and of two the first */
        {{16, {0, 1, 0, 0, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8}}, S_INIT("1:0:3:4:5:6:7:8")},
        {{16, {0, 1, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 8}}, S_INIT("1:0:0:4::8")},
        {{16, {0, 1, 0, 0, 0, 0, 0, 4, 0, 5, 0, 0, 0, 0, 0, 8}}, S_INIT("1::4:5:0:0:8")},
        {{16, {0x0a, 0xbc, 0x10, 0x00, [14] = 0x00, 0x0f}}, S_INIT("abc:1000::f")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_slice(written(&rows[i].address), rows[i].text);
}

static void test_what_is_written_is_read_as_the_same_address(void **state)
{
    uint32_t random = 1;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct address address = {.len = 16};
        uint8_t again[16];
        char text[64] = "";
        for (size_t k = 0; k < 16; k++) {
            random = random * 1103515245u + 12345u;
            address.bytes[k] = random >> 28 & 1 ? 0 : (uint8_t)(random >> 16); /* many zeros */
        }
        slice made = written(&address);
        memcpy(text, made.at, made.len);
        assert_int_equal(inet_pton(AF_INET6, text, again), 1);
        assert_memory_equal(again, address.bytes, 16);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_are_written_as_rfc_5952_has_them),
        cmocka_unit_test(test_what_is_written_is_read_as_the_same_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
