/* SipHash. */
#include "base/siphash.h"

#include <sys/random.h>

#include "base/error.h"

struct state {
    uint64_t v0, v1, v2, v3;
};

enum dm_code siphash_key_new(struct siphash_key *ret_key, struct dm_error *err)
{
    struct siphash_key key;
    if (getrandom(&key, sizeof key, 0) != sizeof key)
        return error_set(err, DM_E_INTERNAL, "random bytes: %m");
    *ret_key = key;
    return DM_OK;
}

static uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static void mix_once(struct state *s)
{
    s->v0 += s->v1;
    s->v1 = rotate(s->v1, 13) ^ s->v0;
    s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotate(s->v1, 17) ^ s->v2;
    s->v2 = rotate(s->v2, 32);
}

static void take(struct state *s, uint64_t word)
{
    s->v3 ^= word;
    mix_once(s);
    mix_once(s);
    s->v0 ^= word;
}

/* Little endian, as many as there are. */
static uint64_t read_word(const char *bytes, size_t len)
{
    uint64_t word = 0;
    for (size_t i = 0; i < len; i++)
        word |= (uint64_t)(unsigned char)bytes[i] << (8 * i);
    return word;
}

uint64_t siphash(const struct siphash_key *key, struct dm_str bytes)
{
    struct state s = {key->k0 ^ 0x736f6d6570736575U, key->k1 ^ 0x646f72616e646f6dU,
                      key->k0 ^ 0x6c7967656e657261U, key->k1 ^ 0x7465646279746573U};
    size_t whole = bytes.len / 8 * 8;
    for (size_t at = 0; at < whole; at += 8)
        take(&s, read_word(bytes.ptr + at, 8));
    uint64_t rest = whole < bytes.len ? read_word(bytes.ptr + whole, bytes.len % 8) : 0;
    take(&s, rest | (uint64_t)bytes.len << 56);
    s.v2 ^= 0xff;
    for (int i = 0; i < 4; i++)
        mix_once(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
