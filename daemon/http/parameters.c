/* Parameters: the table, and how each is read. */
#include "daemon/http/parameters.h"

#include <stddef.h>
#include <stdio.h>

#include "base/str.h"
#include "daemon/http/problem.h"
#include "model/filter.h"
#include "model/model_config.h"

/* --- reading one --- */

static enum dm_code invalid(const struct parameter_row *row, const char *expected,
                            struct dm_error *err)
{
    return problem_set(err, PROBLEM_INVALID_PARAMETER, "%s is %s", row->name, expected);
}

static enum dm_code read_flag(const struct parameter_row *row, struct dm_str value,
                              void *field, struct dm_error *err)
{
    bool is_true = str_equal(value, STR("true"));
    if (!is_true && !str_equal(value, STR("false")))
        return invalid(row, "true or false", err);
    *(bool *)field = is_true;
    return DM_OK;
}

static enum dm_code read_text(const struct parameter_row *row, struct dm_str value,
                              void *field, struct dm_error *err)
{
    (void)row;
    (void)err;
    *(struct dm_str *)field = value;
    return DM_OK;
}

static enum dm_code read_projection(const struct parameter_row *row, struct dm_str value,
                                    void *field, struct dm_error *err)
{
    if (str_empty(value))
        return error_set(err, DM_E_INVALID_PROJECTION, "%s names no attribute",
                         row->name);
    return read_text(row, value, field, err);
}

static enum dm_code read_message(const struct parameter_row *row, struct dm_str value,
                                 void *field, struct dm_error *err)
{
    if (value.len > MESSAGE_MAX)
        return problem_set(err, PROBLEM_INVALID_PARAMETER, "%s is longer than %d bytes",
                           row->name, MESSAGE_MAX);
    return read_text(row, value, field, err);
}

static enum dm_code read_token(const struct parameter_row *row, struct dm_str value,
                               void *field, struct dm_error *err)
{
    if (str_empty(value))
        return error_set(err, DM_E_INVALID_TOKEN, "%s is empty", row->name);
    return read_text(row, value, field, err);
}

static enum dm_code read_path(const struct parameter_row *row, struct dm_str value,
                              void *field, struct dm_error *err)
{
    if (str_empty(value))
        return invalid(row, "the path of one attribute", err);
    return read_text(row, value, field, err);
}

static enum dm_code read_limit(const struct parameter_row *row, struct dm_str value,
                               void *field, struct dm_error *err)
{
    size_t limit = 0;
    if (!str_to_size(value, 1000, &limit) || limit == 0)
        return invalid(row, "a number from 1 to 1000", err);
    *(unsigned *)field = (unsigned)limit;
    return DM_OK;
}

static enum dm_code read_refresh(const struct parameter_row *row, struct dm_str value,
                                 void *field, struct dm_error *err)
{
    size_t seconds = 0;
    if (!str_to_size(value, 3600, &seconds) || seconds == 0)
        return invalid(row, "a number of seconds from 1 to 3600", err);
    *(unsigned *)field = (unsigned)seconds;
    return DM_OK;
}

static enum dm_code read_order(const struct parameter_row *row, struct dm_str value,
                               void *field, struct dm_error *err)
{
    bool descending = str_equal(value, STR("desc"));
    if (!descending && !str_equal(value, STR("asc")))
        return invalid(row, "asc or desc", err);
    *(bool *)field = descending;
    return DM_OK;
}

/* --- the table --- */

#define FIELD(name) offsetof(struct parameters, name)

