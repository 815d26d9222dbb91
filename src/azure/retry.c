#include "azure/retry.h"

#include "base/num.h"
#include "wire/date.h"

enum { RETRY_AFTER_MAX_MS = 60 * 60 * 1000, DOUBLINGS_MAX = 5 };

static const struct {
    enum retry_service service;
    uint16_t first, last; /* statuses */
    uint16_t floor_ms, base_ms;
} rows[] = {
    {RETRY_IMDS, 404, 404, 400, 800}, /* the identity was just assigned, or the endpoint is being updated */
    {RETRY_IMDS, 408, 408, 400, 800},
    {RETRY_IMDS, 410, 410, 5000, 500}, /* the host is being updated: back within 70 s, so asking often is no use */
    {RETRY_IMDS, 429, 429, 400, 800},
    {RETRY_IMDS, 500, 599, 1000, 800}, /* documented: wait at least 1 s */
    {RETRY_VAULT, 408, 408, 0, 800},
    {RETRY_VAULT, 429, 429, 500, 1000}, /* 429 of the vault carries no Retry-After as a rule */
    {RETRY_VAULT, 500, 599, 0, 800},
};

static uint32_t jitter(uint32_t base_ms, unsigned tries, uint32_t random)
{
    unsigned doublings = tries > DOUBLINGS_MAX ? DOUBLINGS_MAX : tries ? tries - 1 : 0;
    return random % ((base_ms << doublings) + 1);
}

uint32_t retry_after_ms(const struct http_head *head)
{
    static const struct {
        slice name;
        uint32_t unit_ms;
    } fields[] = {{S_INIT("retry-after-ms"), 1}, {S_INIT("x-ms-retry-after-ms"), 1}, {S_INIT("retry-after"), 1000}};
    slice value, date;
    uint64_t n;
    int64_t until, now;
    for (size_t i = 0; i < COUNT(fields); i++)
        if (http_head_field(head, fields[i].name, &value) && num_decimal(value, &n))
            return n > RETRY_AFTER_MAX_MS / fields[i].unit_ms ? RETRY_AFTER_MAX_MS : (uint32_t)n * fields[i].unit_ms;
    if (!http_head_field(head, S("retry-after"), &value) || !http_head_field(head, S("date"), &date))
        return 0;
    if (!date_http(value, &until) || !date_http(date, &now) || until <= now)
        return 0;
    return until - now > RETRY_AFTER_MAX_MS / 1000 ? RETRY_AFTER_MAX_MS : (uint32_t)(until - now) * 1000;
}

bool retry_pause(enum retry_service service, const struct http_head *head, unsigned tries, uint32_t random,
                 uint32_t *pause_ms)
{
    uint32_t asked = retry_after_ms(head);
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i].service != service || head->status < rows[i].first || head->status > rows[i].last)
            continue;
        *pause_ms = (asked > rows[i].floor_ms ? asked : rows[i].floor_ms) + jitter(rows[i].base_ms, tries, random);
        return true;
    }
    return false;
}

uint32_t retry_backoff(unsigned tries, uint32_t random)
{
    return 100 + jitter(400, tries, random);
}
