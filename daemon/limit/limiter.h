/*
 * The limits of one thread: what it may take, what it has taken, and how often it has
 * refused. What all threads share is their `commons`.
 */
#ifndef DYNAMOD_DAEMON_LIMIT_LIMITER_H
#define DYNAMOD_DAEMON_LIMIT_LIMITER_H

#include <stdint.h>

#include "base/arena.h"
#include "daemon/limit/budget.h"
#include "daemon/limit/census.h"
#include "daemon/limit/limit_config.h"

struct config;

/* Of the threads that serve the apps; the admin's has one of its own. */
struct limit_commons {
    struct census census;
    struct budget memory;
    size_t threads;  /* that share it; set it before they begin */
    unsigned places; /* limit_places, as it began */
};

/* How many connections there may be, whatever is configured: what files the admin, the
 * store and DynamoDB's connections need, clients do not get. */
unsigned limit_places(void);

/* On failure too: limit_commons_done. DM_E_INTERNAL. */
DM_MUST_USE enum dm_code limit_commons_init(struct limit_commons *commons,
                                            struct dm_error *err);
void limit_commons_done(struct limit_commons *commons);

/* Named as their settings are. */
enum limit {
    LIMIT_CONNECTIONS_PER_ADDRESS,
    LIMIT_EXCHANGES,
    LIMIT_TARGET,
    LIMIT_BODY,
    LIMIT_MEMORY,
    LIMIT_HEADER_TIME,
    LIMIT_BODY_TIME,
    LIMIT_SEND_TIME,
    LIMIT_REQUESTS,
    LIMIT_READ_UNITS,
    LIMIT_WRITE_UNITS,
    LIMIT_COUNT
};

/* "max_exchanges". Static. */
const char *limit_name(enum limit limit);

/* Refusing costs a good part of what answering does, and who is refused comes again: in a
 * storm nobody new is accepted for a moment. */
enum { STORM_SPAN_MS = 100, STORM_COUNT = 64 };

struct storm {
    int64_t since_ms;
    unsigned count;
};

void storm_add(struct storm *storm, int64_t now_ms);
bool storm_rages(const struct storm *storm, int64_t now_ms);

/* Embedded in its service. limiter_init, then limiter_configure with each configuration.
 */
struct limiter {
    struct limit_commons *commons; /* lent; NULL: it shares nothing (in tests) */
    struct limit_config config;
    unsigned connections;
    size_t head_bytes; /* as the connections are made: of a head and its answer's */
    struct purse memory;
    struct arena_room room;          /* for the memory of calls */
    size_t calls_held;               /* by it */
    size_t exchanges, exchanges_max; /* that wait */
    struct storm storm;              /* of exchanges that were refused */
    uint64_t reached[LIMIT_COUNT];
};

void limiter_init(struct limiter *limiter);
void limiter_done(struct limiter *limiter);

/* Before the first configuration, once. */
void limiter_share(struct limiter *limiter, struct limit_commons *commons);
void limiter_configure(struct limiter *limiter, const struct config *config);

/* NULL: a place for one connection more is taken; else why not. Static. */
DM_MUST_USE const char *limiter_take_place(struct limiter *limiter, int64_t now_ms);
void limiter_leave_place(struct limiter *limiter);

/* Whoever waits to be accepted is, whatever had to be refused before. */
void limiter_calm(struct limiter *limiter);

/* One from that address, which is told where it may not, and counted where there are too
 * many. */
DM_MUST_USE bool limiter_enter(struct limiter *limiter, const struct sockaddr *address);

/* One that entered has ended: its place is left, too. */
void limiter_leave(struct limiter *limiter, const struct sockaddr *address);

/* Whether one exchange more may wait. */
DM_MUST_USE bool limiter_has_room(const struct limiter *limiter);

/* Counted, and told in the log, in masses as a number. app: "" where none is known. */
void limiter_tell(struct limiter *limiter, enum limit limit, const char *app);

/* The same of a setting of an app or a principal, by its name. */
enum limit limit_from_name(const char *name);

#endif
