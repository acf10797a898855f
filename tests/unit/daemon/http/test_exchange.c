/* An exchange from its target to its reply, where no library call is needed. */
#include "daemon/http/exchange.h"

#include "base/clock.h"
#include "base/mem.h"
#include "daemon/http/problem.h"
#include "daemon/log/log.h"
#include "support/test.h"

static struct head head_with_host(void)
{
    return (struct head){.host = {1, STR("localhost")}};
}

static struct service empty_service(void)
{
    static struct config config = {.allowed_hosts = {.any = true}};
    static struct site site;
    struct dm_error err = {0};
    site = (struct site){.references = 1, .config = &config};
    struct service service = {
        .clock = clock_system(), .routes = router_rest(), .site = &site};
    assert_ok(request_ids_init(&service.ids, &err), err);
    limiter_init(&service.limiter);
    log_set_level(LOG_ERROR);
    return service;
}

static void add_body(struct exchange *exchange, size_t len)
{
    for (size_t i = 0; i < len; i++)
        cr_assert(exchange_add_body(exchange, "x", 1));
}

/* The whole exchange of a service without apps; the status, and the body in `out`. */
static unsigned answer(const char *method, const char *target, const struct head *head,
                       size_t body_bytes, struct dm_buf *out)
{
    struct service service = empty_service();
    struct exchange *exchange = exchange_new(&service, NULL, dm_str(target));
    cr_assert(exchange);
    if (exchange_begin(exchange, method, head) == DM_OK) {
        add_body(exchange, body_bytes);
        exchange_dispatch(exchange);
    }
    cr_assert_eq(exchange->state, EXCHANGE_ANSWERED);
    unsigned status = exchange->reply.status;
    buf_reset(out);
    buf_add_str(out, buf_str(&exchange->reply.body));
    buf_add_char(out, '\0');
    exchange_free(exchange);
    cr_assert_null(service.exchanges);
    return status;
}

struct answer_case {
    const char *method, *target;
    size_t body_bytes;
    unsigned status;
    const char *body;
};

static void expect_answers(const struct answer_case *cases, size_t count)
{
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 64 * 1024);
    struct head head = head_with_host();
    for (size_t i = 0; i < count; i++) {
        unsigned status =
            answer(cases[i].method, cases[i].target, &head, cases[i].body_bytes, &out);
        cr_assert_eq(status, cases[i].status, "case %zu: %u", i, status);
        cr_assert(strstr(out.ptr, cases[i].body), "case %zu: %s", i, out.ptr);
    }
}

TEST(exchange, is_answered_by_its_route_or_with_a_problem)
{
    static const struct answer_case cases[] = {
        {"GET", "/apps", 0, 200, "[]\n"},
        {"HEAD", "/apps", 0, 200, "[]\n"},
        {"OPTIONS", "/apps", 0, 204, ""},
        {"OPTIONS", "/apps", 9, 204, ""},
        {"GET", "/apps", 9, 400, "body-not-expected"},
        {"GET", "/apps/x", 0, 404, "app-not-found"},
        {"GET", "/apps/x/models", 0, 404, "app-not-found"},
        {"GET", "/models", 0, 404, "no-default-app"},
        {"GET", "/nope", 0, 404, "route-not-found"},
        {"POST", "/apps", 9, 405, "method-not-allowed"},
        {"GET", "/apps?x=1", 0, 400, "unknown-parameter"},
        {"GET", "/nope", 9, 404, "route-not-found"},
        {"GET", "/models/m?limit=0", 0, 404, "no-default-app"},
        {"POST", "/models/m:query", 9, 415, "application/x-www-form-urlencoded"},
        {"POST", "/models/m:query", 128 * 1024 + 1, 413, "131072"},
        {"GET", "/apps/", 0, 400, "\"instance\":\"/apps/\""},
        {"GET", "", 0, 400, "invalid-path"},
    };
    expect_answers(cases, DM_COUNT(cases));
}

