/* The request target: split, decoded, refused. */
#include "daemon/problem.h"
#include "daemon/target.h"
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
    for (size_t i = 0; i < target->parameter_count; i++) {
        buf_add_char(out, '?');
        add_text(out, target->parameters[i].name);
        buf_add_char(out, '=');
        add_text(out, target->parameters[i].value);
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

static enum dm_code check(const char *raw, struct dm_error *err)
{
    static const char *const known[] = {"message", "limit", NULL};
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 4096);
    struct target target;
    assert_ok(target_parse(dm_str(raw), &arena, &target, err), *err);
    return target_check_parameters(&target, known, err);
}

TEST(target, parameters_are_known_and_single)
{
    struct dm_error err = {0};
    cr_assert_eq(check("/m", &err), DM_OK);
    cr_assert_eq(check("/m?message=a&limit=2", &err), DM_OK);
    cr_assert_eq(check("/m?message=a&message=a", &err),
                 (enum dm_code)PROBLEM_DUPLICATE_PARAMETER);
    assert_str(dm_str(err.message), "the parameter \"message\" is given more than once");
    cr_assert_eq(check("/m?massage=a", &err), (enum dm_code)PROBLEM_UNKNOWN_PARAMETER);
    assert_str(dm_str(err.message), "there is no parameter \"massage\" here");
    assert_str(dm_str(err.hint), "there is message, limit");
    cr_assert_eq(check("/m?=", &err), (enum dm_code)PROBLEM_UNKNOWN_PARAMETER);
}

TEST(target, parameter_that_is_absent_is_null_and_an_empty_one_is_not)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 4096);
    struct target target;
    struct dm_error err = {0};
    assert_ok(target_parse(STR("/m?a=&b=1"), &arena, &target, &err), err);
    cr_assert_not_null(target_parameter(&target, "a").ptr);
    cr_assert_eq(target_parameter(&target, "a").len, 0);
    assert_str(target_parameter(&target, "b"), "1");
    cr_assert_null(target_parameter(&target, "c").ptr);
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
        target_path(STR("/a"), &arena);
    }
}
