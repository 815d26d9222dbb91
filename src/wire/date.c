#include "wire/date.h"

#include "base/num.h"
#include "base/utc.h"

/* What has been read of one date. */
struct parts {
    slice rest;
    int64_t year, month, day, hour, minute, second;
    int64_t offset; /* of the local clock from UTC, in seconds */
};

static bool take_digits(slice *rest, size_t least, size_t most, int64_t *out)
{
    size_t n = 0;
    uint64_t number;
    while (n < most && n < rest->len && byte_is_digit(rest->at[n]))
        n++;
    if (n < least || !num_decimal(slice_first(*rest, n), &number))
        return false;
    *out = (int64_t)number;
    *rest = slice_after(*rest, n);
    return true;
}

static bool take_byte(slice *rest, char byte)
{
    bool there = rest->len && rest->at[0] == (uint8_t)byte;
    *rest = slice_after(*rest, there);
    return there;
}

static bool take_text(slice *rest, slice text)
{
    bool there = slice_equal_nocase(slice_first(*rest, text.len), text);
    *rest = slice_after(*rest, there ? text.len : 0);
    return there;
}

static bool take_month_name(struct parts *p)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (p->month = 1; p->month <= 12; p->month++)
        if (take_text(&p->rest, (slice){(const uint8_t *)names + (p->month - 1) * 3, 3}))
            return true;
    return false;
}

static bool take_letters(slice *rest)
{
    size_t start = rest->len;
    while (rest->len && byte_is_alpha(rest->at[0]))
        *rest = slice_after(*rest, 1);
    return rest->len < start;
}

/* RFC 9110 says which century of two digits, by a clock; here it is by POSIX's rule, because answers are from now. */
static bool take_short_year(struct parts *p)
{
    if (!take_digits(&p->rest, 2, 2, &p->year))
        return false;
    p->year += p->year < 70 ? 2000 : 1900;
    return true;
}

static bool take_clock(struct parts *p, size_t least)
{
    return take_digits(&p->rest, least, 2, &p->hour) && take_byte(&p->rest, ':') &&
           take_digits(&p->rest, 2, 2, &p->minute) && take_byte(&p->rest, ':') &&
           take_digits(&p->rest, 2, 2, &p->second);
}

static bool take_fraction(slice *rest)
{
    int64_t digit;
    if (!take_byte(rest, '.'))
        return true;
    if (!take_digits(rest, 1, 1, &digit))
        return false;
    while (take_digits(rest, 1, 1, &digit))
        ;
    return true;
}

/* A clock of 24 hours with "PM" behind it has been seen: the hour counts then. */
static bool take_half(struct parts *p)
{
    if (take_text(&p->rest, S(" AM")))
        p->hour = p->hour == 12 ? 0 : p->hour;
    else if (take_text(&p->rest, S(" PM")))
        p->hour += p->hour > 0 && p->hour < 12 ? 12 : 0;
    return true;
}

static bool take_offset(struct parts *p)
{
    int64_t hours, minutes;
    if (p->rest.len == 0 || take_text(&p->rest, S("Z")))
        return true;
    take_byte(&p->rest, ' ');
    bool west = take_byte(&p->rest, '-');
    if (!west && !take_byte(&p->rest, '+'))
        return false;
    if (!take_digits(&p->rest, 2, 2, &hours) || !take_byte(&p->rest, ':') || !take_digits(&p->rest, 2, 2, &minutes) ||
        hours > 23 || minutes > 59)
        return false;
    p->offset = (west ? -60 : 60) * (hours * 60 + minutes);
    return true;
}

static bool take_one(struct parts *p, char directive)
{
    size_t width;
    switch (directive) {
    case 'w':
        return take_letters(&p->rest);
    case 'D':
        return take_digits(&p->rest, 2, 2, &p->day);
    case 'd':
        return take_digits(&p->rest, 1, 2, &p->day);
    case '_':
        width = take_byte(&p->rest, ' ') ? 1 : 2;
        return take_digits(&p->rest, width, width, &p->day);
    case 'b':
        return take_month_name(p);
    case 'M':
        return take_digits(&p->rest, 2, 2, &p->month);
    case 'm':
        return take_digits(&p->rest, 1, 2, &p->month);
    case 'Y':
        return take_digits(&p->rest, 4, 4, &p->year);
    case 'y':
        return take_short_year(p);
    case 'H':
        return take_clock(p, 2);
    case 'h':
        return take_clock(p, 1);
    case 'f':
        return take_fraction(&p->rest);
    case 'p':
        return take_half(p);
    case 'z':
        return take_offset(p);
    case 'G':
        return take_text(&p->rest, S("GMT"));
    case 'T':
        return take_text(&p->rest, S("T")) || take_byte(&p->rest, ' ');
    default:
        return take_byte(&p->rest, directive);
    }
}

static bool read_form(slice text, const char *form, int64_t *seconds)
{
    struct parts p = {.rest = text};
    int64_t days;
    for (; *form; form++)
        if (!take_one(&p, *form))
            return false;
    /* Second 60 is a leap second, and means the next one here. */
    if (p.rest.len || p.hour > 23 || p.minute > 59 || p.second > 60 || !utc_days(p.year, p.month, p.day, &days))
        return false;
    *seconds = ((days * 24 + p.hour) * 60 + p.minute) * 60 + p.second - p.offset;
    return true;
}

static bool read_forms(slice text, const char *const *forms, size_t count, int64_t *seconds)
{
    for (size_t i = 0; i < count; i++)
        if (read_form(text, forms[i], seconds))
            return true;
    return false;
}

/* Day name, Day, month (b by name), Year, Hour:minute:second, fraction, AM or PM, zone. Upper case wants all digits,
 * lower case one less, "_" a blank in the place of the first; fpz may be missing. Other characters are themselves. */

bool date_http(slice text, int64_t *seconds)
{
    static const char *const forms[] = {"w, D b Y H G", "w, D-b-y H G", "w b _ H Y"};
    return read_forms(text, forms, COUNT(forms), seconds);
}

bool date_any(slice text, int64_t *seconds)
{
    static const char *const forms[] = {"m/d/Y hpz", "Y-M-DTHfz"};
    return read_forms(text, forms, COUNT(forms), seconds);
}
