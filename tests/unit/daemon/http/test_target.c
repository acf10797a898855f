/* The request target: split, decoded, refused. */
#include "daemon/http/problem.h"
#include "daemon/http/target.h"
#include "support/cases.h"

/* NUL as \0, all else as it is. */
static void add_text(struct dm_buf *out, struct dm_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i])
            buf_add_char(out, text.ptr[i]);
        else
            buf_add_str(out, STR("\\0"));
}

static void render(const struct target *target, struct dm_buf *out)
{
    for (size_t i = 0; i < target->segment_count; i++) {
        if (i)
            buf_add_char(out, '|');
        add_text(out, target->segments[i]);
    }
    for (size_t i = 0; i < target->parameters.count; i++) {
        buf_add_char(out, '?');
        add_text(out, target->parameters.at[i].name);
        buf_add_char(out, '=');
        add_text(out, target->parameters.at[i].value);
    }
}

TEST(target, is_parsed_as_the_cases_say)
{
    struct cases cases = cases_open(TEST_DATA "/cases/targets");
    while (cases_next(&cases)) {
        DM_AUTO_DONE(arena) arena;
        DM_AUTO_DONE(dm_buf) out;
        arena_init(&arena, 64 * 1024);
        buf_init(&out, 4096);
        struct target target;
        struct dm_error err = {0};
        enum dm_code code = target_parse(cases.input, &arena, &target, &err);
        if (code)
            buf_add_str(&out, dm_str(problem_type(code)));
        else
            render(&target, &out);
        cr_assert(str_equal(buf_str(&out), cases.expected), "%.*s gives %.*s, not %.*s",
                  STR_ARG(cases.input), STR_ARG(buf_str(&out)), STR_ARG(cases.expected));
        cr_assert_eq(code, err.code);
    }
}

/* "/" and then so many k. */
static struct dm_str long_target(struct arena *arena, size_t len)
{
    char *text = arena_alloc(arena, len);
    cr_assert(text);
    memset(text, 'k', len);
    text[0] = '/';
    return (struct dm_str){text, len};
}

TEST(target, is_too_long_past_its_limit)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 256 * 1024);
    struct target target;
    struct dm_error err = {0};
    assert_ok(target_parse(long_target(&arena, TARGET_MAX), &arena, &target, &err), err);
    cr_assert_eq(target.segments[0].len, TARGET_MAX - 1);
    cr_assert_eq(target_parse(long_target(&arena, TARGET_MAX + 1), &arena, &target, &err),
                 (enum dm_code)PROBLEM_TARGET_TOO_LONG);
}

TEST(target, is_left_as_it_was_when_refused)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 4096);
    struct target target = {.segment_count = 7};
    struct dm_error err = {0};
    cr_assert(target_parse(STR("/a/b?c=%"), &arena, &target, &err));
    cr_assert_eq(target.segment_count, 7);
}

TEST(target, path_is_shown_in_visible_ascii_without_the_query)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 4096);
    assert_str(target_path(STR("/a%2Fb/\xc3\xa9 \x01\xff?q=secret"), &arena),
               "/a%2Fb/%C3%A9%20%01%FF");
    assert_str(target_path(STR("http://user@host/a?b"), &arena), "/a");
    assert_str(target_path(STR(""), &arena), "");
}

static void expect_next(const char *raw, const char *expected)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 4096);
    struct dm_str next;
    struct dm_error err = {0};
    assert_ok(target_next(dm_str(raw), STR("tok-en_"), &arena, &next, &err), err);
    assert_str(next, expected);
}

TEST(target, of_the_next_page_is_the_same_but_for_after)
{
    expect_next("/models/todo", "/models/todo?after=tok-en_");
    expect_next("/m?", "/m?after=tok-en_");
    expect_next("/m?limit=2", "/m?limit=2&after=tok-en_");
    expect_next("/m?after=old&limit=2&&a=eq.x%20y+z",
                "/m?limit=2&a=eq.x%20y+z&after=tok-en_");
    expect_next("/m?after", "/m?after=tok-en_");
    expect_next("/m?afters=1", "/m?afters=1&after=tok-en_");
    expect_next("http://host/m?a=1", "/m?a=1&after=tok-en_");
    expect_next("/m/..?limit=2", "/m/%2E%2E?limit=2&after=tok-en_");
    expect_next("/m/./...", "/m/%2E/...?after=tok-en_");
    expect_next("/m/\xc3\xa9?a=<\">|", "/m/%C3%A9?a=%3C%22%3E%7C&after=tok-en_");
}

TEST(target, of_the_next_page_may_be_too_long)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 256 * 1024);
    struct dm_str next;
    struct dm_error err = {0};
    struct dm_str raw = long_target(&arena, TARGET_MAX - 8);
    assert_ok(target_next(raw, STR("t"), &arena, &next, &err), err);
    cr_assert_eq(next.len, TARGET_MAX);
    cr_assert_eq(target_next(raw, STR("to"), &arena, &next, &err),
                 (enum dm_code)PROBLEM_TARGET_TOO_LONG);
    assert_str(dm_str(err.hint), "POST the parameters to :query");
}

TEST(target, query_is_measured_without_after)
{
    cr_assert_eq(target_query_length(STR("/models/todo")), 0);
    cr_assert_eq(target_query_length(STR("/m?a=1")), 4);
    cr_assert_eq(target_query_length(STR("/m?a=1&after=xxxxxxxxx&b=2")), 8);
}

TEST(target, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, 16 * 1024);
        struct target target;
        struct dm_error err = {0};
        enum dm_code code =
            target_parse(STR("/models/todo/a%20long%20key?message=none+at+all"), &arena,
                         &target, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
        struct dm_str next;
        code = target_next(STR("/models/todo?limit=1"), STR("t"), &arena, &next, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
        target_path(STR("/a"), &arena);
    }
}
