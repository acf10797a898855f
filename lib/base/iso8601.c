/* ISO 8601. */
#include "base/iso8601.h"

#include "base/str.h"

enum { DAY_S = 86400, HOUR_S = 3600, MINUTE_S = 60 };

/* --- days (H. Hinnant, "chrono-compatible low-level date algorithms") --- */

/* Years begin in March here, so that the leap day is the last. */
static int64_t days_from_civil(int year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int era = (year >= 0 ? year : year - 399) / 400;
    unsigned year_of_era = (unsigned)(year - era * 400);
    unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    unsigned day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int64_t)era * 146097 + (int64_t)day_of_era - 719468;
}

struct civil_time instant_civil(const struct instant *instant)
{
    int64_t days = instant->seconds / DAY_S - (instant->seconds % DAY_S < 0);
    unsigned second = (unsigned)(instant->seconds - days * DAY_S);
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    unsigned day_of_era = (unsigned)(days - era * 146097);
    unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned month = (5 * day_of_year + 2) / 153;
    unsigned civil_month = month < 10 ? month + 3 : month - 9;
    return (struct civil_time){
        .year = (int)(year_of_era + era * 400) + (civil_month <= 2),
        .month = civil_month,
        .day = day_of_year - (153 * month + 2) / 5 + 1,
        .hour = second / HOUR_S,
        .minute = second % HOUR_S / MINUTE_S,
        .second = second % MINUTE_S,
    };
}

static unsigned days_in_month(int year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* --- reading --- */

static bool take_char(struct dm_str *rest, const char *any_of)
{
    if (!rest->len || !strchr(any_of, *rest->ptr) || !*rest->ptr)
        return false;
    rest->ptr++;
    rest->len--;
    return true;
}

/* Exactly that many digits, min to max. */
static bool take_number(struct dm_str *rest, size_t digits, size_t min, size_t max,
                        unsigned *ret_number)
{
    size_t number = 0;
    if (rest->len < digits ||
        !str_to_size((struct dm_str){rest->ptr, digits}, max, &number) || number < min)
        return false;
    rest->ptr += digits;
    rest->len -= digits;
    *ret_number = (unsigned)number;
    return true;
}

static bool take_date(struct dm_str *rest, struct civil_time *time)
{
    unsigned year = 0;
    if (!take_number(rest, 4, 1, 9999, &year))
        return false;
    time->year = (int)year;
    time->month = time->day = 1;
    if (!take_char(rest, "-"))
        return true;
    if (!take_number(rest, 2, 1, 12, &time->month))
        return false;
    if (!take_char(rest, "-"))
        return true;
    return take_number(rest, 2, 1, days_in_month(time->year, time->month), &time->day);
}

static bool take_fraction(struct dm_str *rest, unsigned *ret_micros)
{
    unsigned micros = 0, digits = 0, digit = 0;
    for (; take_number(rest, 1, 0, 9, &digit); digits++)
        if (digits < 6)
            micros = micros * 10 + digit;
    for (unsigned i = digits; i < 6; i++)
        micros *= 10;
    *ret_micros = micros;
    return digits >= 1 && digits <= 9;
}

static bool take_time(struct dm_str *rest, struct civil_time *time, unsigned *micros)
{
    if (!take_number(rest, 2, 0, 23, &time->hour) || !take_char(rest, ":") ||
        !take_number(rest, 2, 0, 59, &time->minute))
        return false;
    if (!take_char(rest, ":"))
        return true;
    if (!take_number(rest, 2, 0, 59, &time->second))
        return false;
    return !take_char(rest, ".,") || take_fraction(rest, micros);
}

/* How far ahead of UTC the text is. */
static bool take_zone(struct dm_str *rest, int64_t *ret_ahead_s)
{
    unsigned hours = 0, minutes = 0;
    *ret_ahead_s = 0;
    if (!rest->len || take_char(rest, "Zz"))
        return true;
    int sign = *rest->ptr == '-' ? -1 : 1;
    if (!take_char(rest, "+-") || !take_number(rest, 2, 0, 23, &hours))
        return false;
    if (rest->len) {
        take_char(rest, ":");
        if (!take_number(rest, 2, 0, 59, &minutes))
            return false;
    }
    *ret_ahead_s = sign * ((int64_t)hours * HOUR_S + (int64_t)minutes * MINUTE_S);
    return true;
}

static bool in_range(int64_t seconds)
{
    return seconds >= days_from_civil(1, 1, 1) * DAY_S &&
           seconds < days_from_civil(10000, 1, 1) * DAY_S;
}

bool iso8601_read(struct dm_str text, struct instant *ret_instant)
{
    struct civil_time time = {.year = 0};
    unsigned micros = 0;
    int64_t ahead_s = 0;
    if (!take_date(&text, &time))
        return false;
    if (take_char(&text, "Tt ") &&
        !(take_time(&text, &time, &micros) && take_zone(&text, &ahead_s)))
        return false;

    int64_t seconds = days_from_civil(time.year, time.month, time.day) * DAY_S +
                      time.hour * HOUR_S + time.minute * MINUTE_S + time.second - ahead_s;
    if (text.len || !in_range(seconds))
        return false;
    *ret_instant = (struct instant){seconds, micros};
    return true;
}

/* --- writing --- */

void iso8601_write(const struct instant *instant, struct dm_buf *out)
{
    struct civil_time time = instant_civil(instant);
    buf_printf(out, "%04d-%02u-%02uT%02u:%02u:%02u", time.year, time.month, time.day,
               time.hour, time.minute, time.second);
    if (instant->micros)
        buf_printf(out, ".%06u", instant->micros);
    buf_add_char(out, 'Z');
}
