/* Expressions as DynamoDB's text. */
#include "expr/render.h"
#include "expression.h"
#include "support/test.h"

enum { ARENA_MAX = 16 * 1024 * 1024 };

static void expect_condition(const char *text, const char *rendered)
{
    DM_AUTO_DONE(arena) arena;
    DM_AUTO_DONE(dm_buf) out;
    struct render render;
    arena_init(&arena, ARENA_MAX);
    buf_init(&out, EXPRESSION_MAX);
    render_init(&render, &arena);
    render_condition(&render, read_condition(dm_str(text), &arena), &out);
    cr_assert_not(out.failed);
    assert_str(buf_str(&out), rendered);
}

TEST(render, writes_every_kind_of_condition)
{
    expect_condition("a = {'S':'x'}", "#0=:0");
    expect_condition("a <> b", "#0<>#1");
    expect_condition("a < b", "#0<#1");
    expect_condition("a <= b", "#0<=#1");
    expect_condition("a > b", "#0>#1");
    expect_condition("a >= b", "#0>=#1");
    expect_condition("a BETWEEN {'N':'1'} AND {'N':'2'}", "#0 BETWEEN :0 AND :1");
    expect_condition("a IN ({'N':'1'},b,size(c))", "#0 IN (:0,#1,size(#2))");
    expect_condition("attribute_exists(a.b[1])", "attribute_exists(#0.#1[1])");
    expect_condition("attribute_not_exists(a)", "attribute_not_exists(#0)");
    expect_condition("attribute_type(a,{'S':'NS'})", "attribute_type(#0,:0)");
    expect_condition("begins_with(a,{'S':'x'})", "begins_with(#0,:0)");
    expect_condition("contains(a,{'S':'x'})", "contains(#0,:0)");
    expect_condition("NOT a = b", "NOT #0=#1");
}

TEST(render, sets_the_parentheses_that_are_needed_and_no_other)
{
    expect_condition("(a = b)", "#0=#1");
    expect_condition("((a = b) AND (NOT (b = a)))", "#0=#1 AND NOT #1=#0");
    expect_condition("a = b AND b = a OR a < b", "#0=#1 AND #1=#0 OR #0<#1");
    expect_condition("a = b AND (b = a OR a < b)", "#0=#1 AND (#1=#0 OR #0<#1)");
    expect_condition("a = b AND (b = a AND a < b)", "#0=#1 AND #1=#0 AND #0<#1");
    expect_condition("a = b OR (b = a OR a < b)", "#0=#1 OR #1=#0 OR #0<#1");
    expect_condition("NOT (a = b OR b = a)", "NOT (#0=#1 OR #1=#0)");
    expect_condition("NOT (a = b AND b = a)", "NOT (#0=#1 AND #1=#0)");
    expect_condition("NOT (NOT (a = b))", "NOT NOT #0=#1");
    expect_condition("(NOT a = b) OR (NOT (a = b AND b = a))",
                     "NOT #0=#1 OR NOT (#0=#1 AND #1=#0)");
    expect_condition("(a BETWEEN b AND c) AND (c = a OR b = a) AND a = c",
                     "#0 BETWEEN #1 AND #2 AND (#2=#0 OR #1=#0) AND #0=#2");
}

static void expect_update(const char *text, const char *rendered)
{
    DM_AUTO_DONE(arena) arena;
    DM_AUTO_DONE(dm_buf) out;
    struct render render;
    arena_init(&arena, ARENA_MAX);
    buf_init(&out, EXPRESSION_MAX);
    buf_add_str(&out, STR("before:"));
    render_init(&render, &arena);
    render_update(&render, read_update(dm_str(text), &arena), &out);
    cr_assert_not(out.failed);
    assert_str(buf_str(&out), rendered);
}

TEST(render, gathers_the_actions_of_an_update_into_clauses)
{
    expect_update("", "before:");
    expect_update("SET a = {'N':'1'}", "before:SET #0=:0");
    expect_update("REMOVE a, b[2].c", "before:REMOVE #0,#1[2].#2");
    expect_update("DELETE a {'SS':['x']}", "before:DELETE #0 :0");
    expect_update(
        "ADD a {'N':'1'} REMOVE b SET c = {'N':'2'} REMOVE d SET e = b + {'N':'2'}",
        "before:SET #0=:0,#1=#2+:0 REMOVE #2,#3 ADD #4 :1");
    expect_update("SET a = list_append(if_not_exists(a,{'L':[]}),b), c = d - {'N':'1'}",
                  "before:SET #0=list_append(if_not_exists(#0,:0),#1),#2=#3-:1");
}

static void expect_keys(struct key_condition keys, const char *rendered)
{
    DM_AUTO_DONE(arena) arena;
    DM_AUTO_DONE(dm_buf) out;
    struct render render;
    arena_init(&arena, ARENA_MAX);
    buf_init(&out, EXPRESSION_MAX);
    render_init(&render, &arena);
    keys.hash_name = STR("h");
    keys.hash = (struct dm_value){.type = DM_S, .as.text = STR("x")};
    keys.range_name = STR("r");
    keys.low = (struct dm_value){.type = DM_N, .as.text = STR("1")};
    keys.high = (struct dm_value){.type = DM_N, .as.text = STR("2")};
    render_key_condition(&render, &keys, &out);
    cr_assert_not(out.failed);
    assert_str(buf_str(&out), rendered);
}

