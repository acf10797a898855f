/* Requests that are let in, those that are not, and what each gives back. */
#include "daemon/limit/admission.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/http/exchange.h"
#include "daemon/http/problem.h"
#include "daemon/log/log.h"
#include "support/log_fixture.h"
#include "support/loop_fixture.h"

/* A service of its own clock, and a principal with limits. */
struct gate {
    struct fake_clock clock;
    struct config config;
    struct site site;
    struct service service;
    struct principal principal;
    struct budget budget;
};

static enum dm_code read_limits(const char *text, struct limits *limits,
                                struct dm_error *err)
{
    char path[] = "/tmp/dynamod-test-XXXXXX";
    int fd = mkstemp(path);
    DM_AUTO(settings) *file = NULL;
    struct arena arena;
    cr_assert(fd >= 0 && dprintf(fd, "limits = { %s };\n", text) > 0);
    close(fd);
    arena_init(&arena, 64 * 1024);
    enum dm_code code = settings_open(path, &arena, &file, err);
    if (!code)
        code = limits_config_read(file, settings_at(settings_root(file), 0), limits, err);
    unlink(path);
    arena_done(&arena);
    return code;
}

/* limits: of the principal. */
static struct gate *open_gate(const char *limits)
{
    static struct gate gate;
    struct dm_error err = {0};
    gate = (struct gate){.clock = fake_clock(), .config.allowed_hosts.any = true};
    gate.site = (struct site){.references = 1, .config = &gate.config};
    gate.service = (struct service){
        .clock = &gate.clock.clock, .routes = router_rest(), .site = &gate.site};
    assert_ok(request_ids_init(&gate.service.ids, &err), err);
    assert_ok(read_limits(limits, &gate.principal.limits, &err), err);
    limiter_init(&gate.service.limiter);
    log_set_level(LOG_ERROR);
    return &gate;
}

static void close_gate(struct gate *gate)
{
    cr_assert_null(gate->service.exchanges);
    cr_assert_eq(gate->service.limiter.exchanges, 0);
    cr_assert_eq(gate->service.limiter.memory.used, 0);
    limits_done(&gate->principal.limits);
}

static uint64_t reached(const struct gate *gate, enum limit limit)
{
    return gate->service.limiter.reached[limit];
}

static const struct route *route_of(const char *operation)
{
    const struct route_table *table = router_rest();
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->routes[i].operation, operation) == 0)
            return &table->routes[i];
    return NULL;
}

/* Of the gate's principal, before anything is asked of it. NULL: out of memory. */
static struct exchange *make(struct gate *gate, unsigned method, const char *operation)
{
    struct exchange *exchange = exchange_new(&gate->service, NULL, STR("/"));
    if (!exchange)
        return NULL;
    exchange->method = method;
    exchange->route = route_of(operation);
    exchange->request_id = "1";
    exchange->principal = &gate->principal;
    cr_assert(exchange->route);
    return exchange;
}

static struct exchange *come(struct gate *gate, unsigned method, const char *operation)
{
    struct exchange *exchange = make(gate, method, operation);
    cr_assert(exchange);
    return exchange;
}

/* The code of one that is asked and goes. */
static enum dm_code knock(struct gate *gate, unsigned method, const char *operation,
                          struct dm_error *err)
{
    struct exchange *exchange = come(gate, method, operation);
    enum dm_code code = admission_ask(exchange, err);
    exchange_free(exchange);
    return code;
}

/* --- what waits --- */

TEST(admission, counts_once_what_waits)
{
    struct gate *gate = open_gate("");
    struct exchange *exchange = come(gate, METHOD_GET, "listApps");
    admission_wait(exchange);
    admission_wait(exchange);
    cr_assert_eq(gate->service.limiter.exchanges, 1);
    admission_go_on(exchange);
    admission_go_on(exchange);
    cr_assert_eq(gate->service.limiter.exchanges, 0);
    admission_wait(exchange);
    exchange_free(exchange);
    close_gate(gate);
}

TEST(admission, refuses_and_closes_where_too_many_wait)
{
    struct gate *gate = open_gate("");
    struct dm_error err = {0};
    struct exchange *first = come(gate, METHOD_GET, "listApps");
    struct exchange *second = come(gate, METHOD_GET, "listApps");
    gate->service.limiter.exchanges_max = 1;
    admission_wait(first);
    cr_assert_eq(admission_ask(second, &err), DM_E_OVERLOADED);
    cr_assert(second->reply.close);
    cr_assert_eq(reached(gate, LIMIT_EXCHANGES), 1);
    exchange_free(first);
    assert_ok(admission_check_room(second, &err), err);
    exchange_free(second);
    close_gate(gate);
}

