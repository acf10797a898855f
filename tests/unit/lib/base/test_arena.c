/* The arena. */
#include <stdalign.h>
#include <stdint.h>

#include "base/arena.h"
#include "support/test.h"

TEST(arena, gives_aligned_memory_that_does_not_overlap)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 1 << 20);
    char *last_end = NULL;
    for (size_t size = 1; size < 500; size += 7) {
        char *memory = arena_alloc(&arena, size);
        cr_assert(memory);
        cr_assert_eq((uintptr_t)memory % alignof(max_align_t), 0);
        memset(memory, (int)size, size);
        cr_assert(!last_end || memory >= last_end || memory + size <= last_end);
        last_end = memory + size;
    }
}

TEST(arena, zeroes_what_is_asked_for_as_new)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 1 << 16);
    char *memory = arena_new(&arena, 3000);
    for (int i = 0; i < 3000; i++)
        cr_assert_eq(memory[i], 0);
}

TEST(arena, stays_under_its_ceiling)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 10000);
    cr_assert_null(arena_alloc(&arena, 10001));
    cr_assert_null(arena_alloc(&arena, SIZE_MAX));
    arena_done(&arena);
    while (arena_alloc(&arena, 100))
        cr_assert_leq(arena.used, 10000);
    cr_assert_geq(arena.used, 5000);
    cr_assert(arena.is_full);
    arena_done(&arena);
    cr_assert_not(arena.is_full);
    cr_assert_null(arena_alloc(&arena, 10001));
    cr_assert(arena.is_full);
}

/* Room for so many bytes more. */
struct room {
    struct arena_room room;
    size_t left;
};

static bool take(struct arena_room *of, size_t bytes)
{
    struct room *room = (struct room *)of;
    if (bytes > room->left)
        return false;
    room->left -= bytes;
    return true;
}

static void give(struct arena_room *of, size_t bytes)
{
    ((struct room *)of)->left += bytes;
}

TEST(arena, is_counted_in_a_room)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct room room = {{take, give}, 3000};
        struct arena arena;
        arena_init(&arena, 10000);
        arena_count_in(&arena, &room.room);
        for (int i = 0; i < 30; i++) {
            cr_assert(arena_alloc(&arena, 100) || mem_failed() || room.left < 1500);
            cr_assert_eq(arena.used + room.left, 3000);
            cr_assert_not(arena.is_full);
        }
        arena_reset(&arena);
        cr_assert_eq(arena.used + room.left, 3000);
        arena_done(&arena);
        cr_assert_eq(room.left, 3000);
    }
}

TEST(arena, serves_one_large_object_and_small_ones_after_it)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 4 << 20);
    char *large = arena_alloc(&arena, 1 << 20), *small = arena_alloc(&arena, 10);
    cr_assert(large && small);
    memset(large, 1, 1 << 20);
    memset(small, 2, 10);
}

TEST(arena, can_be_used_again_after_done)
{
    struct arena arena;
    arena_init(&arena, 5000);
    cr_assert(arena_alloc(&arena, 100));
    arena_done(&arena);
    cr_assert_eq(arena.used, 0);
    cr_assert(arena_alloc(&arena, 100));
    arena_done(&arena);
}

TEST(arena, keeps_one_block_when_it_is_reset)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 1 << 20);
    arena_reset(&arena);
    cr_assert_eq(arena.used, 0);
    char *first = arena_alloc(&arena, 100);
    cr_assert(first && arena_alloc(&arena, 5000));
    arena_reset(&arena);
    cr_assert_leq(arena.used, 1024);
    mem_fail_at(1);
    cr_assert_eq(arena_alloc(&arena, 100), first);
    mem_fail_at(0);
}

TEST(arena, copies_text_and_terminates_it)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 5000);
    struct dm_str copy = arena_str(&arena, (struct dm_str){"a\0bc", 3});
    cr_assert_eq(copy.len, 3);
    cr_assert_arr_eq(copy.ptr, "a\0b", 4);
    struct dm_str nothing = arena_str(&arena, (struct dm_str){NULL, 0});
    cr_assert_str_eq(nothing.ptr, "");
}

TEST(arena, prints)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 5000);
    assert_str(arena_printf(&arena, "%s-%d", "x", 7), "x-7");
    cr_assert_null(arena_printf(&arena, "%6000d", 1).ptr);
}

TEST(arena, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, 1 << 20);
        for (int i = 0; i < 100; i++) {
            bool made = arena_str(&arena, STR("some text")).ptr &&
                        arena_printf(&arena, "%100d", i).ptr && arena_new(&arena, 50);
            cr_assert(made || mem_failed());
        }
    }
}

TEST(arena, holds_nothing_once_wiped)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 1 << 20);
    char *small = arena_alloc(&arena, 100), *large = arena_alloc(&arena, 5000);
    cr_assert(small && large);
    memset(small, 's', 100);
    memset(large, 's', 5000);
    arena_wipe(&arena);
    for (size_t i = 0; i < 100; i++)
        cr_assert_eq(small[i], 0);
    for (size_t i = 0; i < 5000; i++)
        cr_assert_eq(large[i], 0);
}

static void count_release(void *object)
{
    ++*(int *)object;
}

TEST(arena, releases_what_it_holds_when_it_ends)
{
    int released = 0;
    struct arena arena;
    arena_init(&arena, 1 << 16);
    cr_assert(arena_hold(&arena, count_release, &released));
    cr_assert(arena_hold(&arena, count_release, &released));
    cr_assert_eq(released, 0);
    arena_done(&arena);
    cr_assert_eq(released, 2);
    arena_done(&arena);
    cr_assert_eq(released, 2);
}

TEST(arena, holds_nothing_past_its_ceiling)
{
    int released = 0;
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 8);
    cr_assert_not(arena_hold(&arena, count_release, &released));
}
