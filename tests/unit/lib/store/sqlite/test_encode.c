/* The order of encoded keys is the order of keys. */
#include <stdint.h>
#include <stdio.h>

#include "expr/evaluate.h"
#include "store/sqlite/encode.h"
#include "support/test.h"

/* --- a plain reference: every digit at its place --- */

enum { WHOLE = 126, FRACTION = 168, PLACES = WHOLE + FRACTION };
enum { LOWEST = -130, HIGHEST = 125, DIGITS_MAX = 38 };

struct reference {
    int sign;
    char digits[PLACES];
};

static int reference_compare(const struct reference *a, const struct reference *b)
{
    if (a->sign != b->sign)
        return a->sign - b->sign;
    return a->sign * memcmp(a->digits, b->digits, PLACES);
}

/* --- random numbers --- */

struct random {
    uint64_t state;
};

/* xorshift64 */
static unsigned next(struct random *random, unsigned below)
{
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    random->state ^= random->state << 17;
    return (unsigned)(random->state >> 32) % below;
}

struct sample {
    struct reference reference;
    char text[400];
    struct encoded encoded;
};

/* d × 10^exponent, with more zeros and signs than it needs. */
static void spell(struct random *random, bool negative, const char *digits, int exponent,
                  char *text, size_t size)
{
    static const char *const zeros[] = {"", "0", "00", "0000"};
    const char *more = zeros[next(random, 4)], *less = zeros[next(random, 4)];
    snprintf(text, size, "%s%s%s%s%c%s%d",
             negative          ? "-"
             : next(random, 2) ? "+"
                               : "",
             less, digits, more, next(random, 2) ? 'e' : 'E',
             next(random, 2) && exponent >= (int)strlen(more) ? "+" : "",
             exponent - (int)strlen(more));
}

static void make(struct random *random, struct sample *sample)
{
    char digits[DIGITS_MAX + 1];
    unsigned count = 1 + next(random, next(random, 3) ? 4 : DIGITS_MAX);
    int range = next(random, 2) ? HIGHEST - LOWEST + 1 : 4;
    int magnitude = (range == 4 ? -2 : LOWEST) + (int)next(random, (unsigned)range);
    bool negative = next(random, 2);
    memset(sample, 0, sizeof *sample);
    for (unsigned i = 0; i < count; i++)
        digits[i] = (char)('0' + (i ? next(random, 10) : 1 + next(random, 9)));
    digits[count] = '\0';
    sample->reference.sign = negative ? -1 : 1;
    for (unsigned i = 0; i < count; i++)
        sample->reference.digits[WHOLE - 1 - magnitude + (int)i] =
            (char)(digits[i] - '0');
    spell(random, negative, digits, magnitude - (int)count + 1, sample->text,
          sizeof sample->text);
}

static void encode(enum dm_type type, struct dm_str text, struct encoded *out)
{
    struct dm_value value = {.type = type, .as.text = text};
    encode_key(&value, out);
}

static int sign_of(int order)
{
    return (order > 0) - (order < 0);
}

static int order_of(enum dm_type type, struct dm_str a, struct dm_str b)
{
    struct encoded left, right;
    encode(type, a, &left);
    encode(type, b, &right);
    return sign_of(encode_compare(&left, &right));
}

TEST(encode, orders_numbers_as_numbers)
{
    struct random random = {20240601};
    struct sample a, b;
    make(&random, &a);
    encode(DM_N, dm_str(a.text), &a.encoded);
    for (int i = 0; i < 200000; i++) {
        make(&random, &b);
        encode(DM_N, dm_str(b.text), &b.encoded);
        cr_assert_eq(sign_of(encode_compare(&a.encoded, &b.encoded)),
                     sign_of(reference_compare(&a.reference, &b.reference)), "%s, %s",
                     a.text, b.text);
        a = b;
    }
}

static const char *const ascending[] = {
    "-9.9999999999999999999999999999999999999E+125",
    "-1E+125",
    "-100.5",
    "-100.1",
    "-100",
    "-99.99",
    "-12",
    "-11",
    "-1.01",
    "-1.001",
    "-1.0001",
    "-1.00001",
    "-1",
    "-0.11",
    "-0.1",
    "-1.1E-130",
    "-1E-130",
    "0",
    "1E-130",
    "1.1E-130",
    "0.1",
    "0.11",
    "1",
    "1.00001",
    "1.0001",
    "1.001",
    "1.01",
    "1.1",
    "2",
    "9",
    "9.9",
    "9.99",
    "10",
    "99.99",
    "100",
    "1E+125",
    "9.9999999999999999999999999999999999999E+125",
};

