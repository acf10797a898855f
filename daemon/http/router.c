/* The router: every address there is, and how a path finds its row. */
#include "daemon/http/router.h"

#include <stdio.h>

#include "base/str.h"
#include "daemon/http/accept.h"
#include "daemon/http/content.h"
#include "daemon/http/problem.h"
#include "daemon/rest/rest.h"

enum {
    GET_HEAD = METHOD_GET | METHOD_HEAD,
    OFFER_BOTH = OFFER_PLAIN | OFFER_TYPED,
    KEYS = PARAMETER_HASH | PARAMETER_RANGE,
    QUERY_CONTENTS = CONTENT_JSON | CONTENT_FORM | CONTENT_NONE,
    ITEM_CONTENTS = CONTENT_JSON | CONTENT_TYPED,
    PATCH_CONTENTS =
        CONTENT_JSON | CONTENT_MERGE_PATCH | CONTENT_JSON_PATCH | CONTENT_UPDATE,
    PATCH_PARAMETERS = PARAMETER_UPSERT | PARAMETER_MESSAGE,

    QUERY_BODY_MAX = 128 * 1024,
    ITEM_BODY_MAX = 4 * 1024 * 1024, /* 400 KB, each byte of it escaped or typed */
    MANY_BODY_MAX = 16 * 1024 * 1024 /* what the library takes for a document */
};

