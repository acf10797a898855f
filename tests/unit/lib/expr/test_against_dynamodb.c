/* Conditions, updates and projections: what DynamoDB Local said of the same, recorded. */
#include "expr/evaluate.h"
#include "expression.h"
#include "support/cases.h"

enum { ARENA_MAX = 16 * 1024 * 1024 };

static const struct dm_value *the_item(struct arena *arena)
{
    static char text[8192];
    FILE *file = fopen(TEST_DATA "/cases/item.json", "re");
    cr_assert(file);
    size_t len = fread(text, 1, sizeof text, file);
    fclose(file);
    cr_assert(len && len < sizeof text);
    return read_item((struct dm_str){text, len}, arena);
}

static void check_error(struct dm_str input, struct dm_str expected, enum dm_code code,
                        const struct dm_error *err)
{
    cr_assert_eq(code, DM_E_VALIDATION, "%.*s: %s", STR_ARG(input), err->message);
    cr_assert(str_equal(dm_str(err->message), expected),
              "%.*s\n is refused: %s\n expected:   %.*s", STR_ARG(input), err->message,
              STR_ARG(expected));
    cr_assert_str_eq(err->upstream_type, "ValidationException");
}

static void judge_condition(struct dm_str input, struct dm_str expected)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, ARENA_MAX);
    const struct condition *condition = read_condition(input, &arena);
    struct dm_error err = {0};
    enum dm_code code = condition_check(condition, &err);
    bool wanted = str_equal(expected, STR("true"));
    if (code || (!wanted && !str_equal(expected, STR("false")))) {
        check_error(input, expected, code, &err);
        return;
    }
    cr_assert_eq(condition_holds(condition, the_item(&arena)), wanted, "%.*s",
                 STR_ARG(input));
}

TEST(against_dynamodb, conditions_hold_alike)
{
    struct cases cases = cases_open(TEST_DATA "/cases/conditions.txt");
    while (cases_next(&cases))
        judge_condition(cases.input, cases.expected);
}

/* Every attribute is as it was, or as `changed` has it, or gone. */
static void check_item(struct dm_str input, const struct dm_value *before,
                       const struct dm_value *changed, struct dm_str gone,
                       const struct dm_value *after)
{
    size_t count = 0;
    for (size_t i = 0; i < after->as.map.count; i++) {
        const struct value_member *member = &after->as.map.at[i];
        const struct dm_value *wanted = value_member(changed, member->name);
        count += wanted && !value_member(before, member->name);
        if (!wanted)
            wanted = value_member(before, member->name);
        cr_assert(wanted && value_equal(&member->value, wanted), "%.*s: wrong %.*s",
                  STR_ARG(input), STR_ARG(member->name));
    }
    while (gone.len) {
        struct dm_str name = str_split(&gone, ' ');
        cr_assert_not(value_member(after, name), "%.*s: still %.*s", STR_ARG(input),
                      STR_ARG(name));
        count--;
    }
    cr_assert_eq(after->as.map.count, before->as.map.count + count, "%.*s: lacks one",
                 STR_ARG(input));
}

static void judge_update(struct dm_str input, struct dm_str expected)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, ARENA_MAX);
    const struct update *update = read_update(input, &arena);
    const struct dm_value *before = the_item(&arena);
    struct dm_value after;
    struct dm_error err = {0};
    enum dm_code code = update_check(update, &err);
    if (!code)
        code = update_apply(update, before, &arena, &after, &err);
    if (code || expected.ptr[0] != '{') {
        check_error(input, expected, code, &err);
        return;
    }
    struct dm_str gone = expected, changed = str_split(&gone, '\t');
    check_item(input, before, read_item(changed, &arena), gone, &after);
    cr_assert(value_equal(before, the_item(&arena)), "%.*s: the old item changed",
              STR_ARG(input));
}

TEST(against_dynamodb, updates_do_alike)
{
    struct cases cases = cases_open(TEST_DATA "/cases/updates.txt");
    while (cases_next(&cases))
        judge_update(cases.input, cases.expected);
}

static void judge_projection(struct dm_str input, struct dm_str expected)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, ARENA_MAX);
    struct projection projection;
    struct dm_value left;
    struct dm_error err = {0};
    assert_ok(projection_parse(input, &arena, &projection, &err), err);
    assert_ok(projection_apply(&projection, the_item(&arena), &arena, &left, &err), err);
    cr_assert(value_equal(&left, read_item(expected, &arena)), "%.*s", STR_ARG(input));
}

TEST(against_dynamodb, projections_leave_alike)
{
    struct cases cases = cases_open(TEST_DATA "/cases/projections.txt");
    while (cases_next(&cases))
        judge_projection(cases.input, cases.expected);
}
