/* Probes, and what the admin answers for shards that are well, drain, hang or have ended.
 */
#include "daemon/admin.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "daemon/exchange.h"
#include "daemon/log.h"
#include "support/loop_fixture.h"

enum { MOST = 3 };

/* A shard played by the test: it answers when its loop is turned. */
struct played {
    struct fake_clock clock;
    struct dm_loop *loop;
    struct probe *probe;
    bool draining, starves;
    const char *unready; /* an app, or NULL */
    unsigned looks;
};

struct scene {
    struct fake_clock clock;
    struct dm_loop *loop;
    int answered_fd;
    struct played shards[MOST];
    size_t count;
    struct admin *admin;
    struct service service;
    unsigned resumed;
};

static struct snapshot *look(void *ctx)
{
    struct played *shard = ctx;
    shard->looks++;
    struct snapshot *snapshot = shard->starves ? NULL : mem_new(sizeof *snapshot);
    if (!snapshot)
        return NULL;
    samples_init(&snapshot->samples);
    snapshot->draining = shard->draining;
    samples_add(&snapshot->samples, METRIC_CONNECTIONS, (struct sample_labels){{NULL}},
                shard->looks);
    if (!shard->unready)
        return snapshot;
    struct unready *unready = arena_new(&snapshot->samples.arena, sizeof *unready);
    *unready = (struct unready){NULL, shard->unready, "", "imds", "it is away"};
    snapshot->unready = unready;
    return snapshot;
}

static void resume(struct exchange *exchange, void *ctx)
{
    struct scene *scene = ctx;
    (void)exchange;
    scene->resumed++;
}

static enum dm_code open_shard(struct scene *scene, struct dm_error *err)
{
    struct played *shard = &scene->shards[scene->count++];
    shard->clock = fake_clock();
    DM_TRY(loop_new(&shard->clock.clock, &shard->loop, err));
    DM_TRY(probe_new(shard->loop, scene->answered_fd, look, shard, &shard->probe, err));
    admin_add(scene->admin, shard->probe);
    return DM_OK;
}

