/* Scanning JSON text for the ends of things. */
#include "codec/json_scan.h"

#include <stdint.h>

static bool special(char c)
{
    return c == '"' || c == '\\' || (unsigned char)c < 0x20;
}

/*
 * Whether one of the eight bytes is special. Subtracting borrows out of a byte below the
 * limit into its top bit; bytes that had that bit themselves are not meant.
 * https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord
 */
static bool special8(const char *at)
{
    const uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
    uint64_t word;
    memcpy(&word, at, sizeof word);
    uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
    return ((word - ones * 0x20) & ~word & tops) || ((quote - ones) & ~quote & tops) ||
           ((backslash - ones) & ~backslash & tops);
}

const char *json_scan_plain(const char *at, const char *end)
{
    while (end - at >= 8 && !special8(at))
        at += 8;
    while (at < end && !special(*at))
        at++;
    return at;
}

static const char *digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

/* Past a part of at least one digit; NULL when there is none, or no number before it. */
static const char *some_digits(const char *at, const char *end)
{
    const char *past = digits(at, end);
    return past == at ? NULL : past;
}

static const char *scan_exponent(const char *at, const char *end)
{
    if (at == end || (*at != 'e' && *at != 'E'))
        return at;
    at++;
    if (at < end && (*at == '+' || *at == '-'))
        at++;
    return some_digits(at, end);
}

const char *json_scan_number(const char *at, const char *end)
{
    if (at < end && *at == '-')
        at++;
    bool zero = at < end && *at == '0';
    at = zero ? at + 1 : some_digits(at, end);
    if (at && at < end && *at == '.')
        at = some_digits(at + 1, end);
    return at ? scan_exponent(at, end) : NULL;
}