const struct parameter_row parameter_rows[] = {
    {PARAMETER_HASH, "hash", "The hash key.", "{\"type\":\"string\"}", read_text,
     FIELD(hash)},
    {PARAMETER_RANGE, "range", "The range key.", "{\"type\":\"string\"}", read_text,
     FIELD(range)},
    {PARAMETER_CONSISTENT_READ, "consistent_read",
     "A strongly consistent read, at twice the capacity; not on a global index.",
     "{\"type\":\"boolean\",\"default\":false}", read_flag, FIELD(consistent_read)},
    {PARAMETER_ATTRIBUTES_TO_GET, "attributes_to_get",
     "Which attributes to read: document paths between commas.",
     "{\"type\":\"string\",\"minLength\":1}", read_projection, FIELD(attributes_to_get)},
    {PARAMETER_MESSAGE, "message", "What a 404 is to say instead of the model's message.",
     "{\"type\":\"string\",\"maxLength\":256}", read_message, FIELD(message)},
    {PARAMETER_LIMIT, "limit", "How many items to look at for one page.",
     "{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000,\"default\":100}", read_limit,
     FIELD(limit)},
    {PARAMETER_AFTER, "after", "Where the page begins: from the Link of the one before.",
     "{\"type\":\"string\",\"minLength\":1}", read_token, FIELD(after)},
    {PARAMETER_ORDER, "order", "By the range key, of one partition.",
     "{\"type\":\"string\",\"enum\":[\"asc\",\"desc\"],\"default\":\"asc\"}", read_order,
     FIELD(descending)},
    {PARAMETER_COUNT, "count", "Only how many items there are.",
     "{\"type\":\"boolean\",\"default\":false}", read_flag, FIELD(count)},
    {PARAMETER_RAW, "raw", "The bare value at this document path, as text or bytes.",
     "{\"type\":\"string\",\"minLength\":1}", read_path, FIELD(raw)},
    {PARAMETER_EXPLAIN, "explain", "What would be sent to DynamoDB, without sending it.",
     "{\"type\":\"boolean\",\"default\":false}", read_flag, FIELD(explain)},
    {PARAMETER_UPSERT, "upsert", "Makes the item where there is none.",
     "{\"type\":\"boolean\",\"default\":false}", read_flag, FIELD(upsert)},
    {PARAMETER_REFRESH, "refresh", "Seconds after which the page asks anew.",
     "{\"type\":\"integer\",\"minimum\":1,\"maximum\":3600}", read_refresh,
     FIELD(refresh_s)},
};
const size_t parameter_row_count = DM_COUNT(parameter_rows);

/* All names but the admin's are parameters wherever they stand. */
static const struct parameter_row *find_row(struct dm_str name, unsigned taken)
{
    for (size_t i = 0; i < parameter_row_count; i++) {
        const struct parameter_row *row = &parameter_rows[i];
        if (str_equal(name, dm_str(row->name)))
            return row->parameter != PARAMETER_REFRESH || taken & row->parameter ? row
                                                                                 : NULL;
    }
    return NULL;
}

/* --- all of them --- */

enum dm_code parameter_list_add(struct parameter_list *list,
                                const struct parameter_text *text, struct arena *arena,
                                struct dm_error *err)
{
    if (list->count == PARAMETERS_MAX)
        return problem_set(err, PROBLEM_INVALID_QUERY,
                           "there are more than %d parameters", PARAMETERS_MAX);
    if (list->count == list->cap) {
        size_t cap = list->cap ? 2 * list->cap : 4;
        struct parameter_text *at = arena_alloc(arena, cap * sizeof *at);
        if (!at)
            return error_nomem(err);
        if (list->count)
            memcpy(at, list->at, list->count * sizeof *at);
        list->at = at;
        list->cap = cap;
    }
    list->at[list->count++] = *text;
    return DM_OK;
}

static void hint_at_taken(unsigned taken, struct dm_error *err)
{
    char names[sizeof err->hint] = "";
    size_t len = 0;
    for (size_t i = 0; i < parameter_row_count && len < sizeof names; i++)
        if (taken & parameter_rows[i].parameter)
            len += (size_t)snprintf(names + len, sizeof names - len, "%s%s",
                                    len ? ", " : "", parameter_rows[i].name);
    if (taken & PARAMETER_FILTERS)
        error_hint(err, "a filter is NAME=eq.VALUE; else there is %s", names);
    else if (len)
        error_hint(err, "there is %s", names);
}

static enum dm_code unknown(const struct parameter_text *text, unsigned taken,
                            struct dm_error *err)
{
    problem_set(err, PROBLEM_UNKNOWN_PARAMETER, "there is no parameter \"%.*s\" here",
                STR_ARG(text->name));
    if (taken & PARAMETER_FILTERS && filter_looks_like_one(text->value))
        error_hint(err, "an attribute of that name is filtered on with and=(%.*s.%.*s)",
                   STR_ARG(text->name), STR_ARG(text->value));
    else
        hint_at_taken(taken, err);
    return (enum dm_code)PROBLEM_UNKNOWN_PARAMETER;
}

