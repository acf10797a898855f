/* Recent failures. */
#include "daemon/admin/failures.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "daemon/http/exchange.h"
#include "daemon/http/problem.h"

static void set_text(char *field, size_t size, const char *text)
{
    size_t len = strnlen(text, size);
    if (len == size)
        len = utf8_cut(text, size - 1);
    memcpy(field, text, len);
    field[len] = '\0';
}

void failures_keep(struct failures *failures, const struct exchange *exchange,
                   const struct dm_error *err)
{
    struct failure *failure = &failures->at[failures->count++ % FAILURES_KEPT];
    failure->at_ms = clock_wall_ms(exchange->service->clock);
    failure->status = exchange->reply.status;
    failure->type = problem_type(err->code);
    set_text(failure->app, sizeof failure->app, exchange_app_name(exchange));
    set_text(failure->model, sizeof failure->model, exchange_model_name(exchange));
    set_text(failure->request_id, sizeof failure->request_id, exchange->request_id);
}

const struct failure *failures_at(const struct failures *failures, size_t index)
{
    if (index >= failures->count || index >= FAILURES_KEPT)
        return NULL;
    return &failures->at[(failures->count - 1 - index) % FAILURES_KEPT];
}
