/* Scanning JSON text for the ends of things. */
#include "codec/json_scan.h"

#include <endian.h>
#include <stdint.h>

enum { WORD = 8 };

static const uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;

/* The first of the eight bytes in the lowest place. */
static uint64_t load(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return le64toh(word);
}

/*
 * Bit 7 of each byte that is special, and perhaps of some behind the first such.
 * Subtracting borrows out of a byte below the limit into its top bit; bytes that had that
 * bit themselves are not meant.
 * https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord
 */
static uint64_t special(uint64_t word)
{
    uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
    return (((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) |
            ((backslash - ones) & ~backslash)) &
           tops;
}

static size_t first_of(uint64_t marks)
{
    return (size_t)__builtin_ctzll(marks) / 8;
}

static bool is_special(char c)
{
    return c == '"' || c == '\\' || (unsigned char)c < 0x20;
}

const char *json_scan_plain(const char *at, const char *end)
{
    for (; end - at >= WORD; at += WORD) {
        uint64_t marks = special(load(at));
        if (marks)
            return at + first_of(marks);
    }
    while (at < end && !is_special(*at))
        at++;
    return at;
}

const char *json_scan_ascii(const char *at, const char *end)
{
    for (; end - at >= WORD; at += WORD) {
        uint64_t word = load(at), marks = special(word) | (word & tops);
        if (marks)
            return at + first_of(marks);
    }
    while (at < end && !is_special(*at) && (unsigned char)*at < 0x80)
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