struct reading {
    struct parameters parameters;
    unsigned seen;
    size_t filters_max;
    struct arena *arena;
};

static enum dm_code read_row(struct reading *reading, const struct parameter_row *row,
                             struct dm_str value, struct dm_error *err)
{
    struct parameters *parameters = &reading->parameters;
    if (reading->seen & row->parameter)
        return problem_set(err, PROBLEM_DUPLICATE_PARAMETER,
                           "the parameter \"%s\" is given more than once", row->name);
    reading->seen |= row->parameter;

    void *field = (char *)parameters + row->offset;
    DM_TRY(row->read(row, value, field, err));
    if (row->read != read_flag || *(bool *)field)
        parameters->given |= row->parameter;
    return DM_OK;
}

static bool is_filter(const struct parameter_text *text)
{
    static const struct dm_str groups[] = {
        {"and", 3}, {"or", 2}, {"not.and", 7}, {"not.or", 6}};
    for (size_t i = 0; i < DM_COUNT(groups); i++)
        if (str_equal(text->name, groups[i]))
            return true;
    return filter_looks_like_one(text->value);
}

static enum dm_code add_filter(struct reading *reading, const struct parameter_text *text,
                               struct dm_error *err)
{
    struct parameters *parameters = &reading->parameters;
    if (!parameters->filters)
        parameters->filters = arena_alloc(
            reading->arena, reading->filters_max * sizeof *parameters->filters);
    if (!parameters->filters)
        return error_nomem(err);
    parameters->filters[parameters->filter_count++] =
        (struct dm_filter){text->name, text->value};
    parameters->given |= PARAMETER_FILTERS;
    return DM_OK;
}

/* Which exclude each other. */
static const struct {
    unsigned both;
    const char *message, *hint;
} contradictions[] = {
    {PARAMETER_RAW | PARAMETER_ATTRIBUTES_TO_GET,
     "raw names the one attribute, and attributes_to_get others", "raw=a.b alone"},
    {PARAMETER_COUNT | PARAMETER_RAW, "count has no items, and raw is of one",
     "count=true or raw=NAME"},
    {PARAMETER_COUNT | PARAMETER_LIMIT, "count counts all, and limit is of one page",
     "count=true alone"},
    {PARAMETER_COUNT | PARAMETER_ATTRIBUTES_TO_GET,
     "count has no items, and attributes_to_get is of items", "count=true alone"},
};

static enum dm_code check_together(unsigned given, struct dm_error *err)
{
    for (size_t i = 0; i < DM_COUNT(contradictions); i++) {
        if ((given & contradictions[i].both) != contradictions[i].both)
            continue;
        problem_set(err, PROBLEM_INVALID_PARAMETER, "%s", contradictions[i].message);
        error_hint(err, "%s", contradictions[i].hint);
        return (enum dm_code)PROBLEM_INVALID_PARAMETER;
    }
    return DM_OK;
}

enum dm_code parameters_read(const struct parameter_list *list, unsigned taken,
                             bool lenient, struct arena *arena,
                             struct parameters *ret_parameters, struct dm_error *err)
{
    struct reading reading = {.filters_max = list->count, .arena = arena};
    for (size_t i = 0; i < list->count; i++) {
        const struct parameter_text *text = &list->at[i];
        const struct parameter_row *row = find_row(text->name, taken);
        if (row && taken & row->parameter)
            DM_TRY(read_row(&reading, row, text->value, err));
        else if (!row && taken & PARAMETER_FILTERS && is_filter(text))
            DM_TRY(add_filter(&reading, text, err));
        else if (!lenient)
            return unknown(text, taken, err);
    }
    DM_TRY(check_together(reading.parameters.given, err));
    *ret_parameters = reading.parameters;
    return DM_OK;
}

enum dm_code parameters_check(const struct parameters *parameters, unsigned taken,
                              struct dm_error *err)
{
    unsigned refused = parameters->given & ~taken;
    struct parameter_text text = {.name = {NULL, 0}};
    if (refused & PARAMETER_FILTERS)
        text.name = parameters->filters[0].name;
    for (size_t i = 0; i < parameter_row_count; i++)
        if (refused & parameter_rows[i].parameter)
            text.name = dm_str(parameter_rows[i].name);
    return refused ? unknown(&text, taken, err) : DM_OK;
}
