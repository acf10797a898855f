/* Which keys were lately thrown out: the ghost queue of S3-FIFO, as fingerprints in a
 * table that remembers the last one of each place. */
#ifndef DYNAMOD_STORE_CACHE_GHOST_H
#define DYNAMOD_STORE_CACHE_GHOST_H

#include <stdint.h>

#include "base/macros.h"

/* Embedded. */
struct ghost {
    uint32_t *prints; /* 0: none */
    size_t count;     /* a power of two */
};

/* For about so many keys. DM_E_NOMEM. */
DM_MUST_USE enum dm_code ghost_init(struct ghost *ghost, size_t keys,
                                    struct dm_error *err);
void ghost_done(struct ghost *ghost);

void ghost_add(struct ghost *ghost, uint64_t hash);

/* Whether it is there; it is not afterwards. */
bool ghost_take(struct ghost *ghost, uint64_t hash);

#endif
