/* The exchange's life. */
#include "daemon/exchange.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/problem.h"
#include "daemon/traffic.h"
#include "model/app_stats.h"

static void add_to_service(struct exchange *exchange)
{
    struct exchange **list = &exchange->service->exchanges;
    exchange->next = *list;
    exchange->link = list;
    if (exchange->next)
        exchange->next->link = &exchange->next;
    *list = exchange;
}

static void remove_from_service(struct exchange *exchange)
{
    *exchange->link = exchange->next;
    if (exchange->next)
        exchange->next->link = exchange->link;
}

/* The id first: whatever fails later can be told with it. */
static bool keep_request(struct exchange *exchange, struct dm_str raw_target)
{
    char id[REQUEST_ID_MADE + 1];
    request_id_make(&exchange->service->ids, id);
    exchange->request_id = arena_str(&exchange->arena, dm_str(id)).ptr;

    /* One byte more than allowed is enough to see that it is too long. */
    if (raw_target.len > TARGET_MAX)
        raw_target.len = TARGET_MAX + 1;
    exchange->raw_target = arena_str(&exchange->arena, raw_target);
    exchange->path = target_path(raw_target, &exchange->arena).ptr;
    return exchange->request_id && exchange->raw_target.ptr && exchange->path;
}

struct exchange *exchange_new(struct service *service, struct MHD_Connection *connection,
                              struct dm_str raw_target)
{
    struct exchange *exchange = mem_new(sizeof *exchange);
    if (!exchange)
        return NULL;
    exchange->service = service;
    exchange->connection = connection;
    exchange->began_us = clock_fine_us();
    arena_init(&exchange->arena, EXCHANGE_ARENA_MAX);
    reply_init(&exchange->reply);
    add_to_service(exchange);
    if (keep_request(exchange, raw_target))
        return exchange;
    exchange_free(exchange);
    return NULL;
}

/* Only what the configuration names becomes a label. */
static const char *model_label(const struct exchange *exchange)
{
    struct dm_str name = exchange->values.model;
    const char *known =
        exchange->app && name.ptr ? app_model_name(exchange->app, name) : NULL;
    return known ? known : "";
}

static void count(const struct exchange *exchange)
{
    const struct route *route = exchange->route;
    bool has_app =
        exchange->app && (route->needs_app || exchange->values.app.ptr != NULL);
    struct traffic_kind kind = {
        .app = has_app ? dm_app_name(exchange->app) : "",
        .model = model_label(exchange),
        .route = route ? route->pattern : "",
        .method = router_method_name(exchange->method),
        .status_class = exchange->reply.status / 100,
    };
    traffic_count(exchange->service->traffic, &kind,
                  clock_fine_us() - exchange->began_us);
}

void exchange_free(struct exchange *exchange)
{
    if (!exchange)
        return;
    if (exchange->call)
        dm_call_cancel(exchange->call);
    if (exchange->service->traffic)
        count(exchange);
    remove_from_service(exchange);
    reply_done(&exchange->reply);
    arena_done(&exchange->arena);
    mem_free(exchange);
}

/* The client's id, where it is one, takes the place of the made one. */
static enum dm_code take_request_id(struct exchange *exchange, struct dm_error *err)
{
    const struct head_field *field = &exchange->head.request_id;
    if (field->count != 1 || !request_id_valid(field->value))
        return DM_OK;
    struct dm_str id = arena_str(&exchange->arena, field->value);
    if (!id.ptr)
        return error_nomem(err);
    exchange->request_id = id.ptr;
    return DM_OK;
}

static enum dm_code begin(struct exchange *exchange, struct dm_error *err)
{
    DM_TRY(take_request_id(exchange, err));
    return head_check(&exchange->head, err);
}

enum dm_code exchange_begin(struct exchange *exchange, const char *method,
                            const struct head *head)
{
    struct dm_error err;
    exchange->method = router_method(method);
    exchange->head = *head;
    enum dm_code code = begin(exchange, &err);
    exchange->state = code ? EXCHANGE_ANSWERED : EXCHANGE_BODY;
    if (code) {
        reply_problem(exchange, &err);
        exchange->reply.close = true;
    }
    return code;
}

/* The route's app, when it has one. */
static enum dm_code find_app(struct exchange *exchange, const struct route *route,
                             struct dm_error *err)
{
    const struct service *service = exchange->service;
    struct dm_str name = exchange->values.app;
    if (name.ptr) {
        exchange->app = service_app(service, name);
        if (!exchange->app)
            return problem_set(err, PROBLEM_APP_NOT_FOUND, "there is no app \"%.*s\"",
                               STR_ARG(name));
        return DM_OK;
    }

    exchange->app = service->default_app;
    if (route->needs_app && !exchange->app) {
        problem_set(err, PROBLEM_NO_DEFAULT_APP, "no app is the default");
        error_hint(err,
                   "GET /apps lists the apps; their models are at /apps/{app}/models");
        return (enum dm_code)PROBLEM_NO_DEFAULT_APP;
    }
    return DM_OK;
}

static enum dm_code dispatch(struct exchange *exchange, struct dm_error *err)
{
    const struct target *target = &exchange->target;
    DM_TRY(target_parse(exchange->raw_target, &exchange->arena, &exchange->target, err));
    DM_TRY(router_find(exchange->service->routes, target, exchange->method,
                       &exchange->route, &exchange->values, &exchange->reply.allow, err));
    const struct route *route = exchange->route;
    if (exchange->method == METHOD_OPTIONS)
        return reply_options(exchange);
    exchange->reply.allow = 0;

    if (exchange->body_bytes)
        return problem_set(err, PROBLEM_BODY_NOT_EXPECTED,
                           "this request takes no body, and came with one");
    DM_TRY(find_app(exchange, route, err));
    DM_TRY(target_check_parameters(target, route->parameters, err));
    if (route->offered)
        DM_TRY(accept_choose(exchange->head.accept.value, route->offered,
                             &exchange->representation, err));
    return route->handle(exchange, err);
}

static enum dm_code shutting_down(struct dm_error *err)
{
    return problem_set(err, PROBLEM_SHUTTING_DOWN, "this server stops");
}

void exchange_dispatch(struct exchange *exchange)
{
    struct dm_error err;
    if (exchange->service->stopping ? shutting_down(&err) : dispatch(exchange, &err))
        reply_problem(exchange, &err);
    exchange->state = exchange->call ? EXCHANGE_WAITING : EXCHANGE_ANSWERED;
}

void exchange_resume(struct exchange *exchange)
{
    exchange->call = NULL;
    exchange->state = EXCHANGE_ANSWERED;
    exchange->service->resume(exchange, exchange->service->ctx);
}

void exchange_cancel(struct exchange *exchange)
{
    struct dm_error err;
    dm_call_cancel(exchange->call);
    shutting_down(&err);
    reply_problem(exchange, &err);
    exchange_resume(exchange);
}
