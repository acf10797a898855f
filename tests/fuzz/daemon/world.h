/*
 * The daemon in one thread: a service and a server on a loop, as a shard has them, with
 * everything that they talk to on the same thread, and time that stands still
 * (daemon/time.h).
 */
#ifndef DYNAMOD_TESTS_FUZZ_DAEMON_WORLD_H
#define DYNAMOD_TESTS_FUZZ_DAEMON_WORLD_H

#include "daemon/admin/traffic.h"
#include "daemon/http/server.h"

enum { WORLD_CONFIGS = 3 };

struct world {
    struct dm_loop *loop;
    struct service service;
    struct server *server;
    struct traffic traffic;
    struct config *config; /* in force */
    struct listen_socket door;
    struct entrance entrance; /* by which all connections come */
};

/* Once: files, and a folder for the socket of the upstream. */
void world_prepare(void);

/* Where DynamoDB is to listen. Static. */
const char *world_upstream_path(void);

void world_open(struct world *world, unsigned config);
void world_close(struct world *world);

/* Another configuration is offered and taken, as a reload does. */
void world_reload(struct world *world, unsigned config);

/* A turn of the loop that does not wait for anything. */
void world_turn(struct world *world);

/* Whether a turn would find something to do. */
bool world_has_work(const struct world *world);

/* Whether an exchange waits for the embedded store, whose writer is another thread. */
bool world_waits_for_a_writer(const struct world *world);

/* A turn that waits for that thread. */
void world_await_writer(struct world *world);

/* Nothing is under way, and the figures agree with that. */
void world_check_rest(const struct world *world);

/* Requests that have been counted. */
uint64_t world_requests(const struct world *world);

#endif
