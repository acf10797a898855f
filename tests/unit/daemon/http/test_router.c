/* The router: which row a path finds, and what is told where there is none. */
#include "daemon/http/problem.h"
#include "daemon/http/router.h"
#include "support/cases.h"

static void add_value(struct dm_buf *out, const char *name, struct dm_str value)
{
    if (value.ptr)
        buf_printf(out, " %s=%.*s", name, STR_ARG(value));
}

static void find(struct dm_str method, struct dm_str path, struct dm_buf *out)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 4096);
    struct dm_error err = {0};
    struct target target;
    const struct route *route = NULL;
    struct route_values values;
    unsigned allow = 0;
    assert_ok(target_parse(path, &arena, &target, &err), err);
    enum dm_code code =
        router_find(router_rest(), &target, router_method(arena_str(&arena, method).ptr),
                    &route, &values, &allow, &err);
    if (code) {
        char methods[64] = "";
        router_methods_text(allow, methods, sizeof methods);
        buf_printf(out, "%s%s%s", problem_type(code), allow ? " " : "", methods);
        return;
    }
    buf_printf(out, "%s", route->pattern);
    add_value(out, "app", values.app);
    add_value(out, "model", values.model);
    add_value(out, "index", values.index);
    add_value(out, "hash", values.hash);
    add_value(out, "range", values.range);
}

TEST(router, finds_what_the_cases_say)
{
    struct cases cases = cases_open(TEST_DATA "/cases/routes");
    while (cases_next(&cases)) {
        DM_AUTO_DONE(dm_buf) out;
        buf_init(&out, 4096);
        struct dm_str path = cases.input;
        struct dm_str method = str_split(&path, ' ');
        find(method, path, &out);
        cr_assert(str_equal(buf_str(&out), cases.expected), "%.*s gives %.*s, not %.*s",
                  STR_ARG(cases.input), STR_ARG(buf_str(&out)), STR_ARG(cases.expected));
    }
}

TEST(router, tells_what_there_is_where_nothing_is_served)
{
    struct dm_error err = {0};
    struct target target = {.segments = {STR("nope")}, .segment_count = 1};
    const struct route *route = NULL;
    struct route_values values;
    unsigned allow = 0;
    cr_assert(
        router_find(router_rest(), &target, METHOD_GET, &route, &values, &allow, &err));
    cr_assert(strstr(err.message, "/models/{model}/{hash}/{range}"), "%s", err.message);
    cr_assert(strstr(err.message, "/apps/{app}"), "%s", err.message);
}

TEST(router, has_a_text_for_every_set_of_methods)
{
    char text[64];
    cr_assert_eq(router_methods_text(0, text, sizeof text), 0);
    router_methods_text(METHOD_PUT, text, sizeof text);
    assert_str(dm_str(text), "PUT");
    cr_assert_lt(router_methods_text(~0U, text, sizeof text), sizeof text);
    assert_str(dm_str(text), "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
}

/* What OpenAPI and the hints are made from. */
TEST(router, has_rows_that_are_whole)
{
    for (size_t i = 0; i < router_rest()->count; i++) {
        const struct route *route = &router_rest()->routes[i];
        cr_assert(route->handle && route->operation && route->summary, "%s",
                  route->pattern);
        cr_assert_eq(!route->contents, !route->body_max, "%s", route->pattern);
        for (size_t j = 0; j < i; j++)
            cr_assert_str_neq(route->operation, router_rest()->routes[j].operation);
    }
}
