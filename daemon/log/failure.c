/* What the log says of a failed request. */
#include "daemon/log/failure.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/str.h"
#include "daemon/http/exchange.h"
#include "daemon/http/problem.h"
#include "daemon/log/log.h"

void failure_tell(const struct exchange *exchange, const struct dm_error *err)
{
    const struct log_kind kind = {
        .app = exchange_app_name(exchange),
        .model = exchange_model_name(exchange),
        .type = problem_type(err->code),
    };
    char status[12], duration[32];
    int64_t us = clock_monotonic_us(exchange->service->clock) - exchange->started_us;
    snprintf(status, sizeof status, "%u", exchange->reply.status);
    snprintf(duration, sizeof duration, "%" PRId64 ".%03d", us / 1000, (int)(us % 1000));
    const struct log_field fields[] = {
        {"request_id", dm_str(exchange->request_id)},
        {"app", dm_str(kind.app)},
        {"model", dm_str(kind.model)},
        {"operation", dm_str(exchange->route ? exchange->route->operation : NULL)},
        {"#status", dm_str(status)},
        {"type", dm_str(kind.type)},
        {"detail", dm_str(err->message)},
        {"upstream_type", dm_str(err->upstream_type)},
        {"upstream_request_id", dm_str(err->upstream_request_id)},
        {"#duration_ms", dm_str(duration)},
    };
    enum log_level level = exchange->reply.status == 500 ? LOG_ERROR : LOG_WARNING;
    log_folded(level, "request failed", &kind, fields, DM_COUNT(fields));
}
