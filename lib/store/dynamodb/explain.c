/* Requests that are shown instead of sent. */
#include "store/dynamodb/explain.h"

#include "store/dynamodb/operation.h"

enum dm_code explain_get(const struct store_get *request, struct dm_buf *out,
                         struct dm_error *err)
{
    struct body body = body_begin(&request->base, out);
    get_body(&body, request);
    return body_end(&body, err);
}

enum dm_code explain_query(const struct store_query *request, struct dm_buf *out,
                           struct dm_error *err)
{
    struct body body = body_begin(&request->base, out);
    query_body(&body, request);
    return body_end(&body, err);
}

enum dm_code explain_scan(const struct store_scan *request, struct dm_buf *out,
                          struct dm_error *err)
{
    struct body body = body_begin(&request->base, out);
    scan_body(&body, request);
    return body_end(&body, err);
}