static const struct route routes[] = {
    {"/apps", GET_HEAD, false, OFFER_PLAIN, 0, 0, 0, rest_apps_list, "listApps",
     "The apps"},
    {"/apps/{app}", GET_HEAD, false, OFFER_PLAIN, 0, 0, 0, rest_apps_get, "getApp",
     "One app"},
    {"/models", GET_HEAD, true, OFFER_PLAIN, 0, 0, 0, rest_models_list, "listModels",
     "The app's models"},
    {"/openapi.json", GET_HEAD, true, OFFER_PLAIN, 0, 0, 0, rest_openapi_get,
     "getOpenapi", "The app as an OpenAPI document"},

    {"/models/{model}", GET_HEAD, true, OFFER_BOTH, PAGE_PARAMETERS, 0, 0, rest_page_get,
     "scan", "A page of all items"},
    {"/models/{model}:first", GET_HEAD, true, OFFER_BOTH, FIRST_PARAMETERS, 0, 0,
     rest_page_first, "first", "The first item"},
    {"/models/{model}:item", GET_HEAD, true, OFFER_BOTH, ITEM_PARAMETERS | KEYS, 0, 0,
     rest_item_get, "getItemByParameters", "One item, its key in parameters"},
    {"/models/{model}:query", METHOD_POST, true, OFFER_BOTH, PAGE_PARAMETERS | KEYS,
     QUERY_CONTENTS, QUERY_BODY_MAX, rest_page_post, "query",
     "A page, its parameters in the body"},
    {"/models/{model}/{hash}", GET_HEAD, true, OFFER_BOTH,
     ITEM_PARAMETERS | PAGE_PARAMETERS, 0, 0, rest_hash_get, "get",
     "The item or the partition of a hash key"},
    {"/models/{model}/{hash}/{range}", GET_HEAD, true, OFFER_BOTH, ITEM_PARAMETERS, 0, 0,
     rest_item_get, "getItem", "One item"},

    {"/models/{model}", METHOD_POST, true, OFFER_BOTH, 0, ITEM_CONTENTS, ITEM_BODY_MAX,
     rest_item_post, "create", "A new item"},
    {"/models/{model}/{hash}", METHOD_PUT, true, OFFER_BOTH, 0, ITEM_CONTENTS,
     ITEM_BODY_MAX, rest_item_put, "putByHash", "The item, replaced or created"},
    {"/models/{model}/{hash}/{range}", METHOD_PUT, true, OFFER_BOTH, 0, ITEM_CONTENTS,
     ITEM_BODY_MAX, rest_item_put, "put", "The item, replaced or created"},
    {"/models/{model}:item", METHOD_PUT, true, OFFER_BOTH, KEYS, ITEM_CONTENTS,
     ITEM_BODY_MAX, rest_item_put, "putByParameters",
     "The item, its key in parameters, replaced or created"},
    {"/models/{model}/{hash}", METHOD_PATCH, true, OFFER_BOTH, PATCH_PARAMETERS,
     PATCH_CONTENTS, ITEM_BODY_MAX, rest_item_patch, "patchByHash", "The item, changed"},
    {"/models/{model}/{hash}/{range}", METHOD_PATCH, true, OFFER_BOTH, PATCH_PARAMETERS,
     PATCH_CONTENTS, ITEM_BODY_MAX, rest_item_patch, "patch", "The item, changed"},
    {"/models/{model}:item", METHOD_PATCH, true, OFFER_BOTH, PATCH_PARAMETERS | KEYS,
     PATCH_CONTENTS, ITEM_BODY_MAX, rest_item_patch, "patchByParameters",
     "The item, its key in parameters, changed"},
    {"/models/{model}/{hash}", METHOD_DELETE, true, OFFER_BOTH, PARAMETER_MESSAGE, 0, 0,
     rest_item_delete, "deleteByHash", "The item, deleted"},
    {"/models/{model}/{hash}/{range}", METHOD_DELETE, true, OFFER_BOTH, PARAMETER_MESSAGE,
     0, 0, rest_item_delete, "delete", "The item, deleted"},
    {"/models/{model}:item", METHOD_DELETE, true, OFFER_BOTH, PARAMETER_MESSAGE | KEYS, 0,
     0, rest_item_delete, "deleteByParameters",
     "The item, its key in parameters, deleted"},

    {"/models/{model}:batchGet", METHOD_POST, true, OFFER_BOTH, 0, ITEM_CONTENTS,
     MANY_BODY_MAX, rest_batch_get, "batchGet", "Many items by their keys"},
    {"/models/{model}:batchWrite", METHOD_POST, true, OFFER_PLAIN, 0, ITEM_CONTENTS,
     MANY_BODY_MAX, rest_batch_write, "batchWrite", "Many items put and deleted"},
    {"/transactions", METHOD_POST, true, OFFER_BOTH, 0, ITEM_CONTENTS, MANY_BODY_MAX,
     rest_transactions_post, "transact", "All or nothing, over the app's models"},

    {"/models/{model}@{index}", GET_HEAD, true, OFFER_BOTH, PAGE_PARAMETERS, 0, 0,
     rest_page_get, "scanIndex", "A page of an index"},
    {"/models/{model}@{index}:first", GET_HEAD, true, OFFER_BOTH, FIRST_PARAMETERS, 0, 0,
     rest_page_first, "firstOfIndex", "The first item of an index"},
    {"/models/{model}@{index}:query", METHOD_POST, true, OFFER_BOTH,
     PAGE_PARAMETERS | KEYS, QUERY_CONTENTS, QUERY_BODY_MAX, rest_page_post,
     "queryIndexByBody", "A page of an index, its parameters in the body"},
    {"/models/{model}@{index}/{hash}", GET_HEAD, true, OFFER_BOTH, PAGE_PARAMETERS, 0, 0,
     rest_page_get, "queryIndex", "A page of one partition of an index"},
    {"/models/{model}@{index}/{hash}/{range}", GET_HEAD, true, OFFER_BOTH,
     PAGE_PARAMETERS, 0, 0, rest_page_get, "queryIndexRange",
     "A page of one key of an index"},
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

static const struct placeholder {
    struct dm_str text;
    size_t offset;
    bool is_name; /* ends at `:` or `@`, which no model's and no index's name has */
} placeholders[] = {
    {{"{app}", 5}, offsetof(struct route_values, app), false},
    {{"{model}", 7}, offsetof(struct route_values, model), true},
    {{"{index}", 7}, offsetof(struct route_values, index), true},
    {{"{hash}", 6}, offsetof(struct route_values, hash), false},
    {{"{range}", 7}, offsetof(struct route_values, range), false},
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

/* The one that the pattern begins with. */
static const struct placeholder *placeholder_at(struct dm_str pattern)
{
    size_t i = 0;
    while (!str_starts(pattern, placeholders[i].text))
        i++;
    return &placeholders[i];
}

static size_t name_length(struct dm_str text)
{
    size_t len = 0;
    while (len < text.len && text.ptr[len] != ':' && text.ptr[len] != '@')
        len++;
    return len;
}

static void advance(struct dm_str *text, size_t len)
{
    text->ptr += len;
    text->len -= len;
}

/* Takes what stands for the placeholder; false where there is nothing. */
static bool match_placeholder(const struct placeholder *placeholder,
                              struct dm_str *segment, struct route_values *values)
{
    size_t len = placeholder->is_name ? name_length(*segment) : segment->len;
    void *value = (char *)values + placeholder->offset;
    *(struct dm_str *)value = (struct dm_str){segment->ptr, len};
    advance(segment, len);
    return len > 0;
}

/* Takes the pattern's text before its next placeholder; false where the segment has
 * another. */
static bool match_literal(struct dm_str *pattern, struct dm_str *segment)
{
    const char *end = memchr(pattern->ptr, '{', pattern->len);
    struct dm_str literal = {pattern->ptr,
                             end ? (size_t)(end - pattern->ptr) : pattern->len};
    if (!str_starts(*segment, literal))
        return false;
    advance(pattern, literal.len);
    advance(segment, literal.len);
    return true;
}

static bool match_segment(struct dm_str pattern, struct dm_str segment,
                          struct route_values *values)
{
    while (pattern.len) {
        if (*pattern.ptr != '{') {
            if (!match_literal(&pattern, &segment))
                return false;
            continue;
        }
        const struct placeholder *placeholder = placeholder_at(pattern);
        if (!match_placeholder(placeholder, &segment, values))
            return false;
        advance(&pattern, placeholder->text.len);
    }
    return segment.len == 0;
}

static size_t count_segments(const char *pattern)
{
    size_t count = 0;
    for (; *pattern; pattern++)
        count += *pattern == '/';
    return count;
}

/* The pattern against the segments from `at` on, all of them. */
static bool match(const char *pattern, const struct target *target, size_t at,
                  struct route_values *values)
{
    if (at + count_segments(pattern) != target->segment_count) /* most end here */
        return false;
    struct dm_str rest = dm_str(pattern + 1);
    while (rest.ptr)
        if (!match_segment(str_split(&rest, '/'), target->segments[at++], values))
            return false;
    return true;
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

/* Several methods may have rows of their own. */
static bool is_listed(const struct route_table *table, size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (strcmp(table->routes[i].pattern, table->routes[row].pattern) == 0)
            return true;
    return false;
}

static enum dm_code route_not_found(const struct route_table *table, struct dm_error *err)
{
    char list[480] = "";
    size_t len = 0;
    for (size_t i = 0; i < table->count && len < sizeof list; i++)
        if (!is_listed(table, i))
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
        if (method != METHOD_OPTIONS) /* which is of all that match */
            break;
    }
    if (!allow)
        return route_not_found(table, err);
    *ret_allow = allow;
    if (!found)
        return method_not_allowed(allow, err);
    *ret_route = found;
    return DM_OK;
}
