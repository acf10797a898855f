/* One request under way, from its first line to the end of its reply. */
#ifndef DYNAMOD_DAEMON_HTTP_EXCHANGE_H
#define DYNAMOD_DAEMON_HTTP_EXCHANGE_H

#include "daemon/auth/principal.h"
#include "daemon/http/accept.h"
#include "daemon/http/content.h"
#include "daemon/http/head.h"
#include "daemon/http/page_writer.h"
#include "daemon/http/preference.h"
#include "daemon/http/raw.h"
#include "daemon/http/reply.h"
#include "daemon/http/router.h"
#include "daemon/run/service.h"

struct MHD_Connection;

/* Everything one exchange takes, but its body, what is read for it, and the reply. */
enum { EXCHANGE_ARENA_MAX = 256 * 1024 };

/* A body is read past up to this, to be refused in peace. */
enum { READ_PAST_MAX = 256 * 1024 };

/* Of those that ended so many are kept, each with a block of its arena. */
enum { SPARE_EXCHANGES = 256 };

enum exchange_state {
    EXCHANGE_HEAD,    /* the request line is there, the header fields are coming */
    EXCHANGE_BODY,    /* the header fields are there; a reply that is there waits too */
    EXCHANGE_WAITING, /* for the library, or for a page to be written */
    EXCHANGE_ANSWERED /* the reply is there */
};

/* Owns its body, its reply and what is being written; all else lives in its arena, or is
 * the connection's. */
struct exchange {
    struct service *service;
    struct site *site; /* the service's when it began */
    struct MHD_Connection *connection;
    const struct peer *peer;       /* the connection's; NULL: nothing is known of it */
    struct exchange *next, **link; /* in service->exchanges */
    enum host_policy hosts;        /* the listener's */
    bool is_misdirected;           /* to another server */
    enum exchange_state state;
    struct arena arena;
    int64_t started_us;

    size_t target_len; /* as it came */
    struct dm_str raw_target;
    const char *path; /* the problem's instance */
    unsigned method;  /* one of enum method */
    struct head head;
    struct preferences preferences;
    const char *request_id;

    struct target target;
    const struct route *route; /* NULL: not found, and the reply says so */
    struct route_values values;
    size_t body_bytes; /* as many as came */
    struct dm_buf body;
    size_t body_held;     /* its part of the service's memory */
    bool body_is_dropped; /* there was no room for it */
    enum content content; /* of the body, when there is one */

    struct dm_app *app;                /* NULL on a route that needs none */
    const struct evidence *evidence;   /* of who asks; NULL: nobody is asked */
    const struct principal *principal; /* who it is; NULL: nobody is asked, or it is of
                                          no app */
    struct parameters parameters;
    struct raw raw;
    enum representation representation;

    bool is_waiting;      /* counted as such: admission_wait */
    struct dm_call *call; /* under way in the library; NULL: none */
    struct call_cost cost;
    struct page_writer writer;
    size_t reply_held; /* of the page, then of the reply: its part, likewise */
    struct reply reply;
};

/* NULL out of memory. The target is copied. */
struct exchange *exchange_new(struct service *service, struct MHD_Connection *connection,
                              struct dm_str raw_target);
void exchange_free(struct exchange *exchange);

/* Frees what is kept of those that ended. */
void exchange_drop_spare(struct service *service);

/* The header fields are complete: makes the request id, checks the framing, finds the
 * route. On failure the reply is there, and closes the connection. */
DM_MUST_USE enum dm_code exchange_begin(struct exchange *exchange, const char *method,
                                        const struct head *head);

/* Keeps a piece of the body, or reads past it. False: it is far too long, the connection
 * is to end. */
bool exchange_add_body(struct exchange *exchange, const char *bytes, size_t len);

/* Whether more of the body is to come, as far as the head tells. */
bool exchange_lacks_body(const struct exchange *exchange);

/* The request is complete: has its route handle it. Afterwards it waits or is answered.
 */
void exchange_dispatch(struct exchange *exchange);

/* Reads the target's parameters, as the route takes them. */
DM_MUST_USE enum dm_code exchange_read_parameters(struct exchange *exchange,
                                                  struct dm_error *err);

/* The app and the model that it is about, by names of the configuration alone; "": none.
 */
const char *exchange_app_name(const struct exchange *exchange);
const char *exchange_model_name(const struct exchange *exchange);

/* For the library: who asks, and where to count what it costs. */
struct call_context exchange_context(struct exchange *exchange);

/* The reply is there, after a wait: the connection goes on. */
void exchange_resume(struct exchange *exchange);

/* Ends an exchange that waits: PROBLEM_SHUTTING_DOWN. */
void exchange_cancel(struct exchange *exchange);

#endif
