/* Operators and paths of filters. */
#include "model/filter_reader.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "value/quote.h"

static const struct filter_operator operators[] = {
    {{"eq", 2}, CONDITION_EQ, TAKES_ONE},
    {{"ne", 2}, CONDITION_NE, TAKES_ONE},
    {{"lt", 2}, CONDITION_LT, TAKES_ONE},
    {{"le", 2}, CONDITION_LE, TAKES_ONE},
    {{"gt", 2}, CONDITION_GT, TAKES_ONE},
    {{"ge", 2}, CONDITION_GE, TAKES_ONE},
    {{"between", 7}, CONDITION_BETWEEN, TAKES_TWO},
    {{"in", 2}, CONDITION_IN, TAKES_MANY},
    {{"begins_with", 11}, CONDITION_BEGINS_WITH, TAKES_ONE},
    {{"contains", 8}, CONDITION_CONTAINS, TAKES_ONE},
    {{"exists", 6}, CONDITION_EXISTS, TAKES_BOOL},
    {{"type", 4}, CONDITION_TYPE, TAKES_TYPE},
};

enum dm_code(filter_wrong)(struct dm_error *err, struct dm_str name, const char *format,
                           ...)
{
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return error_set(err, DM_E_INVALID_FILTER, "filter \"%s\": %s", quote(name).text,
                     what);
}

static struct dm_str behind(struct dm_str text, size_t len)
{
    return (struct dm_str){text.ptr + len, text.len - len};
}

/* The operator at the start of the text, before its dot. */
static const struct filter_operator *operator_at(struct dm_str text)
{
    for (size_t i = 0; i < DM_COUNT(operators); i++) {
        size_t len = operators[i].name.len;
        if (text.len > len && text.ptr[len] == '.' && str_starts(text, operators[i].name))
            return &operators[i];
    }
    return NULL;
}

bool filter_read_operator(struct filter_reader *reader,
                          const struct filter_operator **ret_operator, bool *ret_negated)
{
    struct dm_str text = reader->rest;
    bool negated = str_starts(text, STR("not."));
    if (negated)
        text = behind(text, strlen("not."));
    const struct filter_operator *found = operator_at(text);
    if (!found)
        return false;
    reader->rest = behind(text, found->name.len + 1);
    *ret_operator = found;
    *ret_negated = negated;
    return true;
}

bool filter_looks_like_one(struct dm_str value)
{
    const struct filter_operator *found;
    bool negated;
    struct filter_reader reader = {.rest = value};
    return filter_read_operator(&reader, &found, &negated);
}

bool filter_read_char(struct filter_reader *reader, char c)
{
    if (!reader->rest.len || reader->rest.ptr[0] != c)
        return false;
    reader->rest = behind(reader->rest, 1);
    return true;
}

/* Past the quoted name that begins at `at`; the text's end when it is not closed. */
static size_t skip_quoted(struct dm_str text, size_t at)
{
    for (at++; at < text.len && text.ptr[at] != '"'; at++)
        at += text.ptr[at] == '\\';
    return at < text.len ? at + 1 : text.len;
}

/* Where the path's text ends: at the first dot that an operator follows, or the text's
 * end. */
static size_t path_end(struct dm_str text)
{
    size_t at = 0;
    while (at < text.len && text.ptr[at] != ',') {
        if (text.ptr[at] == '"')
            at = skip_quoted(text, at);
        else if (text.ptr[at] == '.' && at && filter_looks_like_one(behind(text, at + 1)))
            return at;
        else
            at++;
    }
    return text.len;
}

enum dm_code filter_path(struct dm_str text, struct arena *arena, struct path *ret_path,
                         struct dm_error *err)
{
    struct dm_error why = {0};
    struct dm_str rest = text;
    struct path path;
    enum dm_code code = path_parse(&rest, arena, &path, &why);
    if (code == DM_E_INVALID)
        return filter_wrong(err, text, "%s", why.message);
    if (code)
        return error_nomem(err);
    if (rest.len) {
        filter_wrong(err, text, "\"%s\" stands behind the path", quote(rest).text);
        error_hint(err, "a name with odd characters is put in double quotes");
        return DM_E_INVALID_FILTER;
    }
    *ret_path = path;
    return DM_OK;
}

enum dm_code filter_read_path(struct filter_reader *reader, struct dm_str *ret_text,
                              struct path *ret_path, struct dm_error *err)
{
    struct dm_str text = {reader->rest.ptr, path_end(reader->rest)};
    if (text.len == reader->rest.len) {
        filter_wrong(err, text, "expected attribute.operator.value");
        error_hint(err, "operators: eq ne lt le gt ge between in begins_with contains "
                        "exists type, and not. before them");
        return DM_E_INVALID_FILTER;
    }
    DM_TRY(filter_path(text, reader->arena, ret_path, err));
    reader->rest = behind(reader->rest, text.len + 1);
    *ret_text = text;
    return DM_OK;
}
