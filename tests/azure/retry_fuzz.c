/* Status, tries and a random number (2, 1 and 4 bytes), then the fields of an answer: pauses stay within their bounds. */
#include "azure/retry.h"

#include "base/buf.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HOUR_MS = 60 * 60 * 1000, FLOOR_MS_MAX = 5000, JITTER_MS_MAX = 32000 };

static bool may_pass(enum retry_service service, unsigned status)
{
    return status == 408 || status == 429 || status >= 500 ||
           (service == RETRY_IMDS && (status == 404 || status == 410));
}

static void check(enum retry_service service, const struct http_head *head, unsigned tries, uint32_t random)
{
    uint32_t asked = retry_after_ms(head), pause = 0, least = 0, first = 0;
    bool again = retry_pause(service, head, tries, random, &pause);
    assert(asked <= HOUR_MS && again == may_pass(service, head->status));
    assert(retry_pause(service, head, tries, 0, &least) == again);
    assert(retry_pause(service, head, 1, random, &first) == again);
    if (!again)
        return;
    assert(least >= asked && least <= (asked > FLOOR_MS_MAX ? asked : FLOOR_MS_MAX));
    assert(pause >= least && pause <= least + JITTER_MS_MAX && first >= least && first <= least + 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { NUMBERS = 7 };
    struct http_head head;
    if (size < NUMBERS)
        return 0;
    unsigned status = 100 + ((unsigned)data[0] << 8 | data[1]) % 500;
    uint32_t random = (uint32_t)data[3] << 24 | (uint32_t)data[4] << 16 | (uint32_t)data[5] << 8 | data[6];
    size_t cap = size + 64;
    struct buf text = {malloc(cap), 0, cap, false};
    assert(text.at);
    buf_text(&text, "HTTP/1.1 ");
    buf_number(&text, status);
    buf_text(&text, " X\r\n");
    buf_put(&text, (slice){data + NUMBERS, size - NUMBERS});
    buf_text(&text, "\r\n\r\n");
    http_head_start(&head);
    if (http_head_feed(&head, text.at, text.len) == HTTP_DONE) {
        check(RETRY_IMDS, &head, data[2], random);
        check(RETRY_VAULT, &head, data[2], random);
    }
    uint32_t backoff = retry_backoff(data[2], random);
    assert(backoff >= 100 && backoff <= 100 + JITTER_MS_MAX);
    free(text.at);
    return 0;
}
