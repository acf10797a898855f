/* Parameters: which are taken, how each is read, what is a filter. */
#include <jansson.h>

#include "daemon/http/form.h"
#include "daemon/http/problem.h"
#include "support/cases.h"

static const struct percent_text query_text = {PROBLEM_INVALID_QUERY, "query", true};

enum { EVERYTHING = ~0 };

static enum dm_code read(const char *query, unsigned taken, bool lenient,
                         struct arena *arena, struct parameters *ret_parameters,
                         struct dm_error *err)
{
    struct parameter_list list = {.count = 0};
    *err = (struct dm_error){0};
    assert_ok(form_read(&query_text, dm_str(query), arena, &list, err), *err);
    return parameters_read(&list, taken, lenient, arena, ret_parameters, err);
}

TEST(parameters, are_read_into_their_fields)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 16 * 1024);
    struct dm_error err;
    struct parameters p;
    assert_ok(read("hash=h&range=r&consistent_read=true&attributes_to_get=a,b&message=m"
                   "&limit=7&after=t&order=desc&explain=true&a=eq.1&b=not.lt.2",
                   EVERYTHING, false, &arena, &p, &err),
              err);
    assert_str(p.hash, "h");
    assert_str(p.range, "r");
    assert_str(p.attributes_to_get, "a,b");
    assert_str(p.message, "m");
    assert_str(p.after, "t");
    cr_assert(p.consistent_read && p.descending && p.explain && !p.count);
    cr_assert_eq(p.limit, 7);
    cr_assert_eq(p.filter_count, 2);
    assert_str(p.filters[0].name, "a");
    assert_str(p.filters[1].value, "not.lt.2");
    cr_assert_eq(p.given & (PARAMETER_COUNT | PARAMETER_RAW), 0);
    cr_assert(p.given & PARAMETER_ORDER && p.given & PARAMETER_FILTERS);
}

TEST(parameters, are_judged_as_the_cases_say)
{
    struct cases cases = cases_open(TEST_DATA "/cases/parameters");
    while (cases_next(&cases)) {
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, 16 * 1024);
        struct dm_error err;
        struct parameters parameters;
        enum dm_code code = read(arena_str(&arena, cases.input).ptr, EVERYTHING, false,
                                 &arena, &parameters, &err);
        struct dm_str told = dm_str(code ? problem_type(code) : "good");
        cr_assert(str_equal(told, cases.expected), "%.*s gives %.*s",
                  STR_ARG(cases.input), STR_ARG(told));
    }
}

TEST(parameters, unknown_ones_are_refused_with_those_there_are)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 16 * 1024);
    struct dm_error err;
    struct parameters p;
    cr_assert_eq(
        read("massage=a", PARAMETER_MESSAGE | PARAMETER_RAW, false, &arena, &p, &err),
        (enum dm_code)PROBLEM_UNKNOWN_PARAMETER);
    assert_str(dm_str(err.message), "there is no parameter \"massage\" here");
    assert_str(dm_str(err.hint), "there is message, raw");
    cr_assert_eq(
        read("status=open", PARAMETER_LIMIT | PARAMETER_FILTERS, false, &arena, &p, &err),
        (enum dm_code)PROBLEM_UNKNOWN_PARAMETER);
    assert_str(dm_str(err.hint), "a filter is NAME=eq.VALUE; else there is limit");
    cr_assert_eq(read("x=1", 0, false, &arena, &p, &err),
                 (enum dm_code)PROBLEM_UNKNOWN_PARAMETER);
    assert_str(dm_str(err.hint), "");
}

TEST(parameters, unknown_ones_are_passed_over_when_lenient)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 16 * 1024);
    struct dm_error err;
    struct parameters p;
    assert_ok(
        read("x=1&limit=2&a=eq.1&order=up", PARAMETER_LIMIT, true, &arena, &p, &err),
        err);
    cr_assert_eq(p.limit, 2);
    cr_assert_eq(p.filter_count, 0);
    cr_assert_eq(read("limit=x", PARAMETER_LIMIT, true, &arena, &p, &err),
                 (enum dm_code)PROBLEM_INVALID_PARAMETER);
}

/* Also where it is not taken: and=(raw.eq.1) and "raw"=eq.1 are for such attributes. */
TEST(parameters, a_name_of_the_table_is_no_filter)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 16 * 1024);
    struct dm_error err;
    struct parameters p;
    cr_assert_eq(read("raw=eq.1", PARAMETER_FILTERS, false, &arena, &p, &err),
                 (enum dm_code)PROBLEM_UNKNOWN_PARAMETER);
    assert_str(dm_str(err.hint),
               "an attribute of that name is filtered on with and=(raw.eq.1)");
    assert_ok(read("%22raw%22=eq.1", PARAMETER_FILTERS, false, &arena, &p, &err), err);
    assert_str(p.filters[0].name, "\"raw\"");
}

TEST(parameters, of_a_model_are_checked_once_it_is_known)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 16 * 1024);
    struct dm_error err;
    struct parameters p;
    assert_ok(read("message=m&explain=true", EVERYTHING, false, &arena, &p, &err), err);
    assert_ok(parameters_check(&p, ITEM_PARAMETERS, &err), err);
    cr_assert_eq(parameters_check(&p, PAGE_PARAMETERS, &err),
                 (enum dm_code)PROBLEM_UNKNOWN_PARAMETER);
    assert_str(dm_str(err.message), "there is no parameter \"message\" here");
    assert_ok(read("size=gt.1", EVERYTHING, false, &arena, &p, &err), err);
    cr_assert_eq(parameters_check(&p, ITEM_PARAMETERS, &err),
                 (enum dm_code)PROBLEM_UNKNOWN_PARAMETER);
    assert_str(dm_str(err.message), "there is no parameter \"size\" here");
}

TEST(parameters, have_rows_that_are_whole)
{
    unsigned all = PARAMETER_FILTERS;
    for (size_t i = 0; i < parameter_row_count; i++) {
        const struct parameter_row *row = &parameter_rows[i];
        json_t *schema = json_loads(row->schema, 0, NULL);
        cr_assert(schema && row->read && *row->description, "%s", row->name);
        json_decref(schema);
        cr_assert_not(all & row->parameter, "%s", row->name);
        all |= row->parameter;
    }
    cr_assert_eq(all, 2 * PARAMETER_FILTERS - 1);
}

TEST(parameters, survive_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO_DONE(arena) arena;
        arena_init(&arena, 16 * 1024);
        struct dm_error err = {0};
        struct parameters p;
        struct parameter_list list = {.count = 0};
        enum dm_code code =
            form_read(&query_text, STR("a=eq.1&b=eq.2&c=eq.3&d=eq.4&e=eq.5&limit=1"),
                      &arena, &list, &err);
        if (!code)
            code = parameters_read(&list, EVERYTHING, false, &arena, &p, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
    }
}
