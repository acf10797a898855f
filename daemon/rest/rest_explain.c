/* What would be sent to DynamoDB. */
#include "daemon/rest/rest.h"

void rest_explain_done(enum dm_code code, const char *operation, struct dm_str request,
                       const struct dm_error *err, void *ctx)
{
    struct exchange *exchange = ctx;
    struct dm_error failure;
    if (code)
        rest_read_failed(exchange, err);
    else if (reply_explained(exchange, operation, request, &failure))
        reply_problem(exchange, &failure);
    exchange_resume(exchange);
}
