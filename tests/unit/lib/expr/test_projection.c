/* attributes_to_get: from text to ProjectionExpression. */
#include <stdio.h>

#include "base/buf.h"
#include "expr/projection.h"
#include "support/test.h"

static enum dm_code render(struct dm_str text, struct dm_buf *out, struct dm_error *err)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 1024 * 1024);
    struct projection projection;
    struct names names;
    names_init(&names, &arena);
    DM_TRY(projection_parse(text, &arena, &projection, err));
    projection_write(&projection, &names, out);
    buf_add_char(out, ' ');
    names_write_json(&names, out);
    return DM_OK;
}

static void expect(const char *text, const char *rendered)
{
    struct dm_error err = {0};
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 64 * 1024);
    cr_assert_eq(render(dm_str(text), &out, &err), DM_OK, "%s: %s", text, err.message);
    assert_str(buf_str(&out), rendered);
}

static void refuse(struct dm_str text, const char *why)
{
    struct dm_error err = {0};
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 64 * 1024);
    cr_assert_eq(render(text, &out, &err), DM_E_INVALID_PROJECTION, "%.*s",
                 STR_ARG(text));
    cr_assert_not_null(strstr(err.message, why), "\"%s\" lacks \"%s\"", err.message, why);
}

TEST(projection, escapes_every_name)
{
    expect("status", "#0 {\"#0\":\"status\"}");
    expect("a,b.c,d[0]",
           "#0,#1.#2,#3[0] {\"#0\":\"a\",\"#1\":\"b\",\"#2\":\"c\",\"#3\":\"d\"}");
    expect("d[0][12].x", "#0[0][12].#1 {\"#0\":\"d\",\"#1\":\"x\"}");
}

TEST(projection, shares_a_placeholder_between_equal_names)
{
    expect("a.b,b.a", "#0.#1,#1.#0 {\"#0\":\"a\",\"#1\":\"b\"}");
}

TEST(projection, takes_odd_names_in_quotes)
{
    expect("\"odd name.with[all],of it\".x",
           "#0.#1 {\"#0\":\"odd name.with[all],of it\",\"#1\":\"x\"}");
    expect("\"say \\\"hi\\\"\"", "#0 {\"#0\":\"say \\\"hi\\\"\"}");
    expect("größe,日本", "#0,#1 {\"#0\":\"größe\",\"#1\":\"日本\"}");
}

TEST(projection, refuses_what_is_no_list_of_paths)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "it is empty"},
        {"a,", "ends with a comma"},
        {",a", "an empty name"},
        {"a,,b", "an empty name"},
        {"a b", "other than a comma"},
        {"a, b", "an empty name"},
        {"a.", "an empty name"},
        {".a", "an empty name"},
        {"[0]", "an empty name"},
        {"a[", "not closed"},
        {"a[]", "no whole number"},
        {"a[-1]", "no whole number"},
        {"a[x]", "no whole number"},
        {"a[99999999999999999999]", "no whole number"},
        {"a[0]b", "other than a comma"},
        {"a]", "other than a comma"},
        {"\"a", "not closed"},
        {"\"\"", "an empty name"},
        {"\"a\"b", "other than a comma"},
        {"\xC3", "not UTF-8"},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++)
        refuse(dm_str(cases[i].text), cases[i].why);
}

TEST(projection, refuses_paths_that_overlap)
{
    refuse(STR("a,a"), "inside it");
    refuse(STR("a,b,a.c"), "inside it");
    refuse(STR("a.b[1].c,a.b[1]"), "inside it");
    refuse(STR("a[0],a.b"), "a list to one path is a map to another");
    expect("a[0],a[1]", "#0[0],#0[1] {\"#0\":\"a\"}");
}

TEST(projection, refuses_paths_deeper_than_dynamodb_nests)
{
    char text[128] = "a";
    for (size_t i = 1; i < 33; i++)
        memcpy(text + 2 * i - 1, ".a", 3);
    refuse(dm_str(text), "more than 32 steps");
}

TEST(projection, refuses_more_than_4096_bytes_as_text_or_rendered)
{
    static char text[6000];
    memset(text, 'a', sizeof text);
    refuse((struct dm_str){text, 4097}, "longer than 4096");

    /* two letters and a comma each, rendered as #1000, */
    size_t len = 0;
    for (int i = 0; i < 36 * 36 && len < 4090; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%c%c", i ? "," : "",
                                "abcdefghijklmnopqrstuvwxyz0123456789"[i / 36],
                                "abcdefghijklmnopqrstuvwxyz0123456789"[i % 36]);
    refuse((struct dm_str){text, len}, "expression is longer than 4096");
}

TEST(projection, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        DM_AUTO_DONE(dm_buf) out;
        buf_init(&out, 64 * 1024);
        enum dm_code code = render(STR("a,\"b c\".d,e[0]"), &out, &err);
        cr_assert_eq(code == DM_OK && !out.failed, !mem_failed());
    }
}
