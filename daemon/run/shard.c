/* The shard's thread. */
#include "daemon/run/shard.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/error.h"
#include "base/mem.h"
#include "daemon/admin/admin.h"
#include "daemon/admin/traffic.h"
#include "daemon/http/router.h"
#include "daemon/http/server.h"
#include "daemon/listen/listener.h"
#include "daemon/log/access_log.h"
#include "daemon/log/log.h"
#include "daemon/run/counter_fd.h"
#include "daemon/run/pulse.h"

/* Whose turn it is with another configuration. */
enum offer {
    OFFER_NONE, /* the main thread's turn, in these two */
    OFFER_MADE_READY,
    OFFER_OPEN, /* the shard's, in these three */
    OFFER_TAKEN,
    OFFER_DROPPED
};

/* A listening socket's share, and what is known of who comes in by it. */
struct door {
    struct shard *shard;
    struct entrance entrance;
    struct listener *listener;
};

struct shard {
    struct dm_loop *loop;
    struct service service;
    struct server *server;
    struct door *doors; /* one a listening socket */
    size_t door_count;
    struct traffic traffic;
    uint64_t accepted;                     /* connections */
    struct probe *probe;                   /* NULL: the admin's shard */
    struct admin *admin;                   /* NULL: one that serves the apps */
    const struct environment *environment; /* lent */
    int ended_fd, settled_fd;              /* lent */
    pthread_t thread;
    bool is_running;  /* main thread's: to be joined */
    bool has_failed;  /* the thread's, to be read after it is joined */
    atomic_int order; /* enum shard_order, of the main thread */
    struct pulse pulse;

    /* What is offered, of whoever has the turn. */
    atomic_int offer;       /* enum offer */
    struct config *offered; /* lent */
    struct site *next;      /* made ready; NULL: it could not be */
    struct dm_error refusal;
};

/* --- listening --- */

static const char *take_place(void *ctx)
{
    const struct door *door = ctx;
    return server_take_place(door->shard->server);
}

static void leave_place(void *ctx)
{
    const struct door *door = ctx;
    server_leave_place(door->shard->server);
}

static void accepted(int fd, const struct sockaddr *address, socklen_t size, void *ctx)
{
    const struct door *door = ctx;
    door->shard->accepted++;
    server_add(door->shard->server, fd, address, size, &door->entrance);
}

static const struct listener_owner owner = {
    .take_place = take_place, .leave_place = leave_place, .accepted = accepted};

static enum listener_queue queue_of(const struct listen_socket *socket)
{
    if (socket->is_inherited)
        return LISTENER_OUTLIVED;
    return socket->is_unix ? LISTENER_SHARED : LISTENER_ALONE;
}

static enum dm_code listen_at(struct door *door, struct dm_error *err)
{
    const struct listen_socket *socket = door->entrance.socket;
    int fd = -1;
    DM_TRY(socket_share(socket, &fd, err));
    return listener_new(door->shard->loop, fd, queue_of(socket), &owner, door,
                        &door->listener, err);
}

static enum dm_code listen_on_all(struct shard *shard, struct dm_error *err)
{
    for (size_t i = 0; i < shard->door_count; i++)
        DM_TRY(listen_at(&shard->doors[i], err));
    return DM_OK;
}

static void configure_doors(struct shard *shard, const struct config *config)
{
    for (size_t i = 0; i < shard->door_count; i++)
        entrance_configure(&shard->doors[i].entrance, config);
}

static enum dm_code make_doors(struct shard *shard, const struct shard_plan *plan,
                               struct dm_error *err)
{
    shard->doors = mem_new(plan->sockets->count * sizeof *shard->doors);
    if (!shard->doors)
        return error_nomem(err);
    for (; shard->door_count < plan->sockets->count; shard->door_count++) {
        struct door *door = &shard->doors[shard->door_count];
        door->shard = shard;
        door->entrance.socket = &plan->sockets->at[shard->door_count];
        door->entrance.is_admin = plan->others != NULL;
    }
    configure_doors(shard, plan->config);
    return DM_OK;
}

static bool has_tls(const struct shard *shard)
{
    for (size_t i = 0; i < shard->door_count; i++)
        if (shard->doors[i].entrance.credentials)
            return true;
    return false;
}

static void free_doors(struct shard *shard)
{
    for (size_t i = 0; i < shard->door_count; i++) {
        listener_free(shard->doors[i].listener);
        entrance_done(&shard->doors[i].entrance);
    }
    mem_free(shard->doors);
}

/* --- being asked --- */

static struct snapshot *look(enum question question, void *ctx)
{
    struct shard *shard = ctx;
    bool draining = atomic_load(&shard->order) != SHARD_SERVE;
    struct shard_figures figures = {
        .connections = shard->server ? server_connections(shard->server) : 0,
        .accepted = shard->accepted,
        .draining = draining,
        .seek_credentials = question == QUESTION_READINESS && !draining,
    };
    return snapshot_new(&shard->service, &figures);
}

/* --- another configuration --- */

static enum dm_code make_site(struct shard *shard, struct config *config,
                              struct site **ret_site, struct dm_error *err)
{
    if (shard->admin)
        return site_new(config, ret_site, err);
    return site_new_with_apps(config, shard->environment, shard->loop,
                              shard->service.site, ret_site, err);
}

