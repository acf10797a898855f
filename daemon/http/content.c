/* The Content-Type. */
#include "daemon/http/content.h"

#include <stdio.h>

#include "base/str.h"
#include "daemon/http/problem.h"

const struct content_row content_rows[] = {
    {CONTENT_JSON, "application/json"},
    {CONTENT_FORM, "application/x-www-form-urlencoded"},
    {CONTENT_TYPED, "application/x-amz-json-1.0"},
    {CONTENT_MERGE_PATCH, "application/merge-patch+json"},
    {CONTENT_JSON_PATCH, "application/json-patch+json"},
    {CONTENT_UPDATE, "application/vnd.dynamod.update+json"},
};
const size_t content_row_count = DM_COUNT(content_rows);

static void hint_at_taken(unsigned taken, struct dm_error *err)
{
    char types[sizeof err->hint] = "";
    size_t len = 0;
    for (size_t i = 0; i < content_row_count && len < sizeof types; i++)
        if (taken & content_rows[i].content)
            len += (size_t)snprintf(types + len, sizeof types - len, "%s%s",
                                    len ? ", " : "", content_rows[i].type);
    error_hint(err, "one of %s", types);
}

static bool is_compressed(const struct head *head)
{
    return head->content_encoding.count &&
           !str_equal_nocase(head->content_encoding.value, STR("identity"));
}

/* Any other charset would be read wrongly. */
static bool is_utf_8(struct dm_str parameters)
{
    while (parameters.ptr) {
        struct dm_str value = str_split(&parameters, ';');
        struct dm_str name = str_trim(str_split(&value, '='));
        if (!str_equal_nocase(name, STR("charset")))
            continue;
        value = str_trim(value);
        if (!str_equal_nocase(value, STR("utf-8")) &&
            !str_equal_nocase(value, STR("\"utf-8\"")))
            return false;
    }
    return true;
}

enum dm_code content_choose(const struct head *head, unsigned taken,
                            enum content *ret_content, struct dm_error *err)
{
    struct dm_str parameters = head->content_type.value;
    struct dm_str type = str_trim(str_split(&parameters, ';'));
    if (is_compressed(head))
        return problem_set(err, PROBLEM_UNSUPPORTED_CONTENT,
                           "a body with a Content-Encoding is not understood");
    if (!is_utf_8(parameters))
        return problem_set(err, PROBLEM_UNSUPPORTED_CONTENT,
                           "a body of another charset than UTF-8 is not understood");
    for (size_t i = 0; i < content_row_count; i++) {
        if (!(taken & content_rows[i].content) ||
            !str_equal_nocase(type, dm_str(content_rows[i].type)))
            continue;
        *ret_content = content_rows[i].content;
        return DM_OK;
    }
    problem_set(err, PROBLEM_UNSUPPORTED_CONTENT,
                "this request's body is not of a type that is understood here");
    hint_at_taken(taken, err);
    return (enum dm_code)PROBLEM_UNSUPPORTED_CONTENT;
}
