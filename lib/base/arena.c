/* The arena. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "base/mem.h"

enum { FIRST_BLOCK = 1024, LARGEST_STEP = 64 * 1024 };

struct arena_block {
    struct arena_block *previous;
    size_t size; /* with this head */
    alignas(max_align_t) char bytes[];
};

struct arena_hold {
    struct arena_hold *next;
    void (*release)(void *object);
    void *object;
};

void arena_init(struct arena *arena, size_t max)
{
    *arena = (struct arena){.max = max};
}

void arena_init_secret(struct arena *arena, size_t max)
{
    *arena = (struct arena){.max = max, .is_secret = true};
}

void arena_count_in(struct arena *arena, struct arena_room *room)
{
    arena->room = room;
}

/* Frees what is above that block, which may be NULL for all. */
static void drop_blocks(struct arena *arena, const struct arena_block *kept)
{
    for (const struct arena_hold *hold = arena->holds; hold; hold = hold->next)
        hold->release(hold->object);
    struct arena_block *block = arena->blocks;
    while (block != kept) {
        struct arena_block *previous = block->previous;
        if (arena->room)
            arena->room->give(arena->room, block->size);
        if (arena->is_secret)
            mem_secret_free(block);
        else
            mem_free(block);
        block = previous;
    }
    *arena = (struct arena){
        .max = arena->max, .room = arena->room, .is_secret = arena->is_secret};
}

/* Makes a block of that size the one that is filled. */
static void use_block(struct arena *arena, struct arena_block *block, size_t size)
{
    *block = (struct arena_block){.previous = arena->blocks, .size = size};
    arena->blocks = block;
    arena->next = block->bytes;
    arena->end = (char *)block + size;
    arena->used += size;
}

void arena_done(struct arena *arena)
{
    drop_blocks(arena, NULL);
}

void arena_reset(struct arena *arena)
{
    struct arena_block *first = arena->blocks;
    while (first && first->previous)
        first = first->previous;
    drop_blocks(arena, first);
    if (first)
        use_block(arena, first, first->size);
}

void arena_wipe(struct arena *arena)
{
    for (struct arena_block *block = arena->blocks; block; block = block->previous)
        mem_wipe(block->bytes, block->size - sizeof *block);
}

static struct arena_block *allocate(const struct arena *arena, size_t size)
{
    struct arena_room *room = arena->room;
    if (room && !room->take(room, size))
        return NULL;
    struct arena_block *block =
        arena->is_secret ? mem_secret(size) : mem_resize(NULL, size);
    if (!block && room)
        room->give(room, size);
    return block;
}

static bool add_block(struct arena *arena, size_t least)
{
    size_t size = arena->used < FIRST_BLOCK ? FIRST_BLOCK : arena->used;
    if (size > LARGEST_STEP)
        size = LARGEST_STEP;
    if (size < least + sizeof(struct arena_block))
        size = least + sizeof(struct arena_block);
    if (size > arena->max - arena->used) {
        arena->is_full = true;
        return false;
    }
    struct arena_block *block = allocate(arena, size);
    if (!block)
        return false;
    use_block(arena, block, size);
    return true;
}

bool arena_hold(struct arena *arena, void (*release)(void *object), void *object)
{
    struct arena_hold *hold = arena_alloc(arena, sizeof *hold);
    if (!hold)
        return false;
    *hold = (struct arena_hold){arena->holds, release, object};
    arena->holds = hold;
    return true;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t align = alignof(max_align_t);
    if (size > arena->max) {
        arena->is_full = true;
        return NULL;
    }
    size = (size + align - 1) / align * align;
    if (size > (size_t)(arena->end - arena->next) && !add_block(arena, size))
        return NULL;
    void *memory = arena->next;
    arena->next += size;
    return memory;
}

void *arena_new(struct arena *arena, size_t size)
{
    void *memory = arena_alloc(arena, size);
    if (memory)
        memset(memory, 0, size);
    return memory;
}

struct dm_str arena_str(struct arena *arena, struct dm_str str)
{
    char *copy = arena_alloc(arena, str.len + 1);
    if (!copy)
        return (struct dm_str){NULL, 0};
    if (str.len)
        memcpy(copy, str.ptr, str.len);
    copy[str.len] = '\0';
    return (struct dm_str){copy, str.len};
}

struct dm_str arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = len < 0 ? NULL : arena_alloc(arena, (size_t)len + 1);
    if (!text)
        return (struct dm_str){NULL, 0};
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return (struct dm_str){text, (size_t)len};
}
