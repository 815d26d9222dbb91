/* A date that is read, written in our own form, is the same second again. */
#include "wire/date.h"

#include "base/utc.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_seconds(int64_t seconds)
{
    uint8_t room[UTC_TEXT_BYTES];
    struct buf text = BUF(room);
    int64_t again;
    utc_write(&text, seconds);
    assert(!text.full && date_any(buf_slice(&text), &again));
    if (seconds >= 0 && seconds <= 253402300799)
        assert(again == seconds);
    else
        assert(again == (seconds < 0 ? 0 : 253402300799));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    slice text = {data, size};
    int64_t http = 77, any = 77;
    bool is_http = date_http(text, &http), is_any = date_any(text, &any);
    assert(!is_http || !is_any);
    assert(is_http || http == 77);
    assert(is_any || any == 77);
    if (is_http || is_any) {
        int64_t seconds = is_http ? http : any;
        assert(seconds >= -62135683200 && seconds <= 253402387200);
        check_seconds(seconds);
    }
    if (size >= sizeof http) {
        memcpy(&http, data, sizeof http);
        check_seconds(http);
        check_seconds(http >> 25);
    }
    return 0;
}