TEST(admission, takes_nobody_new_for_a_moment_after_many_refusals)
{
    struct gate *gate = open_gate("");
    struct limiter *limiter = &gate->service.limiter;
    struct dm_error err;
    limiter->exchanges_max = 0;
    for (int i = 0; i < STORM_COUNT; i++) {
        cr_assert_null(limiter_take_place(limiter, gate->clock.now_ms));
        cr_assert_eq(knock(gate, METHOD_GET, "listApps", &err), DM_E_OVERLOADED);
    }
    cr_assert(limiter_take_place(limiter, gate->clock.now_ms));
    cr_assert(limiter_take_place(limiter, gate->clock.now_ms + STORM_SPAN_MS - 1));
    cr_assert_null(limiter_take_place(limiter, gate->clock.now_ms + STORM_SPAN_MS));
    cr_assert_eq(reached(gate, LIMIT_EXCHANGES), STORM_COUNT);
    close_gate(gate);
}

TEST(admission, tells_the_first_refusals_of_a_storm_and_counts_the_rest)
{
    enum { MANY = 1000 };
    char text[8192];
    struct gate *gate = open_gate("");
    struct pipe pipe = redirect();
    struct dm_error err = {0};
    gate->service.limiter.exchanges_max = 0;
    log_set_level(LOG_WARNING);
    assert_ok(log_start(LOG_LOGFMT, &err), err);
    for (int i = 0; i < MANY; i++)
        cr_assert_eq(knock(gate, METHOD_GET, "listApps", &err), DM_E_OVERLOADED);
    log_stop();
    restore(&pipe);
    cr_assert_eq(read_lines(&pipe, text, sizeof text), 6);
    cr_assert(
        strstr(text, "limit reached: more of these type=max_exchanges count=995\n"));
    cr_assert_eq(reached(gate, LIMIT_EXCHANGES), MANY);
    close_gate(gate);
}

/* --- so much a second --- */

TEST(admission, tells_who_asks_too_often_when_to_come_again)
{
    struct gate *gate = open_gate("requests_per_second = 0.1;");
    struct dm_error err = {0};
    assert_ok(knock(gate, METHOD_GET, "listApps", &err), err);
    cr_assert_eq(knock(gate, METHOD_GET, "listApps", &err),
                 (enum dm_code)PROBLEM_RATE_LIMITED);
    cr_assert_eq(err.retry_after_s, 10);
    assert_ok(knock(gate, METHOD_OPTIONS, "listApps", &err), err);
    cr_assert_eq(reached(gate, LIMIT_REQUESTS), 1);
    gate->clock.now_ms += 10 * 1000;
    assert_ok(knock(gate, METHOD_GET, "listApps", &err), err);
    close_gate(gate);
}

static void spend(struct gate *gate, double capacity, double written)
{
    struct exchange *exchange = come(gate, METHOD_GET, "listApps");
    exchange->cost = (struct call_cost){
        .capacity = capacity, .written = written, .has_capacity = true};
    exchange_free(exchange);
}

TEST(admission, charges_at_the_end_what_was_read_and_written)
{
    struct gate *gate =
        open_gate("read_units_per_second = 1; write_units_per_second = 1;");
    struct dm_error err = {0};
    spend(gate, 5, 0);
    cr_assert_eq(knock(gate, METHOD_GET, "getItem", &err),
                 (enum dm_code)PROBLEM_RATE_LIMITED);
    cr_assert_eq(knock(gate, METHOD_POST, "query", &err),
                 (enum dm_code)PROBLEM_RATE_LIMITED);
    cr_assert_eq(knock(gate, METHOD_POST, "batchGet", &err),
                 (enum dm_code)PROBLEM_RATE_LIMITED);
    assert_ok(knock(gate, METHOD_DELETE, "delete", &err), err);
    cr_assert_eq(reached(gate, LIMIT_READ_UNITS), 3);
    spend(gate, 5, 5);
    cr_assert_eq(knock(gate, METHOD_DELETE, "delete", &err),
                 (enum dm_code)PROBLEM_RATE_LIMITED);
    cr_assert_eq(reached(gate, LIMIT_WRITE_UNITS), 1);
    gate->clock.now_ms += 5 * 1000;
    assert_ok(knock(gate, METHOD_GET, "getItem", &err), err);
    close_gate(gate);
}