TEST(render, writes_every_kind_of_key_condition)
{
    expect_keys((struct key_condition){.range = RANGE_ALL}, "#0=:0");
    expect_keys((struct key_condition){.range = RANGE_EQ}, "#0=:0 AND #1=:1");
    expect_keys((struct key_condition){.range = RANGE_LT}, "#0=:0 AND #1<:1");
    expect_keys((struct key_condition){.range = RANGE_LE}, "#0=:0 AND #1<=:1");
    expect_keys((struct key_condition){.range = RANGE_GT}, "#0=:0 AND #1>:1");
    expect_keys((struct key_condition){.range = RANGE_GE}, "#0=:0 AND #1>=:1");
    expect_keys((struct key_condition){.range = RANGE_BETWEEN},
                "#0=:0 AND #1 BETWEEN :1 AND :2");
    expect_keys((struct key_condition){.range = RANGE_BEGINS_WITH},
                "#0=:0 AND begins_with(#1,:1)");
}

TEST(render, shares_placeholders_among_the_expressions_of_a_request)
{
    DM_AUTO_DONE(arena) arena;
    DM_AUTO_DONE(dm_buf) out;
    struct render render;
    arena_init(&arena, ARENA_MAX);
    buf_init(&out, 64 * 1024);
    render_init(&render, &arena);
    render_placeholders(&render, &out);
    assert_str(buf_str(&out), "");

    struct projection projection;
    cr_assert_eq(projection_parse(STR("\"a \\\"b\\\"\",n"), &arena, &projection, NULL),
                 0);
    projection_write(&projection, &render.names, &out);
    render_placeholders(&render, &out);
    assert_str(buf_str(&out),
               "#0,#1,\"ExpressionAttributeNames\":{\"#0\":\"a \\\"b\\\"\","
               "\"#1\":\"n\"}");

    buf_reset(&out);
    const char *condition =
        "n = {'N':'1.0'} OR n = {'N':'1'} OR n = {'S':'1'} OR "
        "n = {'N':'1'} OR attribute_type(n,{'S':'N'}) OR n = {'S':'N'}";
    const char *update = "SET q = {'N':'1'}, n = {'L':[{'N':'1'}]}";
    render_condition(&render, read_condition(dm_str(condition), &arena), &out);
    buf_add_char(&out, '|');
    render_update(&render, read_update(dm_str(update), &arena), &out);
    render_placeholders(&render, &out);
    assert_str(buf_str(&out),
               "#1=:0 OR #1=:1 OR #1=:2 OR #1=:1 OR attribute_type(#1,:3) OR #1=:3|"
               "SET #2=:1,#1=:4,\"ExpressionAttributeNames\":{\"#0\":\"a \\\"b\\\"\","
               "\"#1\":\"n\",\"#2\":\"q\"},\"ExpressionAttributeValues\":{\":0\":{\"N\":"
               "\"1.0\"},\":1\":{\"N\":\"1\"},\":2\":{\"S\":\"1\"},\":3\":{\"S\":\"N\"},"
               "\":4\":{\"L\":[{\"N\":\"1\"}]}}");
}

TEST(render, refuses_4097_bytes)
{
    static char text[EXPRESSION_MAX + 1];
    struct dm_error err = {0};
    cr_assert_eq(render_check_size("FilterExpression", (struct dm_str){text, 4096}, &err),
                 DM_OK);
    cr_assert_eq(render_check_size("FilterExpression", (struct dm_str){text, 4097}, &err),
                 DM_E_VALIDATION);
    cr_assert_str_eq(err.message,
                     "Invalid FilterExpression: Expression size has exceeded "
                     "the maximum allowed size; expression size: 4097");
    cr_assert_str_eq(err.upstream_type, "ValidationException");
}

TEST(render, fails_the_buffer_with_each_allocation_that_fails)
{
    DM_AUTO_DONE(arena) kept;
    arena_init(&kept, ARENA_MAX);
    const char *text =
        "attribute_type(a0,{'S':'N'}) OR a1 = {'N':'0'} OR a2 = {'N':'1'} OR "
        "a3 = {'N':'2'} OR a4 = {'N':'3'} OR a5 = {'N':'4'} OR a6 = {'N':'5'} "
        "OR a7 = {'N':'6'} OR a8 = {'N':'7'} OR a9 = {'N':'8'}";
    const struct condition *condition = read_condition(dm_str(text), &kept);
    for (size_t max = 0; max <= 2048; max += 64) {
        DM_AUTO_DONE(arena) arena;
        DM_AUTO_DONE(dm_buf) out;
        struct render render;
        arena_init(&arena, max);
        buf_init(&out, EXPRESSION_MAX);
        render_init(&render, &arena);
        render_condition(&render, condition, &out);
        cr_assert_eq(out.failed, max < 1024);
    }
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(arena) arena;
        DM_AUTO_DONE(dm_buf) out;
        struct render render;
        arena_init(&arena, ARENA_MAX);
        buf_init(&out, EXPRESSION_MAX);
        render_init(&render, &arena);
        render_condition(&render, condition, &out);
        render_placeholders(&render, &out);
        cr_assert_eq(out.failed, mem_failed());
    }
}