TEST(exchange, has_the_body_that_its_route_takes)
{
    static const struct answer_case cases[] = {
        {"POST", "/models/m:query", 0, 404, "no-default-app"},
        {"POST", "/models/m", 0, 400, "invalid-body"},
        {"PUT", "/models/m/1", 0, 400, "invalid-body"},
        {"PATCH", "/models/m/1", 0, 400, "invalid-body"},
        {"POST", "/models/m", 9, 415, "application/x-amz-json-1.0"},
        {"PATCH", "/models/m/1", 9, 415, "application/vnd.dynamod.update+json\""},
        {"DELETE", "/models/m/1", 9, 400, "body-not-expected"},
        {"DELETE", "/models/m/1?upsert=true", 0, 404, "no-default-app"},
        {"POST", "/apps/x/transactions", 9, 415, "application/json"},
    };
    expect_answers(cases, DM_COUNT(cases));
}

TEST(exchange, offers_what_accept_must_name)
{
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 4096);
    struct head head = head_with_host();
    head.accept = (struct head_field){1, STR("application/x-amz-json-1.0")};
    cr_assert_eq(answer("GET", "/apps", &head, 0, &out), 406);
}

TEST(exchange, that_is_framed_in_two_ways_closes_its_connection)
{
    struct service service = empty_service();
    struct exchange *exchange = exchange_new(&service, NULL, STR("/apps"));
    struct head head = {.host = {2, STR("x")}};
    cr_assert_neq(exchange_begin(exchange, "GET", &head), DM_OK);
    cr_assert_eq(exchange->state, EXCHANGE_ANSWERED);
    cr_assert_eq(exchange->reply.status, 400);
    cr_assert(exchange->reply.close);
    exchange_free(exchange);
}

/* Others have taken all of it. */
static void spend_budget(struct purse *purse, struct budget *budget)
{
    *budget = (struct budget){.taken = 1};
    purse->budget = budget;
    purse->most = 1;
    purse->granted = purse->used;
}

TEST(exchange, keeps_only_so_much_of_all_bodies)
{
    struct budget budget;
    struct service service = empty_service();
    struct head head = head_with_host();
    head.content_type = (struct head_field){1, STR("application/json")};
    struct exchange *exchange = exchange_new(&service, NULL, STR("/models/m"));
    cr_assert(exchange);
    cr_assert_eq(exchange_begin(exchange, "POST", &head), DM_OK);
    cr_assert(exchange_add_body(exchange, "{}", 2));
    cr_assert_eq(service.limiter.memory.used, 2);
    spend_budget(&service.limiter.memory, &budget);
    cr_assert(exchange_add_body(exchange, " ", 1));
    cr_assert_eq(service.limiter.memory.used, 0);
    cr_assert(exchange_add_body(exchange, " ", 1));
    exchange_dispatch(exchange);
    cr_assert_eq(exchange->reply.status, 503);
    cr_assert_eq(exchange->reply.retry_after_s, 1);
    exchange_free(exchange);
    cr_assert_eq(service.limiter.reached[LIMIT_MEMORY], 1);
}

TEST(exchange, counts_the_body_that_it_keeps)
{
    struct service service = empty_service();
    struct head head = head_with_host();
    struct exchange *exchange = exchange_new(&service, NULL, STR("/models/m"));
    cr_assert(exchange);
    cr_assert_eq(exchange_begin(exchange, "POST", &head), DM_OK);
    cr_assert(exchange_add_body(exchange, "{}", 2));
    exchange_free(exchange);
    cr_assert_eq(service.limiter.memory.used, 0);
}

static enum dm_code begin(const char *method, const char *target, struct dm_str length)
{
    struct service service = empty_service();
    struct exchange *exchange = exchange_new(&service, NULL, dm_str(target));
    struct head head = head_with_host();
    head.content_length = (struct head_field){1, length};
    enum dm_code code = exchange_begin(exchange, method, &head);
    cr_assert_eq(exchange->reply.close, code != DM_OK);
    exchange_free(exchange);
    return code;
}

TEST(exchange, that_announces_too_long_a_body_closes_its_connection)
{
    cr_assert_eq(begin("GET", "/apps", STR("262144")), DM_OK);
    cr_assert_eq(begin("GET", "/nope", STR("262144")), DM_OK);
    cr_assert_eq(begin("POST", "/models/m:query", STR("262144")), DM_OK);
    cr_assert_eq(begin("GET", "/apps", STR("262145")),
                 (enum dm_code)PROBLEM_BODY_TOO_LARGE);
    cr_assert_eq(begin("POST", "/models/m:query", STR("262145")),
                 (enum dm_code)PROBLEM_BODY_TOO_LARGE);
}

