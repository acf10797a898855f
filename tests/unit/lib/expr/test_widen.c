/* Projections that read more than was asked for. */
#include "expr/widen.h"

#include "support/test.h"

enum { ARENA_MAX = 1 << 20 };

static const struct dm_str names[] = {{"id", 2}, {"at", 2}};

static struct projection parse(const char *text, struct arena *arena)
{
    struct projection projection;
    struct dm_error err = {0};
    assert_ok(projection_parse(dm_str(text), arena, &projection, &err), err);
    return projection;
}

static void expect_wide(const char *text, const char *expected, size_t expected_added)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, ARENA_MAX);
    struct dm_str added[DM_COUNT(names)];
    size_t added_count = 7;
    struct dm_error err = {0};
    struct projection wide = parse(text, &arena), like = parse(expected, &arena);
    assert_ok(projection_widen(&wide, names, DM_COUNT(names), &arena, added, &added_count,
                               &err),
              err);
    cr_assert_eq(added_count, expected_added);
    cr_assert_eq(wide.count, like.count);
    for (size_t i = 0; i < wide.count; i++) {
        cr_assert_eq(wide.paths[i].count, like.paths[i].count);
        cr_assert(path_step_equal(wide.paths[i].steps, like.paths[i].steps));
    }
}

TEST(widen, asks_for_the_names_too)
{
    expect_wide("a,b.c", "a,b.c,id,at", 2);
    expect_wide("at,a", "at,a,id", 1);
    expect_wide("at,id", "at,id", 0);
    expect_wide("id.x,a,id.y", "a,id,at", 2);
}

TEST(widen, leaves_everything_as_it_is)
{
    struct projection all = {NULL, 0};
    struct dm_str added[DM_COUNT(names)];
    size_t added_count = 7;
    struct dm_error err = {0};
    assert_ok(
        projection_widen(&all, names, DM_COUNT(names), NULL, added, &added_count, &err),
        err);
    cr_assert_eq(all.count, 0);
    cr_assert_eq(added_count, 0);
}

TEST(widen, leaves_the_projection_as_it_is_without_memory)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct path_step step = {STR("a"), 0};
        struct path path = {&step, 1};
        struct projection projection = {&path, 1};
        struct dm_str added[DM_COUNT(names)];
        size_t added_count;
        struct dm_error err = {0};
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, ARENA_MAX);
        if (projection_widen(&projection, names, DM_COUNT(names), &arena, added,
                             &added_count, &err)) {
            cr_assert_eq(err.code, DM_E_NOMEM);
            cr_assert_eq(projection.count, 1);
        }
        struct projection one;
        if (projection_of_name(names[0], &arena, &one, &err))
            cr_assert_eq(err.code, DM_E_NOMEM);
        else
            assert_str(one.paths[0].steps[0].name, "id");
        arena_done(&arena);
    }
}

TEST(widen, takes_out_again_what_was_added)
{
    struct value_member members[] = {{STR("id"), {DM_S, {.text = STR("1")}}},
                                     {STR("a"), {DM_S, {.text = STR("2")}}}};
    struct dm_value item = {DM_M, {.map = {members, 2}}}, narrow;
    struct dm_error err = {0};
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, ARENA_MAX);
    assert_ok(projection_narrow(&item, names, 0, &arena, &narrow, &err), err);
    cr_assert_eq(narrow.as.map.at, members);
    assert_ok(projection_narrow(&item, names, 1, &arena, &narrow, &err), err);
    cr_assert_eq(narrow.as.map.count, 1);
    assert_str(narrow.as.map.at[0].name, "a");
    arena_done(&arena);
    mem_fail_at(1);
    cr_assert_eq(projection_narrow(&item, names, 1, &arena, &narrow, &err), DM_E_NOMEM);
    mem_fail_at(0);
}
