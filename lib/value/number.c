/* Exact decimal numbers: checking, and the canonical text. */
#include "value/number.h"

#include "base/error.h"

/* Powers of ten that the first significant digit may stand at. */
enum { LOWEST_MAGNITUDE = -130, HIGHEST_MAGNITUDE = 125 };

/* DynamoDB refuses exponents that do not fit 32 bits, whatever the digits. */
enum { EXPONENT_MAX = 999999999 };

enum rule { RULE_NONE, RULE_SYNTAX, RULE_DIGITS, RULE_HIGHEST, RULE_LOWEST };

static const char *const rules[] = {
    [RULE_SYNTAX] = "a number is written in decimal digits, like -12.5 or 1e3",
    [RULE_DIGITS] = "a number has at most 38 significant digits",
    [RULE_HIGHEST] =
        "a number is at most 9.9999999999999999999999999999999999999E+125 away from 0",
    [RULE_LOWEST] = "a number other than 0 is at least 1E-130 away from 0",
};

/* (-1)^negative × digits × 10^exponent, neither end of the digits a zero. */
struct decimal {
    bool negative;
    bool too_long; /* significant digits did not fit */
    char digits[NUMBER_MAX_DIGITS];
    size_t count; /* 0: the number is zero */
    long long exponent;
};

struct cursor {
    const char *at, *end;
};

static bool digit_ahead(const struct cursor *cursor)
{
    return cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9';
}

static bool accept(struct cursor *cursor, char c)
{
    if (cursor->at == cursor->end || *cursor->at != c)
        return false;
    cursor->at++;
    return true;
}

/* True when there was a minus. */
static bool read_sign(struct cursor *cursor)
{
    return accept(cursor, '-') || (accept(cursor, '+') && false);
}

/* A run of digits; returns how many. Those that do not fit must be zeros. */
static size_t read_run(struct cursor *cursor, struct decimal *number)
{
    const char *start = cursor->at;
    for (; digit_ahead(cursor); cursor->at++) {
        bool zero = *cursor->at == '0';
        if (number->count == 0 && zero)
            continue;
        if (number->count < NUMBER_MAX_DIGITS) {
            number->digits[number->count++] = *cursor->at;
            continue;
        }
        number->exponent++;
        number->too_long |= !zero;
    }
    return (size_t)(cursor->at - start);
}

static bool read_exponent(struct cursor *cursor, long long *ret_exponent)
{
    long long exponent = 0;
    bool negative = read_sign(cursor);
    if (!digit_ahead(cursor))
        return false;
    for (; digit_ahead(cursor); cursor->at++) {
        exponent = exponent * 10 + (*cursor->at - '0');
        if (exponent > EXPONENT_MAX)
            return false;
    }
    *ret_exponent = negative ? -exponent : exponent;
    return true;
}

static void strip_zeros(struct decimal *number)
{
    while (number->count && number->digits[number->count - 1] == '0') {
        number->count--;
        number->exponent++;
    }
}

/* [+-] digits [. digits] [eE [+-] digits], a digit at least on one side of the point. */
static bool read_decimal(struct dm_str text, struct decimal *number)
{
    struct cursor cursor = {text.ptr, text.ptr + text.len};
    number->negative = read_sign(&cursor);
    size_t whole = read_run(&cursor, number), fraction = 0;
    if (accept(&cursor, '.'))
        fraction = read_run(&cursor, number);
    if (whole + fraction == 0)
        return false;

    long long exponent = 0;
    if ((accept(&cursor, 'e') || accept(&cursor, 'E')) &&
        !read_exponent(&cursor, &exponent))
        return false;
    number->exponent += exponent - (long long)fraction;
    strip_zeros(number);
    return cursor.at == cursor.end;
}

static enum rule broken_rule(struct dm_str text, struct decimal *number)
{
    if (text.len == 0 || !read_decimal(text, number))
        return RULE_SYNTAX;
    if (number->too_long)
        return RULE_DIGITS;
    if (number->count == 0)
        return RULE_NONE;
    long long magnitude = number->exponent + (long long)number->count - 1;
    if (magnitude > HIGHEST_MAGNITUDE)
        return RULE_HIGHEST;
    return magnitude < LOWEST_MAGNITUDE ? RULE_LOWEST : RULE_NONE;
}

static void put(struct number *number, const char *bytes, size_t len)
{
    memcpy(number->text + number->len, bytes, len);
    number->len += len;
}

static void put_zeros(struct number *number, size_t count)
{
    memset(number->text + number->len, '0', count);
    number->len += count;
}

static void render(const struct decimal *decimal, struct number *number)
{
    number->len = 0;
    if (decimal->count == 0) {
        put(number, "0", 1);
        return;
    }
    if (decimal->negative)
        put(number, "-", 1);
    if (decimal->exponent >= 0) {
        put(number, decimal->digits, decimal->count);
        put_zeros(number, (size_t)decimal->exponent);
        return;
    }
    size_t fraction = (size_t)-decimal->exponent;
    size_t whole = decimal->count > fraction ? decimal->count - fraction : 0;
    put(number, whole ? decimal->digits : "0", whole ? whole : 1);
    put(number, ".", 1);
    put_zeros(number, fraction > decimal->count ? fraction - decimal->count : 0);
    put(number, decimal->digits + whole, decimal->count - whole);
}

enum dm_code number_check(struct dm_str text, struct dm_error *err)
{
    struct decimal decimal = {.count = 0};
    enum rule rule = broken_rule(text, &decimal);
    return rule ? error_set(err, DM_E_INVALID, "%s", rules[rule]) : DM_OK;
}

enum dm_code number_parse(struct dm_str text, struct number *ret_number,
                          struct dm_error *err)
{
    struct decimal decimal = {.count = 0};
    enum rule rule = broken_rule(text, &decimal);
    if (rule)
        return error_set(err, DM_E_INVALID, "%s", rules[rule]);
    render(&decimal, ret_number);
    return DM_OK;
}