TEST(exchange, reads_past_a_body_only_so_far)
{
    char piece[1024] = "";
    struct service service = empty_service();
    struct exchange *exchange = exchange_new(&service, NULL, STR("/apps"));
    struct head head = head_with_host();
    cr_assert_eq(exchange_begin(exchange, "GET", &head), DM_OK);
    for (int i = 0; i < 256; i++)
        cr_assert(exchange_add_body(exchange, piece, sizeof piece));
    cr_assert_not(exchange_add_body(exchange, piece, 1));
    cr_assert_null(exchange->body.ptr);
    exchange_free(exchange);
}

TEST(exchange, passes_a_valid_traceparent_on)
{
    struct service service = empty_service();
    struct exchange *exchange = exchange_new(&service, NULL, STR("/apps"));
    const char *valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    exchange->head.traceparent = (struct head_field){1, dm_str(valid)};
    assert_str(exchange_context(exchange).traceparent, valid);
    cr_assert_eq(exchange_context(exchange).cost, &exchange->cost);
    exchange->head.traceparent.count = 2;
    cr_assert_null(exchange_context(exchange).traceparent.ptr);
    exchange->head.traceparent = (struct head_field){1, STR("00-1-2-3")};
    cr_assert_null(exchange_context(exchange).traceparent.ptr);
    exchange_free(exchange);
}

static void expect_request_id(unsigned count, struct dm_str sent, bool is_taken)
{
    struct service service = empty_service();
    struct exchange *exchange = exchange_new(&service, NULL, STR("/apps"));
    struct head head = head_with_host();
    head.request_id = (struct head_field){count, sent};
    cr_assert_eq(exchange_begin(exchange, "GET", &head), DM_OK);
    if (is_taken)
        assert_str(sent, exchange->request_id);
    else
        cr_assert_eq(strlen(exchange->request_id), 32);
    exchange_free(exchange);
}

TEST(exchange, takes_the_clients_request_id_when_it_is_one)
{
    expect_request_id(1, STR("mine-7"), true);
    expect_request_id(1, STR("not mine"), false);
    expect_request_id(2, STR("mine-7"), false);
    expect_request_id(0, (struct dm_str){NULL, 0}, false);
}

TEST(exchange, with_a_target_that_is_too_long_is_answered)
{
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, 256 * 1024);
    struct head head = head_with_host();
    char *target = mem_new(TARGET_MAX);
    memset(target, '/', TARGET_MAX - 1);
    cr_assert_eq(answer("GET", target, &head, 0, &out), 414);
    mem_free(target);
}

TEST(exchange, that_ended_is_used_again)
{
    struct service service = empty_service();
    service.spare_max = 1;
    struct exchange *first = exchange_new(&service, NULL, STR("/a"));
    struct exchange *second = exchange_new(&service, NULL, STR("/b"));
    cr_assert(first && second);
    cr_assert(purse_hold(&service.limiter.memory, &first->reply_held, 7));
    exchange_free(first);
    exchange_free(second);
    cr_assert_eq(service.spare_count, 1);
    cr_assert_eq(exchange_new(&service, NULL, STR("/c")), first);
    cr_assert_str_eq(first->path, "/c");
    cr_assert_eq(first->reply_held + service.limiter.memory.used, 0);
    cr_assert_eq(first->state, EXCHANGE_HEAD);
    cr_assert_null(first->next);
    exchange_free(first);
    exchange_drop_spare(&service);
    cr_assert_eq(service.spare_count, 0);
}

TEST(exchange, survives_each_allocation_failing)
{
    struct service service = empty_service();
    WITH_EACH_ALLOCATION_FAILING
    {
        struct exchange *exchange = exchange_new(&service, NULL, STR("/apps?x=1"));
        struct head head = head_with_host();
        head.request_id = (struct head_field){1, STR("mine")};
        cr_assert(exchange || mem_failed());
        if (exchange && exchange_begin(exchange, "GET", &head) == DM_OK)
            exchange_dispatch(exchange);
        cr_assert(!exchange || exchange->reply.status >= 400);
        exchange_free(exchange);
        cr_assert_null(service.exchanges);
    }
}
