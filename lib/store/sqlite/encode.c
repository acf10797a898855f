/* The order-preserving encoding of keys. */
#include "store/sqlite/encode.h"

#include <assert.h>

#include "base/str.h"
#include "value/number.h"

enum { SIGN_NEGATIVE, SIGN_ZERO, SIGN_POSITIVE };

/* The lowest magnitude of a DynamoDB number, 1E-130, becomes 0; the highest 255. */
enum { LOWEST_MAGNITUDE = -130 };

/* d₁.d₂d₃… × 10^magnitude, neither end of the digits a zero. */
struct digits {
    int magnitude;
    size_t count; /* 0: zero */
    unsigned char at[NUMBER_MAX_DIGITS];
};

static void add(struct encoded *out, unsigned char byte)
{
    out->bytes[out->len++] = (char)byte;
}

/* Canonical text without its sign. */
static void read_digits(struct dm_str text, struct digits *digits)
{
    const char *point = memchr(text.ptr, '.', text.len);
    size_t whole = point ? (size_t)(point - text.ptr) : text.len;
    digits->count = 0;
    digits->magnitude = (int)whole - 1;
    for (size_t i = 0; i < text.len; i++) {
        if (i == whole)
            continue;
        if (text.ptr[i] == '0' && !digits->count)
            digits->magnitude--;
        else if (digits->count < NUMBER_MAX_DIGITS)
            digits->at[digits->count++] = (unsigned char)(text.ptr[i] - '0');
    }
    while (digits->count && !digits->at[digits->count - 1])
        digits->count--;
}

/* Pairs are 1 to 100, so that the end of the digits, 0, orders before any more of them.
 * Negative numbers have every byte complemented. */
static void encode_digits(struct dm_str text, struct encoded *out)
{
    struct digits digits;
    bool negative = text.ptr[0] == '-';
    unsigned char flip = negative ? 0xff : 0;
    read_digits((struct dm_str){text.ptr + negative, text.len - negative}, &digits);
    if (!digits.count) {
        add(out, SIGN_ZERO);
        return;
    }
    add(out, negative ? SIGN_NEGATIVE : SIGN_POSITIVE);
    add(out, flip ^ (unsigned char)(digits.magnitude - LOWEST_MAGNITUDE));
    for (size_t i = 0; i < digits.count; i += 2) {
        int second = i + 1 < digits.count ? digits.at[i + 1] : 0;
        add(out, flip ^ (unsigned char)(digits.at[i] * 10 + second + 1));
    }
    add(out, flip);
}

static void encode_number(struct dm_str text, struct encoded *out)
{
    struct number number;
    enum dm_code code = number_parse(text, &number, NULL);
    assert(code == DM_OK);
    (void)code;
    encode_digits((struct dm_str){number.text, number.len}, out);
}

void encode_key(const struct dm_value *value, struct encoded *out)
{
    out->len = 0;
    add(out, (unsigned char)type_name(value->type)[0]);
    if (value->type == DM_N) {
        encode_number(value->as.text, out);
        return;
    }
    assert(value->as.text.len <= KEY_HASH_MAX);
    if (value->as.text.len)
        memcpy(out->bytes + 1, value->as.text.ptr, value->as.text.len);
    out->len += value->as.text.len;
}

void encode_next(struct encoded *encoded)
{
    assert(encoded->len < sizeof encoded->bytes);
    add(encoded, 0);
}

/* The type's letter is no 0xff. */
void encode_past_prefix(struct encoded *encoded)
{
    while (encoded->len && (unsigned char)encoded->bytes[encoded->len - 1] == 0xff)
        encoded->len--;
    assert(encoded->len);
    encoded->bytes[encoded->len - 1]++;
}

int encode_compare(const struct encoded *a, const struct encoded *b)
{
    size_t shared = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->bytes, b->bytes, shared);
    return order ? order : (a->len > b->len) - (a->len < b->len);
}
