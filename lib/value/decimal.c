/* Decimal arithmetic. */
#include "value/decimal.h"

#include <assert.h>

#include "base/str.h"

/* The powers of ten that a digit of a DynamoDB number may stand at, and one for the
 * carry. */
enum { LOWEST = -130 - (NUMBER_MAX_DIGITS - 1), HIGHEST = 126 };
enum { PLACES = HIGHEST - LOWEST + 1 };

/* A number's canonical text, taken apart. */
struct parts {
    struct number number;
    bool negative;
    struct dm_str whole;    /* empty below 1 */
    struct dm_str fraction; /* does not end with 0 */
};

static void take_apart(struct dm_str text, struct parts *parts)
{
    parts->number.len = 0;
    enum dm_code code = number_parse(text, &parts->number, NULL);
    assert(code == DM_OK);
    (void)code;

    struct dm_str rest = {parts->number.text, parts->number.len};
    parts->negative = rest.len && rest.ptr[0] == '-';
    rest.ptr += parts->negative;
    rest.len -= parts->negative;
    parts->whole = str_split(&rest, '.');
    parts->fraction = rest;
    if (str_equal(parts->whole, STR("0")))
        parts->whole.len = 0;
}

/* Digits behind the point. */
static int compare_fractions(struct dm_str a, struct dm_str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter ? memcmp(a.ptr, b.ptr, shorter) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Without the signs. */
static int compare_magnitudes(const struct parts *a, const struct parts *b)
{
    if (a->whole.len != b->whole.len)
        return a->whole.len < b->whole.len ? -1 : 1;
    int order = a->whole.len ? memcmp(a->whole.ptr, b->whole.ptr, a->whole.len) : 0;
    return order ? order : compare_fractions(a->fraction, b->fraction);
}

int decimal_compare(struct dm_str a, struct dm_str b)
{
    struct parts left, right;
    take_apart(a, &left);
    take_apart(b, &right);
    if (left.negative != right.negative)
        return left.negative ? -1 : 1;
    int order = compare_magnitudes(&left, &right);
    return left.negative ? -order : order;
}

static size_t count_zeros_before(struct dm_str digits)
{
    size_t zeros = 0;
    while (zeros < digits.len && digits.ptr[zeros] == '0')
        zeros++;
    return zeros;
}

static size_t count_zeros_behind(struct dm_str digits)
{
    size_t zeros = 0;
    while (zeros < digits.len && digits.ptr[digits.len - 1 - zeros] == '0')
        zeros++;
    return zeros;
}

struct decimal_shape decimal_shape(struct dm_str number)
{
    struct parts parts;
    take_apart(number, &parts);
    size_t whole = parts.whole.len, fraction = parts.fraction.len;
    struct decimal_shape shape = {.negative = parts.negative};
    if (whole) {
        size_t idle = fraction ? 0 : count_zeros_behind(parts.whole);
        shape.digits = whole + fraction - idle;
        shape.magnitude = (int)whole - 1;
    } else if (fraction) {
        size_t idle = count_zeros_before(parts.fraction);
        shape.digits = fraction - idle;
        shape.magnitude = -(int)idle - 1;
    }
    return shape;
}

/* Digit under digit: places[0] is the digit of 10^LOWEST. */
struct layout {
    bool negative;
    signed char places[PLACES];
};

static void lay_out(struct dm_str text, struct layout *layout)
{
    struct parts parts;
    take_apart(text, &parts);
    *layout = (struct layout){.negative = parts.negative};
    for (size_t i = 0; i < parts.whole.len; i++)
        layout->places[parts.whole.len - 1 - i - LOWEST] =
            (signed char)(parts.whole.ptr[i] - '0');
    for (size_t i = 0; i < parts.fraction.len; i++)
        layout->places[-1 - LOWEST - i] = (signed char)(parts.fraction.ptr[i] - '0');
}

/* Without the signs. */
static bool is_smaller(const struct layout *a, const struct layout *b)
{
    for (size_t i = PLACES; i-- > 0;)
        if (a->places[i] != b->places[i])
            return a->places[i] < b->places[i];
    return false;
}

/* a += b, digit by digit. */
static void add(struct layout *a, const struct layout *b)
{
    int carry = 0;
    for (size_t i = 0; i < PLACES; i++) {
        int digit = a->places[i] + b->places[i] + carry;
        carry = digit >= 10;
        a->places[i] = (signed char)(digit - 10 * carry);
    }
}

/* a -= b, digit by digit; b is not the larger. */
static void subtract(struct layout *a, const struct layout *b)
{
    int borrow = 0;
    for (size_t i = 0; i < PLACES; i++) {
        int digit = a->places[i] - b->places[i] - borrow;
        borrow = digit < 0;
        a->places[i] = (signed char)(digit + 10 * borrow);
    }
}

static enum decimal_fault check(const struct layout *layout)
{
    int low = LOWEST, high = HIGHEST;
    while (high >= LOWEST && layout->places[high - LOWEST] == 0)
        high--;
    while (low < high && layout->places[low - LOWEST] == 0)
        low++;
    if (high < LOWEST)
        return DECIMAL_OK; /* zero */
    if (high - low + 1 > NUMBER_MAX_DIGITS)
        return DECIMAL_PRECISION;
    if (high == HIGHEST)
        return DECIMAL_OVERFLOW;
    return high < LOWEST + NUMBER_MAX_DIGITS - 1 ? DECIMAL_UNDERFLOW : DECIMAL_OK;
}

/* Canonical, because number_parse makes it so. */
static void write(const struct layout *layout, struct number *ret_number)
{
    char text[PLACES + 2];
    size_t len = 0;
    text[len++] = layout->negative ? '-' : '+';
    for (int place = HIGHEST; place >= LOWEST; place--) {
        text[len++] = (char)('0' + layout->places[place - LOWEST]);
        if (place == 0)
            text[len++] = '.';
    }
    enum dm_code code = number_parse((struct dm_str){text, len}, ret_number, NULL);
    assert(code == DM_OK);
    (void)code;
}

static enum decimal_fault combine(struct layout *a, struct layout *b,
                                  struct number *ret_number)
{
    struct layout *result = a;
    if (a->negative == b->negative) {
        add(a, b);
    } else {
        result = is_smaller(a, b) ? b : a;
        subtract(result, result == a ? b : a);
    }
    enum decimal_fault fault = check(result);
    if (!fault)
        write(result, ret_number);
    return fault;
}

enum decimal_fault decimal_add(struct dm_str a, struct dm_str b, struct number *ret_sum)
{
    struct layout left, right;
    lay_out(a, &left);
    lay_out(b, &right);
    return combine(&left, &right, ret_sum);
}

enum decimal_fault decimal_subtract(struct dm_str a, struct dm_str b,
                                    struct number *ret_difference)
{
    struct layout left, right;
    lay_out(a, &left);
    lay_out(b, &right);
    right.negative = !right.negative;
    return combine(&left, &right, ret_difference);
}