static void take_offered(struct shard *shard)
{
    service_take_site(&shard->service, DM_TAKE(shard->next));
    configure_doors(shard, shard->offered);
    server_configure(shard->server, shard->offered);
}

static void answer_offer(struct shard *shard, enum offer answer)
{
    atomic_store(&shard->offer, answer);
    counter_fd_add(shard->settled_fd);
}

static void look_at_offer(struct shard *shard)
{
    switch ((enum offer)atomic_load(&shard->offer)) {
    case OFFER_NONE:
    case OFFER_MADE_READY:
        return;
    case OFFER_OPEN:
        shard->refusal.code =
            make_site(shard, shard->offered, &shard->next, &shard->refusal);
        answer_offer(shard, OFFER_MADE_READY);
        return;
    case OFFER_TAKEN:
        take_offered(shard);
        answer_offer(shard, OFFER_NONE);
        return;
    case OFFER_DROPPED:
        site_free(DM_TAKE(shard->next));
        answer_offer(shard, OFFER_NONE);
        return;
    }
}

static void give_turn(struct shard *shard, enum offer offer)
{
    atomic_store(&shard->offer, offer);
    loop_wake(shard->loop);
}

void shard_offer(struct shard *shard, struct config *config)
{
    shard->offered = config;
    give_turn(shard, OFFER_OPEN);
}

enum dm_code shard_can_take(const struct shard *shard, struct dm_error *err)
{
    if (shard->refusal.code)
        *err = shard->refusal;
    return shard->refusal.code;
}

void shard_settle(struct shard *shard, bool take)
{
    give_turn(shard, take ? OFFER_TAKEN : OFFER_DROPPED);
}

/* --- the thread --- */

static void drain(struct shard *shard)
{
    limiter_calm(&shard->service.limiter);
    for (size_t i = 0; i < shard->door_count; i++)
        listener_drain(shard->doors[i].listener);
    server_drain(shard->server);
}

/* After each turn: whether there is to be another. */
static bool goes_on(struct shard *shard)
{
    pulse_answer(&shard->pulse);
    look_at_offer(shard);
    switch ((enum shard_order)atomic_load(&shard->order)) {
    case SHARD_SERVE:
    case SHARD_LEAVE:
        return true;
    case SHARD_DRAIN:
        if (!shard->service.draining)
            drain(shard);
        return server_connections(shard->server) > 0;
    case SHARD_STOP:
        return false;
    }
    return false;
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
    pulse_end(&shard->pulse);
    server_free(shard->server);
    shard->server = NULL;
    if (shard->probe)
        probe_close(shard->probe);
    counter_fd_add(shard->ended_fd);
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

void shard_ask_to_turn(struct shard *shard)
{
    pulse_ask(&shard->pulse);
    loop_wake(shard->loop);
}

bool shard_has_turned(const struct shard *shard)
{
    return pulse_is_answered(&shard->pulse);
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
    DM_TRY(service_init(service, router_rest(), shard->loop, err));
    service->traffic = &shard->traffic;
    service->access = access_log_join(plan->access_log);
    DM_TRY(probe_new(shard->loop, plan->answered_fd, look, shard, &shard->probe, err));
    service->probe = shard->probe;
    return DM_OK;
}

static enum dm_code serve_admin(struct shard *shard, const struct shard_plan *plan,
                                struct dm_error *err)
{
    struct service *service = &shard->service;
    DM_TRY(service_init(service, admin_routes(), shard->loop, err));
    DM_TRY(
        admin_new(shard->loop, plan->answered_fd, plan->other_count, &shard->admin, err));
    for (size_t i = 0; i < plan->other_count; i++)
        admin_add(shard->admin, plan->others[i]->probe);
    service->admin = shard->admin;
    service->reload = plan->reload;
    service->served = plan->served;
    service->listening = plan->sockets;
    return DM_OK;
}

static enum dm_code take_first_site(struct shard *shard, const struct shard_plan *plan,
                                    struct dm_error *err)
{
    struct site *site = NULL;
    DM_TRY(make_site(shard, plan->config, &site, err));
    service_take_site(&shard->service, site);
    return DM_OK;
}

enum dm_code shard_new(const struct shard_plan *plan, struct shard **ret_shard,
                       struct dm_error *err)
{
    DM_AUTO(shard) *shard = mem_new(sizeof *shard);
    if (!shard)
        return error_nomem(err);
    shard->environment = plan->environment;
    shard->ended_fd = plan->ended_fd;
    shard->settled_fd = plan->settled_fd;
    atomic_init(&shard->order, SHARD_SERVE);
    atomic_init(&shard->offer, OFFER_NONE);
    DM_TRY(dm_loop_new(&shard->loop, err));
    DM_TRY(plan->others ? serve_admin(shard, plan, err) : serve_apps(shard, plan, err));
    limiter_share(&shard->service.limiter, plan->commons);
    DM_TRY(take_first_site(shard, plan, err));
    DM_TRY(make_doors(shard, plan, err));
    DM_TRY(
        server_new(&shard->service, plan->config, has_tls(shard), &shard->server, err));
    DM_TRY(listen_on_all(shard, err));

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
    server_free(shard->server);
    free_doors(shard);
    admin_free(shard->admin);
    probe_free(shard->probe);
    site_free(shard->next);
    service_done(&shard->service);
    traffic_done(&shard->traffic);
    dm_loop_free(shard->loop);
    mem_free(shard);
}
