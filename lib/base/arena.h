/* Memory that is freed all at once: what lives as long as one exchange or one item. */
#ifndef DYNAMOD_BASE_ARENA_H
#define DYNAMOD_BASE_ARENA_H

#include "base/macros.h"

struct arena_block;
struct arena_hold;

/* Where memory is counted with that of other arenas; all of one thread. */
struct arena_room {
    /* False: there is no room for it, and nothing is taken. */
    bool (*take)(struct arena_room *room, size_t bytes);
    void (*give)(struct arena_room *room, size_t bytes);
};

/* Blocks double in size from 1 KB to 64 KB; all of them together stay under max. */
struct arena {
    struct arena_block *blocks;
    struct arena_hold *holds;
    char *next;
    char *end;
    size_t used; /* bytes taken from the heap */
    size_t max;
    struct arena_room *room; /* NULL: it is counted nowhere */
    bool is_secret;
    bool is_full; /* there was no room below max; until it is emptied */
};

/* Allocates nothing yet. */
void arena_init(struct arena *arena, size_t max);

/* Likewise, of mem_secret's memory: overwritten in the end, and in no core dump. */
void arena_init_secret(struct arena *arena, size_t max);

/* Before it has allocated anything: it is counted there. The room outlives it. */
void arena_count_in(struct arena *arena, struct arena_room *room);

void arena_done(struct arena *arena);
DM_AUTO_DONE_DEFINE(arena, arena_done)

/* Empties it and keeps its first block, for the next use. */
void arena_reset(struct arena *arena);

/* Overwrites what it holds, for secrets: last, before arena_done. */
void arena_wipe(struct arena *arena);

/* What the arena points to beyond itself: release(object) is called by arena_done. False
 * out of memory, and then nothing is held. */
bool arena_hold(struct arena *arena, void (*release)(void *object), void *object);

/* Aligned for any object, not zeroed; NULL past the ceiling, where there is no room, or
 * out of memory. */
void *arena_alloc(struct arena *arena, size_t size);

/* As arena_alloc, zeroed. */
void *arena_new(struct arena *arena, size_t size);

/* A copy, terminated by a NUL that its length does not count; ptr NULL on failure. */
struct dm_str arena_str(struct arena *arena, struct dm_str str);

/* Text of a format; ptr NULL on failure. */
struct dm_str arena_printf(struct arena *arena, const char *format, ...) DM_PRINTF(2, 3);

#endif
