/* The ghost queue. */
#include "store/cache/ghost.h"

#include "base/error.h"
#include "base/mem.h"

enum dm_code ghost_init(struct ghost *ghost, size_t keys, struct dm_error *err)
{
    size_t count = 16;
    while (count < keys)
        count *= 2;
    uint32_t *prints = mem_new(count * sizeof *prints);
    if (!prints)
        return error_nomem(err);
    *ghost = (struct ghost){prints, count};
    return DM_OK;
}

void ghost_done(struct ghost *ghost)
{
    mem_free(ghost->prints);
    *ghost = (struct ghost){.prints = NULL};
}

static uint32_t *place(struct ghost *ghost, uint64_t hash)
{
    return &ghost->prints[hash & (ghost->count - 1)];
}

static uint32_t print_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32) | 1;
}

void ghost_add(struct ghost *ghost, uint64_t hash)
{
    *place(ghost, hash) = print_of(hash);
}

bool ghost_take(struct ghost *ghost, uint64_t hash)
{
    uint32_t *at = place(ghost, hash);
    if (*at != print_of(hash))
        return false;
    *at = 0;
    return true;
}
