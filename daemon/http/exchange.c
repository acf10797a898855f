/* The exchange's life. */
#include "daemon/http/exchange.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/admin/traffic.h"
#include "daemon/auth/authenticate.h"
#include "daemon/http/origin.h"
#include "daemon/http/problem.h"
#include "daemon/http/traceparent.h"
#include "daemon/limit/admission.h"
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

    exchange->target_len = raw_target.len;
    /* One byte more than allowed is enough to see that it is too long. */
    size_t most = exchange->service->limiter.config.target_bytes;
    if (raw_target.len > most)
        raw_target.len = most + 1;
    exchange->raw_target = arena_str(&exchange->arena, raw_target);
    exchange->path = target_path(raw_target, &exchange->arena).ptr;
    return exchange->request_id && exchange->raw_target.ptr && exchange->path;
}

static struct exchange *make(struct service *service)
{
    struct exchange *exchange = mem_new(sizeof *exchange);
    if (!exchange)
        return NULL;
    exchange->service = service;
    arena_init(&exchange->arena, EXCHANGE_ARENA_MAX);
    return exchange;
}

/* --- those that ended --- */

static void destroy(struct exchange *exchange)
{
    arena_done(&exchange->arena);
    mem_free(exchange);
}

static struct exchange *take_spare(struct service *service)
{
    struct exchange *exchange = service->spare;
    service->spare = exchange->next;
    service->spare_count--;
    *exchange = (struct exchange){.service = service, .arena = exchange->arena};
    return exchange;
}

static void keep_or_destroy(struct exchange *exchange)
{
    struct service *service = exchange->service;
    if (service->spare_count >= service->spare_max) {
        destroy(exchange);
        return;
    }
    arena_reset(&exchange->arena);
    exchange->next = service->spare;
    service->spare = exchange;
    service->spare_count++;
}

void exchange_drop_spare(struct service *service)
{
    while (service->spare)
        destroy(take_spare(service));
}

/* --- life --- */

struct exchange *exchange_new(struct service *service, struct MHD_Connection *connection,
                              struct dm_str raw_target)
{
    struct exchange *exchange = service->spare ? take_spare(service) : make(service);
    if (!exchange)
        return NULL;
    exchange->site = service_enter_site(service);
    exchange->connection = connection;
    exchange->started_us = clock_monotonic_us(service->clock);
    buf_init(&exchange->body, 0);
    reply_init(&exchange->reply);
    add_to_service(exchange);
    if (keep_request(exchange, raw_target))
        return exchange;
    exchange_free(exchange);
    return NULL;
}

const char *exchange_app_name(const struct exchange *exchange)
{
    bool has_app =
        exchange->app && (exchange->route->needs_app || exchange->values.app.ptr != NULL);
    return has_app ? dm_app_name(exchange->app) : "";
}

const char *exchange_model_name(const struct exchange *exchange)
{
    struct dm_str name = exchange->values.model;
    const char *known =
        exchange->app && name.ptr ? app_model_name(exchange->app, name) : NULL;
    return known ? known : "";
}

static void count(const struct exchange *exchange)
{
    const struct route *route = exchange->route;
    struct traffic_kind kind = {
        .app = exchange_app_name(exchange),
        .model = exchange_model_name(exchange),
        .route = route ? route->pattern : "",
        .method = router_method_name(exchange->method),
        .status_class = exchange->reply.status / 100,
    };
    traffic_count(exchange->service->traffic, &kind,
                  clock_monotonic_us(exchange->service->clock) - exchange->started_us);
}

static void drop_body(struct exchange *exchange)
{
    purse_release(&exchange->service->limiter.memory, &exchange->body_held);
    buf_done(&exchange->body);
}

