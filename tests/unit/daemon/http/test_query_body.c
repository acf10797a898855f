/* Bodies that are parameters, in JSON and as forms; their Content-Type. */
#include "daemon/http/problem.h"
#include "daemon/http/query_body.h"
#include "support/cases.h"

static enum content content_of(const char *name)
{
    return *name == 'f' ? CONTENT_FORM : CONTENT_JSON;
}

static void read(enum content content, struct dm_str body, struct dm_buf *out)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 16 * 1024);
    struct parameter_list list = {.count = 0};
    struct dm_error err = {0};
    enum dm_code code = query_body_read(content, body, &arena, &list, &err);
    if (code) {
        cr_assert_eq(code, err.code);
        buf_printf(out, "%s", problem_type(code));
        return;
    }
    for (size_t i = 0; i < list.count; i++)
        buf_printf(out, "?%.*s=%.*s", STR_ARG(list.at[i].name),
                   STR_ARG(list.at[i].value));
}

TEST(query_body, is_read_as_the_cases_say)
{
    struct cases cases = cases_open(TEST_DATA "/cases/query_bodies");
    while (cases_next(&cases)) {
        DM_AUTO_DONE(dm_buf) out;
        buf_init(&out, 4096);
        struct dm_str body = cases.input;
        enum content content = content_of(str_split(&body, ' ').ptr);
        read(content, body, &out);
        cr_assert(str_equal(buf_str(&out), cases.expected), "%.*s gives %.*s, not %.*s",
                  STR_ARG(cases.input), STR_ARG(buf_str(&out)), STR_ARG(cases.expected));
    }
}

static enum dm_code choose(const char *type, const char *encoding, struct dm_error *err)
{
    enum content content = CONTENT_JSON;
    struct head head = {.content_type = {1, dm_str(type)},
                        .content_encoding = {encoding != NULL, dm_str(encoding)}};
    enum dm_code code = content_choose(&head, CONTENT_FORM, &content, err);
    cr_assert_eq(content, code ? CONTENT_JSON : CONTENT_FORM);
    return code;
}

TEST(query_body, is_of_a_type_that_is_taken)
{
    struct dm_error err = {0};
    const char *form = "application/x-www-form-urlencoded";
    assert_ok(choose(form, NULL, &err), err);
    assert_ok(choose("Application/X-WWW-Form-Urlencoded ; charset=utf-8", NULL, &err),
              err);
    assert_ok(choose(form, "identity", &err), err);
    const enum dm_code refused = (enum dm_code)PROBLEM_UNSUPPORTED_CONTENT;
    cr_assert_eq(choose(form, "gzip", &err), refused);
    cr_assert_eq(choose("application/json", NULL, &err), refused);
    assert_str(dm_str(err.hint), "one of application/x-www-form-urlencoded");
    cr_assert_eq(choose("", NULL, &err), refused);
    cr_assert_eq(choose("application/x-www-form-urlencoded; charset=latin1", NULL, &err),
                 refused);
    assert_ok(
        choose("application/x-www-form-urlencoded; x=y; Charset=\"UTF-8\"", NULL, &err),
        err);
}

TEST(query_body, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, 16 * 1024);
        struct parameter_list list = {.count = 0};
        struct dm_error err = {0};
        enum dm_code code =
            query_body_read(CONTENT_JSON, STR("{\"\\u0061\":[\"eq.1\",\"\\u0065q.2\"]}"),
                            &arena, &list, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
    }
}
