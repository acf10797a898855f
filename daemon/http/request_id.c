/* Request ids. */
#include "daemon/http/request_id.h"

#include <errno.h>
#include <sys/random.h>

#include "base/error.h"

enum dm_code request_ids_init(struct request_ids *ids, struct dm_error *err)
{
    struct request_ids seeded;
    if (getrandom(&seeded, sizeof seeded, 0) != (ssize_t)sizeof seeded)
        return error_set(err, DM_E_INTERNAL, "no random numbers: %s", strerror(errno));
    *ids = seeded;
    return DM_OK;
}

static uint64_t rotate(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

/* https://prng.di.unimi.it/xoshiro256plusplus.c: ids are to differ, not to be secret. */
static uint64_t next(uint64_t state[4])
{
    uint64_t result = rotate(state[0] + state[3], 23) + state[0];
    uint64_t t = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= t;
    state[3] = rotate(state[3], 45);
    return result;
}

static void put_hex(char text[REQUEST_ID_MADE / 2], uint64_t number)
{
    for (size_t i = REQUEST_ID_MADE / 2; i-- > 0; number >>= 4)
        text[i] = "0123456789abcdef"[number & 15];
}

void request_id_make(struct request_ids *ids, char ret_id[REQUEST_ID_MADE + 1])
{
    put_hex(ret_id, next(ids->state));
    put_hex(ret_id + REQUEST_ID_MADE / 2, next(ids->state));
    ret_id[REQUEST_ID_MADE] = '\0';
}

bool request_id_valid(struct dm_str id)
{
    if (id.len == 0 || id.len > REQUEST_ID_MAX)
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (id.ptr[i] <= ' ' || id.ptr[i] > '~')
            return false;
    return true;
}
