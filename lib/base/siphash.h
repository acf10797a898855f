/* SipHash-2-4: a hash that whoever chooses the bytes cannot make collide without the key
 * (https://cr.yp.to/siphash/siphash-20120918.pdf). */
#ifndef DYNAMOD_BASE_SIPHASH_H
#define DYNAMOD_BASE_SIPHASH_H

#include <stdint.h>

#include "base/macros.h"

struct siphash_key {
    uint64_t k0, k1;
};

/* A random one. DM_E_INTERNAL: the kernel has none to give. */
DM_MUST_USE enum dm_code siphash_key_new(struct siphash_key *ret_key,
                                         struct dm_error *err);

uint64_t siphash(const struct siphash_key *key, struct dm_str bytes);

#endif
