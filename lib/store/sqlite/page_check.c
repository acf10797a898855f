/* Rules for pages. */
#include "store/sqlite/page_check.h"

#include <stdio.h>

#include "base/str.h"
#include "expr/evaluate.h"
#include "expr/validation.h"
#include "store/sqlite/index_view.h"
#include "value/quote.h"

/* Top-level names that an index does not hold: "x, y". */
struct missing {
    size_t len;
    char text[300];
};

static void note_missing(const struct page *page, const struct path *path,
                         struct missing *missing)
{
    struct dm_str name = path->steps[0].name;
    if (index_holds(page->table, page->index, name) || missing->len >= 200)
        return;
    int len = snprintf(missing->text + missing->len, sizeof missing->text - missing->len,
                       "%s%s", missing->len ? ", " : "", quote(name).text);
    missing->len += (size_t)len;
}

typedef enum dm_code (*path_fn)(const struct page *page, const struct path *path,
                                struct missing *missing, struct dm_error *err);

static enum dm_code each_path(const struct condition *condition, path_fn visit,
                              const struct page *page, struct missing *missing,
                              struct dm_error *err)
{
    for (size_t i = 0; i < condition->child_count; i++)
        DM_TRY(each_path(&condition->children[i], visit, page, missing, err));
    for (size_t i = 0; i < condition->operand_count; i++)
        if (condition->operands[i].kind != OPERAND_VALUE)
            DM_TRY(visit(page, &condition->operands[i].path, missing, err));
    return DM_OK;
}

static enum dm_code visit_held(const struct page *page, const struct path *path,
                               struct missing *missing, struct dm_error *err)
{
    (void)err;
    note_missing(page, path, missing);
    return DM_OK;
}

static enum dm_code check_filter(const struct page *page, struct dm_error *err)
{
    struct missing missing = {0};
    if (!page->filter)
        return DM_OK;
    DM_TRY(filter_check(page->filter, err));
    DM_TRY(each_path(page->filter, visit_held, page, &missing, err));
    if (!missing.len)
        return DM_OK;
    return validation_error(err,
                            "One or more parameter values were invalid: Secondary index "
                            "%s does not project one or more filter attributes: [%s]",
                            quote(page->index->name).text, missing.text);
}

/* A local index lends the rest of the item from the table; a global one cannot. */
static enum dm_code check_projection(struct page *page, struct dm_error *err)
{
    struct missing missing = {0};
    if (page->projection && page->projection->count == 0)
        page->projection = NULL;
    if (!page->projection)
        return DM_OK;
    if (page->count_only)
        return validation_error(err, "Cannot specify the ProjectionExpression when "
                                     "choosing to get only the Count");
    for (size_t i = 0; i < page->projection->count; i++)
        note_missing(page, &page->projection->paths[i], &missing);
    if (missing.len && page->index && page->index->global)
        return validation_error(err,
                                "One or more parameter values were invalid: Global "
                                "secondary index %s does not project [%s]",
                                quote(page->index->name).text, missing.text);
    page->fetches = missing.len > 0;
    return DM_OK;
}

enum dm_code page_check(struct page *page, struct dm_error *err)
{
    if (page->consistent && page->index && page->index->global)
        return validation_error(
            err, "Consistent reads are not supported on global secondary indexes");
    DM_TRY(check_filter(page, err));
    return check_projection(page, err);
}

static enum dm_code visit_no_key(const struct page *page, const struct path *path,
                                 struct missing *missing, struct dm_error *err)
{
    (void)missing;
    const struct key_schema *schema = page_schema(page);
    struct dm_str name = path->steps[0].name;
    if (!str_equal(name, schema->hash.name) && !str_equal(name, schema->range.name))
        return DM_OK;
    if (path->count > 1)
        return validation_error(err,
                                "Key attributes must be scalars; list random access '[]' "
                                "and map lookup '.' are not allowed: Key: %s",
                                quote(name).text);
    return validation_error(err,
                            "Filter Expression can only contain non-primary key "
                            "attributes: Primary key attribute: %s",
                            quote(name).text);
}

enum dm_code page_check_key_filter(const struct page *page, struct dm_error *err)
{
    return page->filter ? each_path(page->filter, visit_no_key, page, NULL, err) : DM_OK;
}