void exchange_free(struct exchange *exchange)
{
    if (!exchange)
        return;
    head_forget_authorization(&exchange->head);
    if (exchange->call)
        dm_call_cancel(exchange->call);
    if (exchange->service->traffic)
        count(exchange);
    remove_from_service(exchange);
    service_leave_site(exchange->service, exchange->site);
    admission_end(exchange);
    page_writer_done(&exchange->writer);
    reply_done(&exchange->reply);
    drop_body(exchange);
    keep_or_destroy(exchange);
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

static enum dm_code check_head(struct exchange *exchange, struct dm_error *err)
{
    DM_TRY(take_request_id(exchange, err));
    DM_TRY(head_check_size(&exchange->head, exchange->service->limiter.head_bytes, err));
    DM_TRY(head_check(&exchange->head, err));
    return origin_check(exchange, err);
}

static enum dm_code find_route(struct exchange *exchange, struct dm_error *err)
{
    DM_TRY(origin_refuse(exchange, err));
    if (exchange->raw_target.len > exchange->service->limiter.config.target_bytes)
        return admission_refuse_target(exchange, err);
    DM_TRY(target_parse(exchange->raw_target, &exchange->arena, &exchange->target, err));
    return router_find(exchange->service->routes, &exchange->target, exchange->method,
                       &exchange->route, &exchange->values, &exchange->reply.allow, err);
}

static size_t body_max(const struct exchange *exchange)
{
    size_t most = exchange->service->limiter.config.body_bytes;
    return exchange->route->body_max < most ? exchange->route->body_max : most;
}

/* A body may be so long and be read past, or more where the route takes more. */
static size_t body_ceiling(const struct exchange *exchange)
{
    size_t taken = exchange->route ? body_max(exchange) : 0;
    return taken > READ_PAST_MAX ? taken : READ_PAST_MAX;
}

/* The route's app, when it has one and it is there. */
static void find_app(struct exchange *exchange)
{
    struct dm_str name = exchange->values.app;
    exchange->app =
        name.ptr ? site_find_app(exchange->site, name) : exchange->site->default_app;
}

/* Whoever is refused is not told what there is. */
static enum dm_code admit(struct exchange *exchange, struct dm_error *err)
{
    unsigned allow = exchange->reply.allow;
    exchange->reply.allow = 0;
    find_app(exchange);
    enum dm_code code = authenticate(exchange, err);
    head_forget_authorization(&exchange->head);
    DM_TRY(code);
    DM_TRY(admission_ask(exchange, err));
    exchange->reply.allow = allow;
    return DM_OK;
}

/* A target without a route does not end the connection: its refusal waits for the body's
 * end. */
static enum dm_code begin(struct exchange *exchange, struct dm_error *err)
{
    struct dm_error refusal;
    DM_TRY(check_head(exchange, err));
    if (find_route(exchange, &refusal) || admit(exchange, &refusal))
        reply_problem(exchange, &refusal);
    else
        exchange->body.max = body_max(exchange);
    return head_check_length(&exchange->head, body_ceiling(exchange), err);
}

enum dm_code exchange_begin(struct exchange *exchange, const char *method,
                            const struct head *head)
{
    struct dm_error err;
    exchange->method = router_method(method);
    exchange->head = *head;
    exchange->preferences = preferences_read(head->prefer.value);
    /* What libmicrohttpd takes for chunks is more than others do: what it takes for their
     * end may be something else's beginning. Of a long target the tail is not looked at.
     */
    exchange->reply.close = head->transfer_encoding.count > 0 ||
                            exchange->target_len > exchange->raw_target.len;
    enum dm_code code = begin(exchange, &err);
    exchange->state = code ? EXCHANGE_ANSWERED : EXCHANGE_BODY;
    if (code) {
        reply_problem(exchange, &err);
        exchange->reply.close = true;
    }
    return code;
}

static void keep_body(struct exchange *exchange, const char *bytes, size_t len)
{
    if (!purse_hold(&exchange->service->limiter.memory, &exchange->body_held,
                    exchange->body.len + len)) {
        exchange->body_is_dropped = true;
        drop_body(exchange);
        return;
    }
    buf_add(&exchange->body, bytes, len);
}

bool exchange_add_body(struct exchange *exchange, const char *bytes, size_t len)
{
    exchange->body_bytes += len;
    if (exchange->body.max && !exchange->body_is_dropped)
        keep_body(exchange, bytes, len);
    return exchange->body_bytes <= body_ceiling(exchange);
}

bool exchange_lacks_body(const struct exchange *exchange)
{
    const struct head *head = &exchange->head;
    size_t length = 0;
    if (head->content_length.count)
        str_to_size(head->content_length.value, SIZE_MAX, &length);
    return exchange->body_bytes < length || head->transfer_encoding.count;
}

static enum dm_code check_app(const struct exchange *exchange, struct dm_error *err)
{
    struct dm_str name = exchange->values.app;
    if (exchange->app)
        return DM_OK;
    if (name.ptr)
        return problem_set(err, PROBLEM_APP_NOT_FOUND, "there is no app \"%.*s\"",
                           STR_ARG(name));
    if (!exchange->route->needs_app)
        return DM_OK;
    problem_set(err, PROBLEM_NO_DEFAULT_APP, "no app is the default");
    error_hint(err, "GET /apps lists the apps; their models are at /apps/{app}/models");
    return (enum dm_code)PROBLEM_NO_DEFAULT_APP;
}

static enum dm_code check_body(struct exchange *exchange, struct dm_error *err)
{
    const struct route *route = exchange->route;
    if (!exchange->body_bytes && (!route->contents || route->contents & CONTENT_NONE))
        return DM_OK;
    if (!route->contents)
        return problem_set(err, PROBLEM_BODY_NOT_EXPECTED,
                           "this request takes no body, and came with one");
    if (!exchange->body_bytes)
        return problem_set(err, PROBLEM_INVALID_BODY,
                           "this request needs a body, and came without one");
    if (exchange->body_bytes > body_max(exchange))
        return admission_refuse_body(exchange, body_max(exchange), err);
    if (exchange->body_is_dropped)
        return admission_refuse_memory(exchange, "too much is being received at once",
                                       err);
    DM_TRY(buf_check(&exchange->body, "body", err));
    return content_choose(&exchange->head, route->contents, &exchange->content, err);
}

enum dm_code exchange_read_parameters(struct exchange *exchange, struct dm_error *err)
{
    DM_TRY(parameters_read(&exchange->target.parameters, exchange->route->parameters,
                           exchange->preferences.lenient, &exchange->arena,
                           &exchange->parameters, err));
    if (!exchange->parameters.raw.ptr)
        return DM_OK;
    return raw_parse(exchange->parameters.raw, &exchange->arena, &exchange->raw, err);
}

/* raw has types of its own. */
static enum dm_code choose_representation(struct exchange *exchange, struct dm_error *err)
{
    if (exchange->parameters.raw.ptr || !exchange->route->offered)
        return DM_OK;
    return accept_choose(exchange->head.accept.value, exchange->route->offered,
                         &exchange->representation, err);
}

static enum dm_code shutting_down(struct dm_error *err)
{
    return problem_set(err, PROBLEM_SHUTTING_DOWN, "this server stops");
}

static enum dm_code dispatch(struct exchange *exchange, struct dm_error *err)
{
    if (exchange->service->stopping)
        return shutting_down(err);
    if (exchange->reply.status) /* refused already */
        return DM_OK;
    if (exchange->method == METHOD_OPTIONS)
        return reply_options(exchange);
    exchange->reply.allow = 0;
    DM_TRY(check_body(exchange, err));
    DM_TRY(check_app(exchange, err));
    DM_TRY(exchange_read_parameters(exchange, err));
    DM_TRY(choose_representation(exchange, err));
    DM_TRY(admission_check_room(exchange, err));
    return exchange->route->handle(exchange, err);
}

void exchange_dispatch(struct exchange *exchange)
{
    struct dm_error err;
    if (dispatch(exchange, &err))
        reply_problem(exchange, &err);
    exchange->state = exchange->call ? EXCHANGE_WAITING : EXCHANGE_ANSWERED;
    if (exchange->call)
        admission_wait(exchange);
}

struct call_context exchange_context(struct exchange *exchange)
{
    const struct head_field *field = &exchange->head.traceparent;
    struct call_context context = {.cost = &exchange->cost,
                                   .room = &exchange->service->limiter.room};
    if (exchange->principal)
        context.scope = &exchange->principal->scope;
    if (field->count == 1 && traceparent_valid(field->value))
        context.traceparent = field->value;
    return context;
}

void exchange_resume(struct exchange *exchange)
{
    exchange->call = NULL;
    exchange->state = EXCHANGE_ANSWERED;
    admission_go_on(exchange);
    exchange->service->resume(exchange, exchange->service->ctx);
}

void exchange_cancel(struct exchange *exchange)
{
    struct dm_error err;
    if (exchange->call)
        dm_call_cancel(exchange->call);
    page_writer_done(&exchange->writer);
    shutting_down(&err);
    reply_problem(exchange, &err);
    exchange_resume(exchange);
}
