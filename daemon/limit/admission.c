/* Admission. */
#include "daemon/limit/admission.h"

#include "base/clock.h"
#include "base/error.h"
#include "daemon/http/exchange.h"
#include "daemon/http/problem.h"
#include "daemon/rest/rest.h"

static struct limiter *limiter_of(const struct exchange *exchange)
{
    return &exchange->service->limiter;
}

static void tell(const struct exchange *exchange, enum limit limit)
{
    limiter_tell(limiter_of(exchange), limit, exchange_app_name(exchange));
}

/* --- what waits --- */

enum dm_code admission_check_room(struct exchange *exchange, struct dm_error *err)
{
    if (limiter_has_room(limiter_of(exchange)))
        return DM_OK;
    tell(exchange, LIMIT_EXCHANGES);
    storm_add(&limiter_of(exchange)->storm, clock_monotonic_ms(exchange->service->clock));
    exchange->reply.close = true;
    return error_set(err, DM_E_OVERLOADED, "too many requests are under way");
}

void admission_wait(struct exchange *exchange)
{
    if (!exchange->is_waiting)
        limiter_of(exchange)->exchanges++;
    exchange->is_waiting = true;
}

void admission_go_on(struct exchange *exchange)
{
    if (exchange->is_waiting)
        limiter_of(exchange)->exchanges--;
    exchange->is_waiting = false;
}

/* --- so much a second --- */

/* What the route does; a transaction may do either. */
static unsigned uses_of(const struct exchange *exchange)
{
    route_fn handle = exchange->route->handle;
    if (handle == rest_transactions_post)
        return LIMIT_READS | LIMIT_WRITES;
    bool reads = exchange->method & (METHOD_GET | METHOD_HEAD) ||
                 handle == rest_page_post || handle == rest_batch_get;
    return reads ? LIMIT_READS : LIMIT_WRITES;
}

/* NULL: it is about none. What is not served is refused later, by whoever looks for it.
 */
static const struct dm_app *app_of(const struct exchange *exchange)
{
    struct dm_str name = exchange->values.app;
    if (name.ptr)
        return site_find_app(exchange->site, name);
    return exchange->route && exchange->route->needs_app ? exchange->site->default_app
                                                         : NULL;
}

static const struct limits *limits_of_app(const struct exchange *exchange)
{
    const struct dm_app *app = app_of(exchange);
    return app ? app_limits(app) : NULL;
}

static const struct limits *limits_of_principal(const struct exchange *exchange)
{
    return exchange->principal ? &exchange->principal->limits : NULL;
}

static enum dm_code refuse_rate(struct exchange *exchange, const char *setting,
                                const char *whose, int64_t wait_us, struct dm_error *err)
{
    tell(exchange, limit_from_name(setting));
    problem_set(err, PROBLEM_RATE_LIMITED, "%s of %s is reached", setting, whose);
    err->retry_after_s = (unsigned)((wait_us + 999999) / 1000000);
    return (enum dm_code)PROBLEM_RATE_LIMITED;
}

static enum dm_code ask(struct exchange *exchange, const struct limits *limits,
                        const char *whose, struct dm_error *err)
{
    int64_t wait_us = 0;
    if (!limits || !limits->buckets)
        return DM_OK;
    const char *setting =
        limits_refuse(limits, uses_of(exchange),
                      clock_monotonic_us(exchange->service->clock), &wait_us);
    return setting ? refuse_rate(exchange, setting, whose, wait_us, err) : DM_OK;
}

/* The principal's first: what one is refused costs the others nothing. */
enum dm_code admission_ask(struct exchange *exchange, struct dm_error *err)
{
    if (exchange->method == METHOD_OPTIONS)
        return DM_OK;
    DM_TRY(admission_check_room(exchange, err));
    DM_TRY(ask(exchange, limits_of_principal(exchange), "who asks", err));
    return ask(exchange, limits_of_app(exchange), "the app", err);
}

static void charge(const struct exchange *exchange, const struct limits *limits)
{
    const struct call_cost *cost = &exchange->cost;
    if (limits && limits->buckets)
        limits_charge(limits, clock_monotonic_us(exchange->service->clock),
                      cost->capacity - cost->written, cost->written);
}

/* --- memory --- */

enum dm_code admission_refuse_memory(struct exchange *exchange, const char *why,
                                     struct dm_error *err)
{
    tell(exchange, LIMIT_MEMORY);
    return error_set(err, DM_E_OVERLOADED, "%s", why);
}

enum dm_code admission_hold(struct exchange *exchange, size_t bytes, struct dm_error *err)
{
    if (purse_hold(&limiter_of(exchange)->memory, &exchange->reply_held, bytes))
        return DM_OK;
    return admission_refuse_memory(exchange, "too much is being sent at once", err);
}

void admission_hold_reply(struct exchange *exchange)
{
    struct dm_error err;
    if (admission_hold(exchange, reply_len(&exchange->reply), &err))
        reply_problem(exchange, &err);
}

void admission_end(struct exchange *exchange)
{
    struct purse *memory = &limiter_of(exchange)->memory;
    admission_go_on(exchange);
    if (exchange->cost.has_capacity) {
        charge(exchange, limits_of_principal(exchange));
        charge(exchange, limits_of_app(exchange));
    }
    purse_release(memory, &exchange->reply_held);
}

/* --- lengths --- */

enum dm_code admission_refuse_target(struct exchange *exchange, struct dm_error *err)
{
    tell(exchange, LIMIT_TARGET);
    return problem_set(err, PROBLEM_TARGET_TOO_LONG,
                       "the request target is longer than %u bytes",
                       limiter_of(exchange)->config.target_bytes);
}

enum dm_code admission_refuse_body(struct exchange *exchange, size_t most,
                                   struct dm_error *err)
{
    tell(exchange, LIMIT_BODY);
    return problem_set(err, PROBLEM_BODY_TOO_LARGE, "the body is longer than %zu bytes",
                       most);
}
