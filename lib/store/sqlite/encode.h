/* Keys as bytes whose order (memcmp, the shorter first) is DynamoDB's order of keys. */
#ifndef DYNAMOD_STORE_SQLITE_ENCODE_H
#define DYNAMOD_STORE_SQLITE_ENCODE_H

#include "value/key.h"

/*
 * The type's letter, then S and B as they are; N as two bytes, sign and exponent, and a
 * byte for every two digits. No encoding of one type orders among those of another.
 * len 0: there is none, and it orders before all.
 */
struct encoded {
    size_t len;
    char bytes[1 + KEY_HASH_MAX + 1]; /* the longest key, and a bound just past it */
};

/* S and B of up to KEY_HASH_MAX bytes, N that is a number. */
void encode_key(const struct dm_value *value, struct encoded *out);

/* Makes it the next that there could be. */
void encode_next(struct encoded *encoded);

/* Makes it the first past all that begin with it. */
void encode_past_prefix(struct encoded *encoded);

int encode_compare(const struct encoded *a, const struct encoded *b);

static inline struct dm_str encoded_str(const struct encoded *encoded)
{
    return (struct dm_str){encoded->bytes, encoded->len};
}

#endif
