/* The admin of shards that a test plays. */
#ifndef DYNAMOD_TESTS_ADMIN_FIXTURE_H
#define DYNAMOD_TESTS_ADMIN_FIXTURE_H

#include "daemon/admin/admin.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "daemon/http/exchange.h"
#include "daemon/listen/socket.h"
#include "daemon/log/log.h"
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
    enum question question; /* the last one */
    uint64_t requests;      /* of the app "todo", model "task" */
};

struct scene {
    struct fake_clock clock;
    struct dm_loop *loop;
    int answered_fd;
    struct played shards[MOST];
    size_t count;
    struct admin *admin;
    struct config config; /* without apps */
    struct site site;     /* likewise */
    struct service service;
    struct sockets sockets; /* none */
    unsigned resumed;
};

/* Out of memory there are none. */
static inline void add_views(const struct played *shard, struct snapshot *snapshot)
{
    struct arena *arena = &snapshot->samples.arena;
    struct upstream_view *unready = arena_new(arena, sizeof *unready);
    struct model_view *model = arena_new(arena, sizeof *model);
    if (!unready || !model)
        return;
    *model = (struct model_view){
        .app = "todo",
        .model = "task",
        .tally = {.requests = shard->requests, .durations.counts[2] = shard->requests}};
    *unready = (struct upstream_view){.app = shard->unready,
                                      .model = "",
                                      .provider = "imds",
                                      .reason = "it is away",
                                      .breaker = "closed"};
    snapshot->models = model;
    if (shard->unready)
        snapshot->upstreams = unready;
}

static inline struct snapshot *look(enum question question, void *ctx)
{
    struct played *shard = ctx;
    shard->looks++;
    shard->question = question;
    struct snapshot *snapshot = shard->starves ? NULL : mem_new(sizeof *snapshot);
    if (!snapshot)
        return NULL;
    samples_init(&snapshot->samples);
    snapshot->draining = shard->draining;
    samples_add(&snapshot->samples, METRIC_CONNECTIONS, (struct sample_labels){{NULL}},
                shard->looks);
    add_views(shard, snapshot);
    return snapshot;
}

static inline void resume(struct exchange *exchange, void *ctx)
{
    struct scene *scene = ctx;
    (void)exchange;
    scene->resumed++;
}

static inline enum dm_code open_shard(struct scene *scene, struct dm_error *err)
{
    struct played *shard = &scene->shards[scene->count++];
    shard->clock = fake_clock();
    DM_TRY(loop_new(&shard->clock.clock, &shard->loop, err));
    DM_TRY(probe_new(shard->loop, scene->answered_fd, look, shard, &shard->probe, err));
    admin_add(scene->admin, shard->probe);
    return DM_OK;
}

static inline enum dm_code open_scene(struct scene *scene, size_t shards,
                                      struct dm_error *err)
{
    *scene = (struct scene){.clock = fake_clock(),
                            .answered_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    log_set_level(LOG_ERROR);
    DM_TRY(loop_new(&scene->clock.clock, &scene->loop, err));
    DM_TRY(admin_new(scene->loop, scene->answered_fd, MOST, &scene->admin, err));
    while (scene->count < shards)
        DM_TRY(open_shard(scene, err));
    scene->config.shown.type = DM_M;
    scene->config.allowed_hosts.any = true;
    scene->config.limits = limit_config_default();
    limiter_init(&scene->service.limiter);
    limiter_configure(&scene->service.limiter, &scene->config);
    scene->site.config = &scene->config;
    scene->site.references = 1;
    scene->service.site = &scene->site;
    scene->service.clock = clock_system();
    scene->service.routes = admin_routes();
    scene->service.admin = scene->admin;
    scene->service.served = scene->service.listening = &scene->sockets;
    scene->service.resume = resume;
    scene->service.ctx = scene;
    return request_ids_init(&scene->service.ids, err);
}

static inline void close_scene(struct scene *scene)
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

static inline struct scene *scene_of(size_t shards)
{
    static struct scene scene;
    struct dm_error err = {0};
    assert_ok(open_scene(&scene, shards, &err), err);
    return &scene;
}

static inline struct exchange *ask(struct scene *scene, const char *target)
{
    struct head head = {.host = {1, STR("localhost")}};
    struct exchange *exchange = exchange_new(&scene->service, NULL, dm_str(target));
    cr_assert(exchange && exchange_begin(exchange, "GET", &head) == DM_OK);
    exchange_dispatch(exchange);
    return exchange;
}

static inline void turn_loop(struct dm_loop *loop)
{
    struct dm_error err = {0};
    assert_ok(dm_loop_turn(loop, 0, &err), err);
}

static inline void turn_all(struct scene *scene)
{
    for (size_t i = 0; i < scene->count; i++)
        turn_loop(scene->shards[i].loop);
    turn_loop(scene->loop);
    turn_loop(scene->loop);
}

/* Ends the exchange, which must be answered by now. */
static inline void expect_answer(struct exchange *exchange, unsigned status,
                                 const char *part)
{
    struct reply *reply = &exchange->reply;
    cr_assert_eq(exchange->state, EXCHANGE_ANSWERED);
    buf_add_char(&reply->body, '\0');
    cr_assert_eq(reply->status, status, "%u: %s", reply->status, reply->body.ptr);
    cr_assert(strstr(reply->body.ptr, part), "no %s in %s", part, reply->body.ptr);
    exchange_free(exchange);
}

#endif
