/* Scan: a page of a table or an index, in the order of its keys. */
#include "expr/validation.h"
#include "store/sqlite/items.h"
#include "store/sqlite/page.h"
#include "store/sqlite/start_key.h"

/* https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html */
enum { SEGMENTS_MAX = 1000000 };

static enum dm_code check_segments(const struct store_scan *request, struct dm_error *err)
{
    if (request->total_segments > SEGMENTS_MAX)
        return validation_error(err,
                                "1 validation error detected: Value '%u' at "
                                "'totalSegments' failed to satisfy constraint: Member "
                                "must have value less than or equal to %d",
                                request->total_segments, SEGMENTS_MAX);
    if (request->total_segments && request->segment >= request->total_segments)
        return validation_error(err,
                                "The Segment parameter is zero-based and must be less "
                                "than parameter TotalSegments: Segment: %u is not less "
                                "than TotalSegments: %u",
                                request->segment, request->total_segments);
    return DM_OK;
}

static enum dm_code read_start(const struct page *page, const struct dm_value *after,
                               struct entry *start, struct dm_error *err)
{
    start->at.hash.len = start->at.range.len = 0;
    start->item.hash.len = start->item.range.len = 0;
    if (!after)
        return DM_OK;
    DM_TRY(start_key_read(page, after, start, err));
    if (!page_has_partition(page, encoded_str(&start->at.hash)))
        return validation_error(err,
                                "The provided starting key is invalid: Invalid "
                                "ExclusiveStartKey. Please use ExclusiveStartKey with "
                                "correct Segment. TotalSegments: %u Segment: %u",
                                page->total_segments, page->segment);
    start_key_next(page, start);
    return DM_OK;
}

static enum dm_code run(struct page *page, struct database *database,
                        const struct store_scan *request, struct store_result *ret_result,
                        struct dm_error *err)
{
    struct entry start;
    DM_TRY(read_start(page, request->after, &start, err));
    DM_AUTO_DONE(statement) statement;
    DM_TRY(statement_init(&statement, database,
                          page->index ? STATEMENT_ENTRIES_SCAN : STATEMENT_ITEMS_SCAN,
                          err));
    page_bind(page, &statement);
    statement_bind_blob(&statement, 3, encoded_str(&start.at.hash));
    statement_bind_blob(&statement, 4, encoded_str(&start.at.range));
    statement_bind_blob(&statement, 5, encoded_str(&start.item.hash));
    statement_bind_blob(&statement, 6, encoded_str(&start.item.range));
    return page_read(page, &statement, ret_result, err);
}

enum dm_code items_scan(struct database *database, const struct store_scan *request,
                        struct store_result *ret_result, struct dm_error *err)
{
    DM_TRY(check_segments(request, err));
    DM_AUTO_DONE(page)
    page = {
        .arena = request->base.arena,
        .filter = request->filter,
        .projection = request->projection,
        .consistent = request->consistent,
        .count_only = request->count_only,
        .limit = request->limit,
        .segment = request->segment,
        .total_segments = request->total_segments,
    };
    DM_TRY(page_init(&page, database, request->table, request->index, err));
    return run(&page, database, request, ret_result, err);
}
