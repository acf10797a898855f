/* Who asks, as an exchange shows it: the admin's listener, which needs no app. */
#include "daemon/auth/authenticate.h"

#include <stdio.h>

#include "daemon/admin/admin.h"
#include "daemon/auth/refusals.h"
#include "daemon/http/exchange.h"
#include "daemon/http/problem.h"
#include "daemon/log/log.h"
#include "support/log_fixture.h"
#include "support/loop_fixture.h"

struct door {
    struct fake_clock clock;
    struct principal principal;
    struct auth_token token;
    struct config config;
    struct site site;
    struct peer peer;
    struct service service;
    char shown[64]; /* it is wiped afterwards */
};

static struct door *open_door(void)
{
    static struct door door;
    struct dm_error err = {0};
    door = (struct door){.clock = fake_clock(), .principal.name = STR("ops")};
    door.token.principal = &door.principal;
    assert_ok(digest_make(STR("secret"), &door.token.digest, &err), err);
    door.config.allowed_hosts.any = true;
    door.config.max_auth_failures = 2;
    door.config.admin_auth = (struct auth_config){.principals = &door.principal,
                                                  .principal_count = 1,
                                                  .tokens = &door.token,
                                                  .token_count = 1};
    door.site = (struct site){.references = 1, .config = &door.config};
    door.service = (struct service){.clock = &door.clock.clock,
                                    .routes = admin_routes(),
                                    .site = &door.site,
                                    .admin = (void *)&door};
    limiter_init(&door.service.limiter);
    assert_ok(request_ids_init(&door.service.ids, &err), err);
    log_set_level(LOG_ERROR);
    return &door;
}

static void close_door(struct door *door)
{
    cr_assert_null(door->service.exchanges);
    refusals_done(&door->service.refusals);
}

/* NULL: out of memory. authorization: NULL for none. */
static struct exchange *come(struct door *door, const char *target,
                             const char *authorization)
{
    struct exchange *exchange = exchange_new(&door->service, NULL, dm_str(target));
    if (!exchange)
        return NULL;
    exchange->peer = &door->peer;
    exchange->method = METHOD_GET;
    exchange->route = &door->service.routes->routes[door->service.routes->count - 1];
    if (str_equal(dm_str(target), STR("/live")))
        exchange->route = door->service.routes->routes;
    exchange->request_id = "1";
    if (authorization) {
        snprintf(door->shown, sizeof door->shown, "%s", authorization);
        exchange->head.authorization = (struct head_field){1, dm_str(door->shown)};
    }
    return exchange;
}

static enum dm_code show(struct door *door, const char *target, const char *authorization,
                         struct dm_error *err)
{
    struct exchange *exchange = come(door, target, authorization);
    cr_assert(exchange);
    enum dm_code code = authenticate(exchange, err);
    cr_assert_eq(exchange->principal, code || !authorization ? NULL : &door->principal);
    cr_assert_eq(exchange->reply.challenge != NULL,
                 code == (enum dm_code)PROBLEM_UNAUTHORIZED);
    exchange_free(exchange);
    return code;
}

static void expect_refused(struct door *door, const char *authorization, int problem)
{
    struct dm_error err = {0};
    cr_assert_eq(show(door, "/", authorization, &err), (enum dm_code)problem);
}

TEST(authenticate, knows_a_token)
{
    struct door *door = open_door();
    struct dm_error err = {0};
    assert_ok(show(door, "/", "Bearer secret", &err), err);
    expect_refused(door, "Basic secret", PROBLEM_UNAUTHORIZED);
    expect_refused(door, NULL, PROBLEM_UNAUTHORIZED);
    expect_refused(door, "Bearer Secret", PROBLEM_UNAUTHORIZED);
    assert_ok(show(door, "/live", NULL, &err), err);
    close_door(door);
}

TEST(authenticate, reads_no_token_of_two)
{
    struct door *door = open_door();
    struct dm_error err = {0};
    struct exchange *exchange = come(door, "/", "Bearer secret");
    cr_assert(exchange);
    exchange->head.authorization.count = 2;
    cr_assert_eq(authenticate(exchange, &err), (enum dm_code)PROBLEM_MALFORMED_REQUEST);
    exchange_free(exchange);
    close_door(door);
}

TEST(authenticate, does_not_listen_after_wrong_tokens_for_a_while)
{
    struct door *door = open_door();
    struct dm_error err = {0};
    expect_refused(door, "Bearer wrong", PROBLEM_UNAUTHORIZED);
    expect_refused(door, "Bearer wrong", PROBLEM_UNAUTHORIZED);
    expect_refused(door, "Bearer secret", PROBLEM_RATE_LIMITED);
    expect_refused(door, NULL, PROBLEM_UNAUTHORIZED);
    door->clock.now_ms += STRIKE_WINDOW_MS;
    assert_ok(show(door, "/", "Bearer secret", &err), err);
    close_door(door);
}

/* Each reason is a kind of its own. */
TEST(authenticate, tells_the_first_refusals_of_a_storm_and_counts_the_rest)
{
    enum { MANY = 1000, STRIKES = 2 };
    char text[8192];
    struct door *door = open_door();
    struct pipe pipe = redirect();
    struct dm_error err = {0};
    struct samples samples;
    log_set_level(LOG_WARNING);
    assert_ok(log_start(LOG_LOGFMT, &err), err);
    for (int i = 0; i < MANY; i++)
        expect_refused(door, "Bearer wrong",
                       i < STRIKES ? PROBLEM_UNAUTHORIZED : PROBLEM_RATE_LIMITED);
    log_stop();
    restore(&pipe);
    cr_assert_eq(read_lines(&pipe, text, sizeof text), STRIKES + 6);
    cr_assert(strstr(text, "caller refused: more of these type=too-many count=993\n"));
    samples_init(&samples);
    refusals_add_samples(&door->service.refusals, &samples);
    cr_assert_eq(samples.count, 2);
    cr_assert_eq(samples.at[0].value + samples.at[1].value, MANY);
    samples_done(&samples);
    close_door(door);
}

TEST(authenticate, lets_nobody_in_with_each_allocation_failing)
{
    struct door *door = open_door();
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        struct exchange *exchange = come(door, "/", "Bearer wrong");
        cr_assert(exchange || mem_failed());
        if (exchange) {
            cr_assert_neq(authenticate(exchange, &err), DM_OK);
            cr_assert_null(exchange->principal);
        }
        exchange_free(exchange);
        cr_assert_null(door->service.exchanges);
        refusals_done(&door->service.refusals);
        door->service.refusals = (struct refusals){.counts = NULL};
    }
    close_door(door);
}

TEST(authenticate, knows_a_token_or_has_no_memory)
{
    struct door *door = open_door();
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        struct exchange *exchange = come(door, "/", "Bearer secret");
        enum dm_code code = exchange ? authenticate(exchange, &err) : DM_E_NOMEM;
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
        exchange_free(exchange);
    }
    close_door(door);
}
