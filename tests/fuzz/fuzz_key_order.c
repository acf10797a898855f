/* The embedded store's keys: two texts, a NUL between, as two keys of one type. Encoded,
 * they are in the order of their values. */
#include "base/str.h"
#include "fuzz.h"
#include "store/sqlite/encode.h"
#include "value/decimal.h"

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

static int compare(enum dm_type type, struct dm_str a, struct dm_str b)
{
    if (type == DM_N)
        return decimal_compare(a, b);
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared ? memcmp(a.ptr, b.ptr, shared) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static void check(enum dm_type type, struct dm_str a, struct dm_str b)
{
    struct encoded low, high, next;
    encode_key(&(struct dm_value){.type = type, .as.text = a}, &low);
    encode_key(&(struct dm_value){.type = type, .as.text = b}, &high);
    int order = sign(encode_compare(&low, &high));
    fuzz_check(order == sign(compare(type, a, b)));
    fuzz_check(order == -sign(encode_compare(&high, &low)));
    next = low;
    encode_next(&next);
    fuzz_check(encode_compare(&low, &next) < 0);
    fuzz_check(order >= 0 || encode_compare(&next, &high) <= 0);
    next = low;
    encode_past_prefix(&next);
    fuzz_check(encode_compare(&low, &next) < 0);
    bool begins = high.len >= low.len && !memcmp(high.bytes, low.bytes, low.len);
    fuzz_check((order <= 0 && encode_compare(&high, &next) < 0) == begins);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct dm_str b = fuzz_text(bytes, len), a = str_split(&b, '\0');
    if (!b.ptr || a.len > KEY_HASH_MAX || b.len > KEY_HASH_MAX)
        return 0;
    check(DM_S, a, b);
    check(DM_B, a, b);
    if (!number_check(a, NULL) && !number_check(b, NULL))
        check(DM_N, a, b);
    return 0;
}
