/* If-Match and If-None-Match of a write (RFC 9110 section 13). */
#include "model/guard.h"

#include "base/error.h"
#include "base/str.h"
#include "model/filter.h"
#include "model/version.h"
#include "value/number.h"
#include "value/quote.h"

/* --- lists of tags --- */

static void skip(struct dm_str *text, size_t len)
{
    *text = (struct dm_str){text->ptr + len, text->len - len};
}

/* Elements may be empty. */
static void skip_separators(struct dm_str *list)
{
    while (list->len && (*list->ptr == ',' || *list->ptr == ' ' || *list->ptr == '\t'))
        skip(list, 1);
}

/* The next one, with its quotes, and *list past it and what separates it from the one
 * after; false: there is none. */
static bool next_tag(struct dm_str *list, struct dm_str *ret_tag, bool *ret_weak)
{
    const char *end = NULL;
    skip_separators(list);
    *ret_weak = str_starts(*list, STR("W/"));
    if (*ret_weak)
        skip(list, 2);
    if (list->len >= 2 && *list->ptr == '"')
        end = memchr(list->ptr + 1, '"', list->len - 1);
    if (!end)
        return false;
    *ret_tag = (struct dm_str){list->ptr, (size_t)(end + 1 - list->ptr)};
    skip(list, ret_tag->len);
    bool ended =
        !list->len || *list->ptr == ',' || *list->ptr == ' ' || *list->ptr == '\t';
    skip_separators(list);
    return ended;
}

static bool is_list(struct dm_str list)
{
    struct dm_str tag;
    bool weak;
    do {
        if (!next_tag(&list, &tag, &weak))
            return false;
    } while (list.len);
    return true;
}

static bool list_has(struct dm_str list, struct dm_str etag, bool weak_too)
{
    struct dm_str tag;
    bool weak;
    while (list.len && next_tag(&list, &tag, &weak))
        if ((!weak || weak_too) && str_equal(tag, etag))
            return true;
    return false;
}

/* The version that a list's only tag names; len 0: it has others too, or names none. */
static struct dm_str named_version(struct dm_str list)
{
    struct dm_str tag;
    bool weak;
    size_t digits = 0;
    if (!next_tag(&list, &tag, &weak) || weak || list.len || !str_starts(tag, STR("\"v")))
        return STR("");
    skip(&tag, strlen("\"v"));
    while (digits < tag.len && tag.ptr[digits] >= '0' && tag.ptr[digits] <= '9')
        digits++;
    bool is_canonical = digits == 1 || (digits > 1 && *tag.ptr != '0');
    if (!is_canonical || digits > NUMBER_MAX_DIGITS || tag.ptr[digits] != '-')
        return STR("");
    return (struct dm_str){tag.ptr, digits};
}

/* --- reading it --- */

static enum dm_code read_tags(const char *field, struct dm_str text, bool *ret_any,
                              struct dm_str *ret_list, struct dm_error *err)
{
    text = str_trim(text);
    *ret_any = str_equal(text, STR("*"));
    *ret_list = *ret_any ? STR("") : text;
    if (!ret_list->len || is_list(text))
        return DM_OK;
    return error_set(err, DM_E_INVALID, "%s: expected * or entity tags in quotes: got %s",
                     field, quote(text).text);
}

enum dm_code guard_read(const struct dm_guard *asked, const struct attributes *attributes,
                        struct guard *ret_guard, struct dm_error *err)
{
    struct guard guard = {.is_given = asked->if_match.len || asked->if_none_match.len,
                          .filters = asked->filters,
                          .filter_count = asked->filter_count};
    DM_TRY(read_tags("if_match", asked->if_match, &guard.must_exist, &guard.match, err));
    DM_TRY(read_tags("if_none_match", asked->if_none_match, &guard.must_not_exist,
                     &guard.none_match, err));
    if (guard.match.len && version_attribute(attributes))
        guard.version = named_version(guard.match);
    if (guard.version.len)
        guard.match = STR("");
    *ret_guard = guard;
    return DM_OK;
}

/* --- asking it --- */

enum dm_code guard_check_compares(const struct model_config *model,
                                  const struct scope *scope, struct dm_error *err)
{
    if (model->allow_read && scope_reads(scope))
        return DM_OK;
    if (!model->allow_read)
        error_set(
            err, DM_E_FORBIDDEN,
            "model \"%s\" does not allow reading, nor conditions on what its items hold",
            model->name.ptr);
    else
        error_set(err, DM_E_FORBIDDEN,
                  "this caller may not read, nor have conditions on what items hold");
    error_hint(err, "a write of it may demand that an item is there, or is not");
    return DM_E_FORBIDDEN;
}

enum dm_code demand_filters(struct demands *demands, const struct attributes *attributes,
                            const struct key_schema *schema,
                            const struct dm_filter *filters, size_t count,
                            struct dm_error *err)
{
    struct filter filter;
    struct filter_place place = {.attributes = attributes, .schema = schema};
    if (!count)
        return DM_OK;
    DM_TRY(filter_parse(&place, filters, count, demands->arena, &filter, err));
    if (filter.condition)
        demand(demands, filter.condition);
    return DM_OK;
}

enum dm_code guard_demand(const struct guard *guard, const struct attributes *attributes,
                          const struct key_schema *schema, struct demands *demands,
                          struct dm_error *err)
{
    struct dm_value version = {.type = DM_N, .as.text = guard->version};
    if (guard->must_exist)
        DM_TRY(demand_item(demands, err));
    if (guard->must_not_exist)
        DM_TRY(demand_none_with(demands, demands->hash_name, err));
    if (guard->version.len)
        DM_TRY(demand_value(demands, attributes->version->name, &version, err));
    return demand_filters(demands, attributes, schema, guard->filters,
                          guard->filter_count, err);
}

/* --- comparing --- */

enum dm_code guard_check_tags(const struct guard *guard, struct etag_maker *maker,
                              const struct attributes *attributes,
                              const struct dm_value *item, bool *ret_right,
                              struct dm_error *err)
{
    static const struct dm_str forms[] = {{"plain", 5}, {"typed", 5}};
    bool matches = !guard->match.len, none_matches = true;
    for (size_t i = 0; item && i < DM_COUNT(forms); i++) {
        struct etag etag;
        DM_TRY(etag_of_item(maker, attributes, item, forms[i], &etag, err));
        matches |= list_has(guard->match, dm_str(etag.text), false);
        none_matches &= !list_has(guard->none_match, dm_str(etag.text), true);
    }
    *ret_right = matches && none_matches;
    return DM_OK;
}
