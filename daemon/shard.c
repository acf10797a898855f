/* The shard's thread. */
#include "daemon/shard.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "daemon/admin.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/router.h"
#include "daemon/server.h"
#include "daemon/traffic.h"

struct shard {
    struct dm_loop *loop;
    struct service service;
    struct server *server;
    struct listener **listeners;
    size_t listener_count;
    struct traffic traffic;
    uint64_t accepted;   /* connections */
    struct probe *probe; /* NULL: the admin's shard */
    struct admin *admin; /* NULL: one that serves the apps */
    int ended_fd;        /* lent */
    pthread_t thread;
    bool is_running;  /* main thread's: to be joined */
    bool has_failed;  /* the thread's, to be read after it is joined */
    atomic_int order; /* enum shard_order; the only thing that other threads write */
};

/* --- listening --- */

static bool has_room(void *ctx)
{
    const struct shard *shard = ctx;
    return server_has_room(shard->server);
}

static void accepted(int fd, const struct sockaddr *address, socklen_t size, void *ctx)
{
    struct shard *shard = ctx;
    shard->accepted++;
    server_add(shard->server, fd, address, size);
}

static const struct listener_owner owner = {.has_room = has_room, .accepted = accepted};

static enum dm_code listen_on(struct shard *shard, const struct listen_socket *socket,
                              struct dm_error *err)
{
    int fd = -1;
    DM_TRY(socket_share(socket, &fd, err));
    DM_TRY(listener_new(shard->loop, fd, socket->is_unix, &owner, shard,
                        &shard->listeners[shard->listener_count], err));
    shard->listener_count++;
    return DM_OK;
}

static enum dm_code listen_on_all(struct shard *shard, const struct sockets *sockets,
                                  struct dm_error *err)
{
    shard->listeners = mem_new(sockets->count * sizeof(struct listener *));
    if (!shard->listeners)
        return error_nomem(err);
    for (size_t i = 0; i < sockets->count; i++)
        DM_TRY(listen_on(shard, &sockets->at[i], err));
    return DM_OK;
}

/* --- being asked --- */

static struct snapshot *look(void *ctx)
{
    struct shard *shard = ctx;
    struct shard_figures figures = {
        .connections = shard->server ? server_connections(shard->server) : 0,
        .accepted = shard->accepted,
        .draining = atomic_load(&shard->order) != SHARD_SERVE,
    };
    return snapshot_new(&shard->service, &figures);
}

/* --- the thread --- */

static void drain(struct shard *shard)
{
    for (size_t i = 0; i < shard->listener_count; i++)
        listener_drain(shard->listeners[i]);
    server_drain(shard->server);
}

/* After each turn: whether there is to be another. */
static bool goes_on(struct shard *shard)
{
    int order = atomic_load(&shard->order);
    if (order == SHARD_DRAIN && !shard->service.draining)
        drain(shard);
    return order == SHARD_SERVE ||
           (order == SHARD_DRAIN && server_connections(shard->server) > 0);
}

static void turn_to_the_end(struct shard *shard)
{
    struct dm_error err;
    while (goes_on(shard)) {
        if (dm_loop_turn(shard->loop, -1, &err) == DM_OK)
            continue;
        log_text(LOG_ERROR, "a thread ends: %s", err.message);
        shard->has_failed = true;
        return;
    }
}

static void *run_thread(void *arg)
{
    struct shard *shard = arg;
    turn_to_the_end(shard);
    server_free(shard->server);
    shard->server = NULL;
    if (shard->probe)
        probe_close(shard->probe);

    const uint64_t one = 1;
    ssize_t written = write(shard->ended_fd, &one, sizeof one);
    (void)written; /* an eventfd takes far more than there are shards */
    return NULL;
}

enum dm_code shard_start(struct shard *shard, struct dm_error *err)
{
    int failure = pthread_create(&shard->thread, NULL, run_thread, shard);
    if (failure)
        return error_set(err, DM_E_INTERNAL, "no thread: %s", strerror(failure));
    shard->is_running = true;
    pthread_setname_np(shard->thread, shard->admin ? "admin" : "shard");
    return DM_OK;
}

void shard_order(struct shard *shard, enum shard_order order)
{
    atomic_store(&shard->order, order);
    loop_wake(shard->loop);
}

bool shard_join(struct shard *shard)
{
    if (shard->is_running)
        pthread_join(shard->thread, NULL);
    shard->is_running = false;
    return !shard->has_failed;
}

/* --- life --- */

static enum dm_code serve_apps(struct shard *shard, const struct shard_plan *plan,
                               struct dm_error *err)
{
    struct service *service = &shard->service;
    DM_TRY(service_init(service, plan->config, router_rest(), shard->loop, err));
    DM_TRY(service_run_apps(service, plan->config, plan->environment, err));
    service->traffic = &shard->traffic;
    return probe_new(shard->loop, plan->answered_fd, look, shard, &shard->probe, err);
}

static enum dm_code serve_admin(struct shard *shard, const struct shard_plan *plan,
                                struct dm_error *err)
{
    struct service *service = &shard->service;
    DM_TRY(service_init(service, plan->config, admin_routes(), shard->loop, err));
    DM_TRY(
        admin_new(shard->loop, plan->answered_fd, plan->other_count, &shard->admin, err));
    for (size_t i = 0; i < plan->other_count; i++)
        admin_add(shard->admin, plan->others[i]->probe);
    service->admin = shard->admin;
    return DM_OK;
}

enum dm_code shard_new(const struct shard_plan *plan, struct shard **ret_shard,
                       struct dm_error *err)
{
    DM_AUTO(shard) *shard = mem_new(sizeof *shard);
    if (!shard)
        return error_nomem(err);
    shard->ended_fd = plan->ended_fd;
    atomic_init(&shard->order, SHARD_SERVE);
    DM_TRY(dm_loop_new(&shard->loop, err));
    DM_TRY(plan->others ? serve_admin(shard, plan, err) : serve_apps(shard, plan, err));
    DM_TRY(server_new(&shard->service, plan->config, &shard->server, err));
    DM_TRY(listen_on_all(shard, plan->sockets, err));

    *ret_shard = DM_TAKE(shard);
    return DM_OK;
}

void shard_free(struct shard *shard)
{
    if (!shard)
        return;
    if (shard->is_running)
        shard_order(shard, SHARD_STOP);
    shard_join(shard);
    for (size_t i = 0; i < shard->listener_count; i++)
        listener_free(shard->listeners[i]);
    mem_free(shard->listeners);
    server_free(shard->server);
    admin_free(shard->admin);
    probe_free(shard->probe);
    service_done(&shard->service);
    traffic_done(&shard->traffic);
    dm_loop_free(shard->loop);
    mem_free(shard);
}