/* --- memory --- */

/* Others have taken all of it. */
static void take_all_memory(struct gate *gate)
{
    struct purse *purse = &gate->service.limiter.memory;
    gate->budget = (struct budget){.taken = 1};
    *purse = (struct purse){.budget = &gate->budget, .most = 1};
}

TEST(admission, counts_the_memory_of_calls)
{
    enum { SIZE = 100 * 1024 };
    struct gate *gate = open_gate("");
    struct limiter *limiter = &gate->service.limiter;
    struct exchange *exchange = come(gate, METHOD_GET, "listApps");
    struct arena arena;
    arena_init(&arena, 4 * SIZE);
    arena_count_in(&arena, exchange_context(exchange).room);
    cr_assert(arena_alloc(&arena, SIZE));
    cr_assert_eq(limiter->memory.used, arena.used);
    cr_assert_geq(arena.used, SIZE);
    arena_reset(&arena);
    cr_assert_eq(limiter->memory.used, arena.used);
    arena_done(&arena);
    take_all_memory(gate);
    cr_assert_null(arena_alloc(&arena, SIZE));
    cr_assert_eq(reached(gate, LIMIT_MEMORY), 1);
    cr_assert_not(arena.is_full);
    exchange_free(exchange);
    close_gate(gate);
}

static struct exchange *created(struct gate *gate)
{
    struct exchange *exchange = come(gate, METHOD_GET, "listApps");
    struct reply *reply = &exchange->reply;
    *reply = (struct reply){.status = 201, .body = reply->body, .returned = true};
    reply->etag = (struct etag){.text = "\"tag\""};
    reply->link = reply->location = "/apps";
    buf_add_str(&reply->body, STR("{\"id\":\"1\"}"));
    return exchange;
}

TEST(admission, holds_a_reply_until_it_is_sent)
{
    struct gate *gate = open_gate("");
    struct exchange *exchange = created(gate);
    admission_hold_reply(exchange);
    cr_assert_eq(exchange->reply.status, 201);
    cr_assert_eq(gate->service.limiter.memory.used, 10);
    exchange_free(exchange);
    close_gate(gate);
}

TEST(admission, sends_nothing_of_a_reply_that_finds_no_memory)
{
    struct gate *gate = open_gate("");
    struct exchange *exchange = created(gate);
    take_all_memory(gate);
    admission_hold_reply(exchange);
    const struct reply *reply = &exchange->reply;
    cr_assert_eq(reply->status, 503);
    cr_assert_eq(reply->retry_after_s, 1);
    cr_assert_str_eq(reply->problem, "overloaded");
    cr_assert_str_empty(reply->etag.text);
    cr_assert_not(reply->link || reply->location || reply->returned);
    cr_assert_eq(reached(gate, LIMIT_MEMORY), 1);
    exchange_free(exchange);
    close_gate(gate);
}

TEST(admission, refuses_a_reply_with_each_allocation_failing)
{
    struct gate *gate = open_gate("");
    WITH_EACH_ALLOCATION_FAILING
    {
        struct exchange *exchange = make(gate, METHOD_GET, "listApps");
        cr_assert(exchange || mem_failed());
        if (exchange) {
            take_all_memory(gate);
            buf_add_str(&exchange->reply.body, STR("{}"));
            bool whole = !exchange->reply.body.failed;
            admission_hold_reply(exchange);
            cr_assert(!whole || exchange->reply.status == 503);
        }
        exchange_free(exchange);
        cr_assert_null(gate->service.exchanges);
        gate->service.limiter.memory = (struct purse){.budget = NULL};
    }
    close_gate(gate);
}

/* --- lengths --- */

TEST(admission, counts_what_is_too_long)
{
    struct gate *gate = open_gate("");
    struct exchange *exchange = come(gate, METHOD_GET, "listApps");
    struct dm_error err = {0};
    cr_assert_eq(admission_refuse_target(exchange, &err),
                 (enum dm_code)PROBLEM_TARGET_TOO_LONG);
    cr_assert_eq(admission_refuse_body(exchange, 7, &err),
                 (enum dm_code)PROBLEM_BODY_TOO_LARGE);
    cr_assert_str_eq(err.message, "the body is longer than 7 bytes");
    cr_assert_eq(reached(gate, LIMIT_TARGET) + reached(gate, LIMIT_BODY), 2);
    exchange_free(exchange);
    close_gate(gate);
}