TEST(encode, orders_numbers_that_are_close)
{
    for (size_t i = 0; i < DM_COUNT(ascending); i++)
        for (size_t j = 0; j < DM_COUNT(ascending); j++)
            cr_assert_eq(order_of(DM_N, dm_str(ascending[i]), dm_str(ascending[j])),
                         (i > j) - (i < j), "%s, %s", ascending[i], ascending[j]);
}

TEST(encode, is_the_same_for_every_spelling_of_a_number)
{
    static const char *const equal[][2] = {
        {"1", "1.0"},        {"1", "+1"},    {"1", "0001"},
        {"1", "10e-1"},      {"1e2", "100"}, {"1E125", "1000E122"},
        {"-1.50", "-15e-1"}, {"0", "-0"},    {"0", "0e10"},
        {".5", "0.5"},       {"5.", "5"},    {"1E-130", "0.1E-129"},
    };
    for (size_t i = 0; i < DM_COUNT(equal); i++)
        cr_assert_eq(order_of(DM_N, dm_str(equal[i][0]), dm_str(equal[i][1])), 0, "%s",
                     equal[i][0]);
}

TEST(encode, orders_strings_and_binary_as_unsigned_bytes)
{
    struct random random = {42};
    for (int i = 0; i < 50000; i++) {
        char a[6], b[6];
        struct dm_str left = {a, 1 + next(&random, 5)}, right = {b, 1 + next(&random, 5)};
        static const char bytes[] = {0, 1, 'a', 0x7f, (char)0x80, (char)0xff};
        for (size_t k = 0; k < sizeof a; k++) {
            a[k] = bytes[next(&random, sizeof bytes)];
            b[k] = bytes[next(&random, sizeof bytes)];
        }
        struct dm_value x = {.type = DM_B, .as.text = left};
        struct dm_value y = {.type = DM_B, .as.text = right};
        cr_assert_eq(order_of(DM_B, left, right), sign_of(value_compare(&x, &y)));
    }
    cr_assert_lt(order_of(DM_S, STR("Z"), STR("a")), 0);
    cr_assert_lt(order_of(DM_S, STR("z"), STR("é")), 0);
    cr_assert_lt(order_of(DM_S, STR("\xef\xbf\xbd"), STR("\xf0\x9f\x98\x80")), 0);
}

TEST(encode, keeps_types_apart)
{
    struct encoded string, number, binary;
    encode(DM_S, STR("1"), &string);
    encode(DM_N, STR("1"), &number);
    encode(DM_B, STR("1"), &binary);
    cr_assert_neq(encode_compare(&string, &number), 0);
    cr_assert_neq(encode_compare(&string, &binary), 0);
    cr_assert_neq(encode_compare(&number, &binary), 0);
}

TEST(encode, takes_the_longest_key)
{
    char bytes[KEY_HASH_MAX];
    struct encoded longest, next_one;
    memset(bytes, 0xff, sizeof bytes);
    encode(DM_B, (struct dm_str){bytes, sizeof bytes}, &longest);
    next_one = longest;
    encode_next(&next_one);
    cr_assert_eq(longest.len, 1 + KEY_HASH_MAX);
    cr_assert_gt(encode_compare(&next_one, &longest), 0);
}

TEST(encode, has_nothing_between_a_key_and_the_next)
{
    struct encoded at, after, longer;
    encode(DM_S, STR("a"), &at);
    encode(DM_S, STR("a\0\0"), &longer);
    after = at;
    encode_next(&after);
    cr_assert_gt(encode_compare(&after, &at), 0);
    cr_assert_gt(encode_compare(&longer, &after), 0);
}

TEST(encode, ends_a_prefix_where_no_more_begin_with_it)
{
    struct encoded prefix, within, beyond;
    encode(DM_B, STR("a\xff\xff"), &prefix);
    encode(DM_B, STR("a\xff\xff\xff\xff"), &within);
    encode(DM_B, STR("b"), &beyond);
    encode_past_prefix(&prefix);
    cr_assert_lt(encode_compare(&within, &prefix), 0);
    cr_assert_geq(encode_compare(&beyond, &prefix), 0);

    encode(DM_B, STR("\xff"), &prefix);
    encode(DM_B, STR("\xff\xff\xff"), &within);
    encode_past_prefix(&prefix);
    cr_assert_lt(encode_compare(&within, &prefix), 0);
}
