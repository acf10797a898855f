/* Expressions that DynamoDB refuses whatever they are applied to. */
#include "store/sqlite/expression_check.h"

#include "store_fixture.h"

enum { MANY = 2000 };

TEST(sqlite_expression_check, none_is_fine)
{
    struct update nothing = {NULL, 0};
    struct projection all = {NULL, 0};
    cr_assert_eq(expression_check_condition(NULL, NULL), DM_OK);
    cr_assert_eq(expression_check_update(NULL, NULL), DM_OK);
    cr_assert_eq(expression_check_update(&nothing, NULL), DM_OK);
    cr_assert_eq(expression_check_projection(NULL, NULL), DM_OK);
    cr_assert_eq(expression_check_projection(&all, NULL), DM_OK);
}

TEST(sqlite_expression_check, refuses_paths_that_overlap)
{
    struct dm_error err;
    struct path_step steps[] = {{.name = STR("m")}, {.name = STR("a")}};
    struct path paths[] = {{steps, 2}, {steps, 1}};
    struct projection projection = {paths, 2};
    cr_assert_eq(expression_check_projection(&projection, &err), DM_E_VALIDATION);
    cr_assert_str_eq(err.upstream_type, "ValidationException");
    paths[1] = (struct path){steps + 1, 1};
    assert_ok(expression_check_projection(&projection, &err), err);
}

TEST(sqlite_expression_check, refuses_what_is_longer_than_4_kb)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_error err;
    arena_init(&arena, 16 * 1024 * 1024);
    struct path_step *steps = arena_new(&arena, MANY * sizeof *steps);
    struct path *paths = arena_new(&arena, MANY * sizeof *paths);
    struct update_action *actions = arena_new(&arena, MANY * sizeof *actions);
    for (size_t i = 0; i < MANY; i++) {
        steps[i].name = arena_printf(&arena, "a%zu", i);
        paths[i] = (struct path){&steps[i], 1};
        actions[i] = (struct update_action){.kind = UPDATE_REMOVE, .path = paths[i]};
    }
    struct projection projection = {paths, MANY};
    struct update update = {actions, MANY};
    cr_assert_eq(expression_check_projection(&projection, &err), DM_E_VALIDATION);
    cr_assert_eq(expression_check_update(&update, &err), DM_E_VALIDATION);
    projection.count = update.count = 100;
    assert_ok(expression_check_projection(&projection, &err), err);
    assert_ok(expression_check_update(&update, &err), err);
}

static void check_or_fail(const struct condition *condition, const struct update *update,
                          const struct projection *projection)
{
    struct dm_error err = {0};
    enum dm_code codes[] = {expression_check_condition(condition, &err),
                            expression_check_update(update, &err),
                            expression_check_projection(projection, &err)};
    cr_assert_eq(codes[2], mem_failed() ? DM_E_NOMEM : DM_OK);
    if (!mem_failed())
        cr_assert_eq(codes[0] | codes[1], DM_OK);
}

TEST(sqlite_expression_check, whatever_memory_is_missing_it_ends)
{
    struct store_fixture f;
    struct projection projection;
    store_up(&f, ":memory:");
    assert_ok(projection_parse(STR("a,b.c"), &f.arena, &projection, &f.err), f.err);
    const struct condition *condition = present(&f, "a.b");
    const struct update *update = set(&f, "a.b", "{\"N\":\"1\"}");
    WITH_EACH_ALLOCATION_FAILING check_or_fail(condition, update, &projection);
    store_down(&f);
}