static enum dm_code open_scene(struct scene *scene, size_t shards, struct dm_error *err)
{
    *scene = (struct scene){.clock = fake_clock(),
                            .answered_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    log_set_level(LOG_ERROR);
    DM_TRY(loop_new(&scene->clock.clock, &scene->loop, err));
    DM_TRY(admin_new(scene->loop, scene->answered_fd, MOST, &scene->admin, err));
    while (scene->count < shards)
        DM_TRY(open_shard(scene, err));
    scene->service.clock = clock_system();
    scene->service.routes = admin_routes();
    scene->service.admin = scene->admin;
    scene->service.resume = resume;
    scene->service.ctx = scene;
    return request_ids_init(&scene->service.ids, err);
}

static void close_scene(struct scene *scene)
{
    cr_assert_null(scene->service.exchanges);
    admin_free(scene->admin);
    for (size_t i = 0; i < scene->count; i++) {
        probe_free(scene->shards[i].probe);
        dm_loop_free(scene->shards[i].loop);
    }
    dm_loop_free(scene->loop);
    close(scene->answered_fd);
}

static struct scene *scene_of(size_t shards)
{
    static struct scene scene;
    struct dm_error err = {0};
    assert_ok(open_scene(&scene, shards, &err), err);
    return &scene;
}

static struct exchange *ask(struct scene *scene, const char *target)
{
    struct head head = {.host = {1, STR("localhost")}};
    struct exchange *exchange = exchange_new(&scene->service, NULL, dm_str(target));
    cr_assert(exchange && exchange_begin(exchange, "GET", &head) == DM_OK);
    exchange_dispatch(exchange);
    return exchange;
}

static void turn_loop(struct dm_loop *loop)
{
    struct dm_error err = {0};
    assert_ok(dm_loop_turn(loop, 0, &err), err);
}

static void turn_all(struct scene *scene)
{
    for (size_t i = 0; i < scene->count; i++)
        turn_loop(scene->shards[i].loop);
    turn_loop(scene->loop);
    turn_loop(scene->loop);
}

/* Ends the exchange, which must be answered by now. */
static void expect_answer(struct exchange *exchange, unsigned status, const char *part)
{
    struct reply *reply = &exchange->reply;
    cr_assert_eq(exchange->state, EXCHANGE_ANSWERED);
    buf_add_char(&reply->body, '\0');
    cr_assert_eq(reply->status, status, "%u: %s", reply->status, reply->body.ptr);
    cr_assert(strstr(reply->body.ptr, part), "no %s in %s", part, reply->body.ptr);
    exchange_free(exchange);
}

TEST(admin, is_live_and_ready_while_every_shard_answers)
{
    struct scene *scene = scene_of(2);
    struct exchange *live = ask(scene, "/live"), *ready = ask(scene, "/ready");
    cr_assert_eq(live->state, EXCHANGE_WAITING);
    turn_all(scene);
    expect_answer(live, 200, "{\"live\":true,\"reasons\":[]}\n");
    expect_answer(ready, 200, "{\"ready\":true,\"reasons\":[]}\n");
    cr_assert_eq(scene->resumed, 2);
    cr_assert_eq(scene->shards[0].looks, 1, "two requests share a round");
    close_scene(scene);
}

TEST(admin, waits_for_the_last_shard)
{
    struct scene *scene = scene_of(2);
    struct exchange *live = ask(scene, "/live");
    turn_loop(scene->shards[0].loop);
    turn_loop(scene->loop);
    turn_loop(scene->loop);
    cr_assert_eq(live->state, EXCHANGE_WAITING);
    turn_all(scene);
    expect_answer(live, 200, "\"live\":true");
    close_scene(scene);
}

TEST(admin, tells_of_a_shard_that_hangs_and_of_its_return)
{
    struct scene *scene = scene_of(2);
    struct exchange *exchange = ask(scene, "/live");
    turn_loop(scene->shards[0].loop);
    turn_loop(scene->loop);
    scene->clock.now_ms += 800;
    turn_loop(scene->loop);
    expect_answer(exchange, 503, "\"1 of 2 threads do not answer\"");

    exchange = ask(scene, "/ready");
    turn_loop(scene->shards[0].loop);
    scene->clock.now_ms += 800;
    turn_loop(scene->loop);
    expect_answer(exchange, 503, "{\"ready\":false,\"reasons\":[{\"reason\":\"1 of 2");

    exchange = ask(scene, "/live");
    turn_all(scene);
    expect_answer(exchange, 200, "\"live\":true");
    close_scene(scene);
}

TEST(admin, keeps_the_figures_of_a_shard_that_hangs)
{
    struct scene *scene = scene_of(2);
    struct exchange *exchange = ask(scene, "/metrics");
    turn_all(scene);
    expect_answer(exchange, 200, "\ndynamod_connections 2\n");

    exchange = ask(scene, "/metrics");
    turn_loop(scene->shards[0].loop);
    scene->clock.now_ms += 800;
    turn_loop(scene->loop);
    buf_add_char(&exchange->reply.body, '\0');
    cr_assert(strstr(exchange->reply.body.ptr, "\ndynamod_silent_threads 1\n"));
    expect_answer(exchange, 200, "\ndynamod_connections 3\n");
    close_scene(scene);
}

TEST(admin, is_not_ready_while_one_shard_drains)
{
    struct scene *scene = scene_of(2);
    scene->shards[1].draining = true;
    struct exchange *exchange = ask(scene, "/ready");
    turn_all(scene);
    expect_answer(exchange, 503, "[{\"reason\":\"draining\"}]");
    close_scene(scene);
}

TEST(admin, answers_for_shards_that_have_ended)
{
    struct scene *scene = scene_of(2);
    struct exchange *before = ask(scene, "/live");
    for (size_t i = 0; i < scene->count; i++) {
        scene->shards[i].draining = true;
        probe_close(scene->shards[i].probe);
    }
    turn_loop(scene->loop);
    expect_answer(before, 200, "\"live\":true");

    struct exchange *after = ask(scene, "/ready");
    turn_loop(scene->loop);
    expect_answer(after, 503, "draining");
    after = ask(scene, "/metrics");
    turn_loop(scene->loop);
    expect_answer(after, 200, "\ndynamod_connections 2\n");
    close_scene(scene);
}

TEST(admin, names_each_app_that_is_not_ready_once)
{
    struct scene *scene = scene_of(3);
    scene->shards[0].unready = scene->shards[1].unready = "todo";
    scene->shards[2].unready = "shop";
    struct exchange *exchange = ask(scene, "/ready");
    turn_all(scene);
    expect_answer(exchange, 503,
                  "[{\"app\":\"todo\",\"provider\":\"imds\",\"reason\":\"it is away\"},"
                  "{\"app\":\"shop\",\"provider\":\"imds\",\"reason\":\"it is away\"}]");
    close_scene(scene);
}

TEST(admin, is_not_ready_while_a_shard_has_no_memory_to_say_so)
{
    struct scene *scene = scene_of(1);
    scene->shards[0].starves = true;
    struct exchange *exchange = ask(scene, "/ready");
    turn_all(scene);
    expect_answer(exchange, 503, "out of memory");
    close_scene(scene);
}

TEST(admin, forgets_who_left)
{
    struct scene *scene = scene_of(1);
    struct exchange *stays = ask(scene, "/live"), *leaves = ask(scene, "/live");
    exchange_free(leaves);
    turn_all(scene);
    cr_assert_eq(scene->resumed, 1);
    expect_answer(stays, 200, "true");
    exchange_free(ask(scene, "/live"));
    close_scene(scene);
}

TEST(admin, serves_nothing_else)
{
    struct scene *scene = scene_of(1);
    expect_answer(ask(scene, "/models"), 404, "there is /live, /ready, /metrics");
    expect_answer(ask(scene, "/live?x=1"), 400, "unknown-parameter");
    close_scene(scene);
}

TEST(admin, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct scene scene;
        struct dm_error err = {0};
        enum dm_code code = open_scene(&scene, 1, &err);
        cr_assert(code == DM_OK || mem_failed());
        close_scene(&scene);
    }
}

TEST(admin, answers_though_each_allocation_fails)
{
    struct scene *scene = scene_of(1);
    struct exchange *warm = ask(scene, "/live"); /* what the loops keep is there now */
    turn_all(scene);
    exchange_free(warm);
    struct head head = {.host = {1, STR("localhost")}};
    for (size_t nth = 1, last = 0; !last; nth++) {
        mem_fail_at(nth);
        struct exchange *exchange = exchange_new(&scene->service, NULL, STR("/metrics"));
        if (exchange && exchange_begin(exchange, "GET", &head) == DM_OK) {
            exchange_dispatch(exchange);
            turn_all(scene);
            cr_assert_eq(exchange->state, EXCHANGE_ANSWERED);
            cr_assert_eq(exchange->reply.status, mem_failed() ? 503 : 200);
        }
        last = !mem_failed();
        mem_fail_at(0);
        exchange_free(exchange);
    }
    close_scene(scene);
}
