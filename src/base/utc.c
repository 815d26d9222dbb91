#include "base/utc.h"

enum { DAY_SECONDS = 86400 };
static const int64_t last_second = 253402300799; /* 9999-12-31T23:59:59Z */

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t month_days(int64_t year, int64_t month)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

static int64_t days_before_year(int64_t year)
{
    int64_t y = year - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 - 719162;
}

bool utc_days(int64_t year, int64_t month, int64_t day, int64_t *days)
{
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
        return false;
    int64_t n = days_before_year(year);
    for (int64_t m = 1; m < month; m++)
        n += month_days(year, m);
    *days = n + day - 1;
    return true;
}

void utc_write(struct buf *to, int64_t seconds)
{
    if (seconds < 0)
        seconds = 0;
    if (seconds > last_second)
        seconds = last_second;
    int64_t days = seconds / DAY_SECONDS, left = seconds % DAY_SECONDS;
    int64_t year = 1970 + days / 366, month = 1;
    while (days_before_year(year + 1) <= days)
        year++;
    days -= days_before_year(year);
    while (days >= month_days(year, month))
        days -= month_days(year, month++);
    buf_padded(to, (uint64_t)year, 4);
    buf_byte(to, '-');
    buf_padded(to, (uint64_t)month, 2);
    buf_byte(to, '-');
    buf_padded(to, (uint64_t)days + 1, 2);
    buf_byte(to, 'T');
    buf_padded(to, (uint64_t)left / 3600, 2);
    buf_byte(to, ':');
    buf_padded(to, (uint64_t)left / 60 % 60, 2);
    buf_byte(to, ':');
    buf_padded(to, (uint64_t)left % 60, 2);
    buf_byte(to, 'Z');
}
