/* The router: every address there is, and how a path finds its row. */
#include "daemon/router.h"

#include <stdio.h>

#include "base/str.h"
#include "daemon/accept.h"
#include "daemon/problem.h"
#include "daemon/rest.h"

static const char *const no_parameters[] = {NULL};
static const char *const item_parameters[] = {"consistent_read", "attributes_to_get",
                                              "message", NULL};

enum { GET_HEAD = METHOD_GET | METHOD_HEAD };

static const struct route routes[] = {
    {"/apps", GET_HEAD, false, OFFER_PLAIN, no_parameters, rest_apps_list},
    {"/apps/{app}", GET_HEAD, false, OFFER_PLAIN, no_parameters, rest_apps_get},
    {"/models", GET_HEAD, true, OFFER_PLAIN, no_parameters, rest_models_list},
    {"/models/{model}:first", GET_HEAD, true, OFFER_PLAIN | OFFER_TYPED, item_parameters,
     rest_item_first},
    {"/models/{model}/{hash}", GET_HEAD, true, OFFER_PLAIN | OFFER_TYPED, item_parameters,
     rest_item_get},
    {"/models/{model}/{hash}/{range}", GET_HEAD, true, OFFER_PLAIN | OFFER_TYPED,
     item_parameters, rest_item_get},
};

static const struct route_table rest_table = {
    .routes = routes,
    .count = DM_COUNT(routes),
    .hint = "/models… is of the default app, and /apps/{app}/models… of any",
};

const struct route_table *router_rest(void)
{
    return &rest_table;
}

static const struct {
    unsigned method;
    const char *name;
} methods[] = {
    {METHOD_GET, "GET"},         {METHOD_HEAD, "HEAD"},   {METHOD_POST, "POST"},
    {METHOD_PUT, "PUT"},         {METHOD_PATCH, "PATCH"}, {METHOD_DELETE, "DELETE"},
    {METHOD_OPTIONS, "OPTIONS"},
};

static const struct {
    struct dm_str placeholder;
    size_t offset;
} placeholders[] = {
    {{"{app}", 5}, offsetof(struct route_values, app)},
    {{"{hash}", 6}, offsetof(struct route_values, hash)},
    {{"{range}", 7}, offsetof(struct route_values, range)},
};

unsigned router_method(const char *name)
{
    for (size_t i = 0; i < DM_COUNT(methods); i++)
        if (strcmp(methods[i].name, name) == 0)
            return methods[i].method;
    return METHOD_OTHER;
}

const char *router_method_name(unsigned method)
{
    for (size_t i = 0; i < DM_COUNT(methods); i++)
        if (methods[i].method == method)
            return methods[i].name;
    return method ? "other" : "";
}

size_t router_methods_text(unsigned set, char *text, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < DM_COUNT(methods); i++) {
        if (!(set & methods[i].method) || len >= size)
            continue;
        len += (size_t)snprintf(text + len, size - len, "%s%s", len ? ", " : "",
                                methods[i].name);
    }
    return len;
}

/* "{model}:first": the name before the segment's first `:` or `@`, and then the verb. */
static bool match_model(struct dm_str verb, struct dm_str segment,
                        struct route_values *values)
{
    size_t len = 0;
    while (len < segment.len && segment.ptr[len] != ':' && segment.ptr[len] != '@')
        len++;
    struct dm_str rest = {segment.ptr + len, segment.len - len};
    values->model = (struct dm_str){segment.ptr, len};
    return len > 0 && str_equal(rest, verb);
}

static bool match_segment(struct dm_str pattern, struct dm_str segment,
                          struct route_values *values)
{
    struct dm_str model = STR("{model}");
    if (str_starts(pattern, model))
        return match_model(
            (struct dm_str){pattern.ptr + model.len, pattern.len - model.len}, segment,
            values);
    for (size_t i = 0; i < DM_COUNT(placeholders); i++) {
        if (!str_equal(pattern, placeholders[i].placeholder))
            continue;
        char *value = (char *)values + placeholders[i].offset;
        *(struct dm_str *)(void *)value = segment;
        return true;
    }
    return str_equal(pattern, segment);
}

/* The pattern against the segments from `at` on, all of them. */
static bool match(const char *pattern, const struct target *target, size_t at,
                  struct route_values *values)
{
    struct dm_str rest = dm_str(pattern + 1);
    while (rest.ptr && at < target->segment_count)
        if (!match_segment(str_split(&rest, '/'), target->segments[at++], values))
            return false;
    return !rest.ptr && at == target->segment_count;
}

/* At its own place, or behind /apps/{app}. */
static bool route_matches(const struct route *route, const struct target *target,
                          struct route_values *ret_values)
{
    *ret_values = (struct route_values){.app = {NULL, 0}};
    if (match(route->pattern, target, 0, ret_values))
        return true;
    if (!route->needs_app || target->segment_count < 3 ||
        !str_equal(target->segments[0], STR("apps")))
        return false;
    *ret_values = (struct route_values){.app = target->segments[1]};
    return match(route->pattern, target, 2, ret_values);
}

static enum dm_code route_not_found(const struct route_table *table, struct dm_error *err)
{
    char list[400] = "";
    size_t len = 0;
    for (size_t i = 0; i < table->count && len < sizeof list; i++)
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%s", i ? ", " : "",
                                table->routes[i].pattern);
    problem_set(err, PROBLEM_ROUTE_NOT_FOUND, "nothing is served here; there is %s",
                list);
    if (table->hint)
        error_hint(err, "%s", table->hint);
    return (enum dm_code)PROBLEM_ROUTE_NOT_FOUND;
}

static enum dm_code method_not_allowed(unsigned allow, struct dm_error *err)
{
    char text[64];
    router_methods_text(allow, text, sizeof text);
    return problem_set(err, PROBLEM_METHOD_NOT_ALLOWED, "this address takes %s", text);
}

enum dm_code router_find(const struct route_table *table, const struct target *target,
                         unsigned method, const struct route **ret_route,
                         struct route_values *ret_values, unsigned *ret_allow,
                         struct dm_error *err)
{
    const struct route *found = NULL;
    unsigned allow = 0;
    for (const struct route *at = table->routes; at < table->routes + table->count;
         at++) {
        struct route_values values;
        if (!route_matches(at, target, &values))
            continue;
        allow |= at->methods | METHOD_OPTIONS;
        if (!((at->methods | METHOD_OPTIONS) & method))
            continue;
        found = at;
        *ret_values = values;
    }
    if (!allow)
        return route_not_found(table, err);
    *ret_allow = allow;
    if (!found)
        return method_not_allowed(allow, err);
    *ret_route = found;
    return DM_OK;
}
