/* Updates: what the recorded cases do not show. */
#include "base/buf.h"
#include "codec/ddb_json.h"
#include "expr/evaluate.h"
#include "expression.h"
#include "support/test.h"

enum { ARENA_MAX = 16 * 1024 * 1024 };

static enum dm_code apply(const char *item, const char *update, struct arena *arena,
                          struct dm_value *ret_item, struct dm_error *err)
{
    const struct update *read = read_update(dm_str(update), arena);
    const struct dm_value *before = item ? read_item(dm_str(item), arena) : NULL;
    DM_TRY(update_check(read, err));
    return update_apply(read, before, arena, ret_item, err);
}

static void expect(const char *item, const char *update, const char *expected)
{
    DM_AUTO_DONE(arena) arena;
    DM_AUTO_DONE(dm_buf) out;
    struct dm_value after;
    struct dm_error err = {0};
    arena_init(&arena, ARENA_MAX);
    buf_init(&out, 64 * 1024);
    assert_ok(apply(item, update, &arena, &after, &err), err);
    ddb_json_write_item(&after, &out);
    cr_assert_not(out.failed);
    for (size_t i = 0; i < out.len; i++)
        if (out.ptr[i] == '"')
            out.ptr[i] = '\'';
    assert_str(buf_str(&out), expected);
}

TEST(update, keeps_the_order_of_attributes_and_adds_new_ones_behind)
{
    expect("{'c':{'N':'1'},'a':{'N':'2'},'b':{'N':'3'}}",
           "SET d = c, a = {'S':'x'} REMOVE c ADD e {'N':'1'}",
           "{'a':{'S':'x'},'b':{'N':'3'},'d':{'N':'1'},'e':{'N':'1'}}");
    expect("{'m':{'M':{'x':{'N':'0'}}}}",
           "SET m.a = {'N':'1'}, n = {'N':'2'}, m.b = {'N':'3'} ADD m.c {'N':'4'}",
           "{'m':{'M':{'x':{'N':'0'},'a':{'N':'1'},'b':{'N':'3'},'c':{'N':'4'}}},"
           "'n':{'N':'2'}}");
}

TEST(update, makes_an_item_where_there_was_none)
{
    expect(NULL, "SET a = if_not_exists(a,{'N':'1'}) ADD b {'N':'2'}",
           "{'a':{'N':'1'},'b':{'N':'2'}}");
    expect(NULL, "", "{}");
    expect(NULL, "REMOVE a DELETE b {'SS':['x']}", "{}");
    expect("{'a':{'N':'1'}}", "", "{'a':{'N':'1'}}");
}

TEST(update, writes_what_it_reckons_canonically_and_keeps_other_spellings)
{
    expect("{'a':{'N':'1.50'}}", "SET b = a, c = a + {'N':'0.50'}, d = {'N':'7.0'}",
           "{'a':{'N':'1.50'},'b':{'N':'1.50'},'c':{'N':'2'},'d':{'N':'7.0'}}");
    expect("{'a':{'N':'1.50'}}", "SET b = a - a", "{'a':{'N':'1.50'},'b':{'N':'0'}}");
}

TEST(update, keeps_a_sets_order)
{
    expect("{'a':{'SS':['c','a','b']}}", "ADD a {'SS':['d','a','0']}",
           "{'a':{'SS':['c','a','b','d','0']}}");
    expect("{'a':{'SS':['c','a','b']}}", "DELETE a {'SS':['a','x']}",
           "{'a':{'SS':['c','b']}}");
}

static void refuse(const struct update_action *action, const char *why)
{
    struct dm_error err = {0};
    cr_assert_eq(update_check(&(struct update){action, 1}, &err), DM_E_VALIDATION);
    cr_assert_str_eq(err.message, why);
    cr_assert_str_eq(err.upstream_type, "ValidationException");
}

TEST(update, refuses_trees_that_have_no_text)
{
    struct path_step steps[33] = {{.name = STR("a")}};
    struct operand a = {.kind = OPERAND_PATH, .path = {steps, 1}};
    struct operand sum = {.kind = OPERAND_PLUS, .first = &a, .second = &a};
    struct update_action action = {UPDATE_SET, {steps, 1}, sum};
    action.operand.second = &sum;
    refuse(&action, "Invalid UpdateExpression: Syntax error; token: \"+\"");
    action.kind = UPDATE_ADD;
    refuse(&action, "Invalid UpdateExpression: Syntax error; ADD takes a value");
    action.path.count = 33;
    refuse(&action, "Invalid UpdateExpression: The document path has too many nesting "
                    "levels; nesting levels: 33");
}

TEST(update, survives_each_allocation_failing)
{
    DM_AUTO_DONE(arena) kept;
    arena_init(&kept, ARENA_MAX);
    const struct dm_value *item =
        read_item(STR("{'l':{'L':[{'N':'1'},{'M':{'a':{'N':'1'}}}]},'s':{'SS':['a','b']},"
                      "'n':{'N':'1'}}"),
                  &kept);
    const struct update *update = read_update(
        STR("SET l[1].a = l[0] + n, l[9] = n, x = list_append(l,l) ADD n {'N':'1'}, "
            "s {'SS':['c']} DELETE y {'SS':['a']}"),
        &kept);
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, ARENA_MAX);
        struct dm_value after = {.type = DM_NULL};
        struct dm_error err = {0};
        enum dm_code code = update_apply(update, item, &arena, &after, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
        cr_assert_eq(after.type, mem_failed() ? DM_NULL : DM_M);
    }
}

/* An arena takes its memory in blocks: its ceiling finds the other places. */
TEST(update, fails_whole_wherever_the_arena_ends)
{
    DM_AUTO_DONE(arena) kept;
    arena_init(&kept, ARENA_MAX);
    const struct dm_value *item =
        read_item(STR("{'l':{'L':[{'N':'1'},{'M':{'a':{'N':'1'}}}]},'s':{'SS':['a','b']},"
                      "'t':{'SS':['a','b']},'n':{'N':'1'}}"),
                  &kept);
    const struct update *update =
        read_update(STR("SET l[1].a = l[0] + n, x = list_append(l,l) ADD n {'N':'1'}, "
                        "s {'SS':['c']} DELETE t {'SS':['a']}"),
                    &kept);
    size_t failures = 0;
    for (size_t used = 16; used < 1000; used += 16) {
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, 1024);
        cr_assert(arena_alloc(&arena, used));
        struct dm_value after = {.type = DM_NULL};
        struct dm_error err = {0};
        enum dm_code code = update_apply(update, item, &arena, &after, &err);
        cr_assert(code == DM_OK || code == DM_E_NOMEM);
        cr_assert_eq(after.type, code ? DM_NULL : DM_M);
        failures += code != DM_OK;
    }
    cr_assert_gt(failures, 10);
}
