/* Projections: what the recorded cases do not show. */
#include "base/buf.h"
#include "codec/ddb_json.h"
#include "expr/evaluate.h"
#include "expression.h"
#include "support/test.h"

enum { ARENA_MAX = 1024 * 1024 };

static const char item_text[] =
    "{'a':{'M':{'x':{'N':'1'},'y':{'L':[{'N':'2'},{'N':'3'}]}}},'b':{'S':'c'}}";

TEST(projection_apply, keeps_the_items_order)
{
    DM_AUTO_DONE(arena) arena;
    DM_AUTO_DONE(dm_buf) out;
    arena_init(&arena, ARENA_MAX);
    buf_init(&out, 1024);
    struct projection projection;
    struct dm_value left;
    struct dm_error err = {0};
    const struct dm_value *item = read_item(dm_str(item_text), &arena);
    assert_ok(projection_parse(STR("b,a.y[1],a.x"), &arena, &projection, &err), err);
    assert_ok(projection_apply(&projection, item, &arena, &left, &err), err);
    ddb_json_write_item(&left, &out);
    assert_str(buf_str(&out),
               "{\"a\":{\"M\":{\"x\":{\"N\":\"1\"},\"y\":{\"L\":[{\"N\":\"3\"}]"
               "}}},\"b\":{\"S\":\"c\"}}");
}

TEST(projection_apply, leaves_everything_when_there_is_none)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, ARENA_MAX);
    struct projection projection = {0};
    struct dm_value left;
    struct dm_error err = {0};
    const struct dm_value *item = read_item(dm_str(item_text), &arena);
    assert_ok(projection_apply(&projection, item, &arena, &left, &err), err);
    cr_assert(value_equal(&left, item));
}

TEST(projection_apply, fails_whole_wherever_the_arena_ends)
{
    DM_AUTO_DONE(arena) kept;
    arena_init(&kept, ARENA_MAX);
    struct projection projection;
    struct dm_error err = {0};
    const struct dm_value *item = read_item(dm_str(item_text), &kept);
    assert_ok(projection_parse(STR("b,a.y[1],a.x"), &kept, &projection, &err), err);
    size_t failures = 0;
    for (size_t used = 16; used < 1000; used += 16) {
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, 1024);
        cr_assert(arena_alloc(&arena, used));
        struct dm_value left = {.type = DM_NULL};
        enum dm_code code = projection_apply(&projection, item, &arena, &left, &err);
        cr_assert(code == DM_OK || code == DM_E_NOMEM);
        cr_assert_eq(left.type, code ? DM_NULL : DM_M);
        failures += code != DM_OK;
    }
    cr_assert_gt(failures, 10);
}
