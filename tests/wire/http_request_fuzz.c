/* What is written reads back, by a reader that takes nothing but the form in RFC 9112, as one request with the same parts. */
#include "wire/http_request.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static slice take_line(slice *rest)
{
    size_t n = 0;
    while (n + 1 < rest->len && !(rest->at[n] == '\r' && rest->at[n + 1] == '\n')) {
        assert(rest->at[n] != '\r' && rest->at[n] != '\n' && rest->at[n] < 0x7f);
        n++;
    }
    assert(n + 1 < rest->len);
    slice line = slice_first(*rest, n);
    *rest = slice_after(*rest, n + 2);
    return line;
}

static void expect(slice *rest, slice part)
{
    assert(slice_starts(*rest, part));
    *rest = slice_after(*rest, part.len);
}

static void expect_field(slice *rest, slice name, slice value)
{
    slice line = take_line(rest), have;
    assert(slice_cut(&line, ':', &have) && slice_equal(have, name) && slice_equal(slice_trim(line), value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice rest = {data, size}, part[6];
    for (size_t i = 0; i < COUNT(part); i++)
        slice_cut(&rest, '\n', &part[i]); /* method, target, host, name, value, and one more value */
    size_t cap = size * 2 + 128;
    struct buf to = {malloc(cap), 0, cap, false};
    assert(to.at);
    bool started = http_request_start(&to, part[0], part[1], part[2]);
    assert(started || to.len == 0);
    size_t before = to.len;
    bool one = started && http_request_header(&to, part[3], part[4]);
    assert(one || to.len == before);
    bool two = started && http_request_header(&to, S("x"), part[5]);
    bool body = rest.len > 0;
    if (started && http_request_end(&to, body ? rest : (slice){NULL, 0})) {
        slice text = buf_slice(&to), line = take_line(&text);
        expect(&line, part[0]);
        expect(&line, S(" "));
        expect(&line, part[1]);
        assert(slice_equal(line, S(" HTTP/1.1")) && slice_find(part[1], ' ') == part[1].len);
        expect_field(&text, S("Host"), part[2]);
        if (one)
            expect_field(&text, part[3], part[4]);
        if (two)
            expect_field(&text, S("x"), part[5]);
        if (body) {
            uint8_t room[20];
            struct buf length = BUF(room);
            buf_number(&length, rest.len);
            expect_field(&text, S("Content-Length"), buf_slice(&length));
        }
        assert(take_line(&text).len == 0 && slice_equal(text, rest));
    }
    assert(!to.full);
    free(to.at);
    return 0;
}
