/* What a read would send to DynamoDB: rendered by the same code, and not sent. */
#ifndef DYNAMOD_STORE_DYNAMODB_EXPLAIN_H
#define DYNAMOD_STORE_DYNAMODB_EXPLAIN_H

#include "base/buf.h"
#include "store/store.h"

/* Each appends the request's JSON. DM_E_VALIDATION for an expression that is too long. */
DM_MUST_USE enum dm_code explain_get(const struct store_get *request, struct dm_buf *out,
                                     struct dm_error *err);
DM_MUST_USE enum dm_code explain_query(const struct store_query *request,
                                       struct dm_buf *out, struct dm_error *err);
DM_MUST_USE enum dm_code explain_scan(const struct store_scan *request,
                                      struct dm_buf *out, struct dm_error *err);

#endif
