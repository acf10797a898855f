/* One request under way, from its first line to the end of its reply. */
#ifndef DYNAMOD_DAEMON_EXCHANGE_H
#define DYNAMOD_DAEMON_EXCHANGE_H

#include "daemon/accept.h"
#include "daemon/head.h"
#include "daemon/reply.h"
#include "daemon/router.h"
#include "daemon/service.h"

struct MHD_Connection;

/* Everything one exchange takes, but an item and its reply. */
enum { EXCHANGE_ARENA_MAX = 256 * 1024 };

enum exchange_state {
    EXCHANGE_HEAD,    /* the request line is there, the header fields are coming */
    EXCHANGE_BODY,    /* the header fields are there */
    EXCHANGE_WAITING, /* for the library */
    EXCHANGE_ANSWERED /* the reply is there */
};

/* Owns its reply; all else lives in its arena, or is the connection's. */
struct exchange {
    struct service *service;
    struct MHD_Connection *connection;
    struct exchange *next, **link; /* in service->exchanges */
    enum exchange_state state;
    int64_t began_us; /* clock_fine_us's */
    struct arena arena;

    struct dm_str raw_target;
    const char *path; /* the problem's instance */
    unsigned method;  /* one of enum method */
    struct head head;
    size_t body_bytes;
    const char *request_id;

    struct target target;
    const struct route *route; /* NULL: none, or not yet known */
    struct route_values values;
    struct dm_app *app; /* NULL on a route that needs none */
    enum representation representation;

    struct dm_call *call; /* under way in the library; NULL: none */
    struct reply reply;
};

/* NULL out of memory. The target is copied. */
struct exchange *exchange_new(struct service *service, struct MHD_Connection *connection,
                              struct dm_str raw_target);
void exchange_free(struct exchange *exchange);

/* The header fields are complete: makes the request id, checks the framing. On failure
 * the reply is there, and closes the connection. */
DM_MUST_USE enum dm_code exchange_begin(struct exchange *exchange, const char *method,
                                        const struct head *head);

/* The request is complete: routes it. Afterwards it waits or is answered. */
void exchange_dispatch(struct exchange *exchange);

/* The library has answered, and the reply is there: the connection goes on. */
void exchange_resume(struct exchange *exchange);

/* Ends an exchange that waits: PROBLEM_SHUTTING_DOWN. */
void exchange_cancel(struct exchange *exchange);

#endif
