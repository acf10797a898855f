/* What all exchanges of one thread share: the addresses, the site, the loop.
 */
#ifndef DYNAMOD_DAEMON_RUN_SERVICE_H
#define DYNAMOD_DAEMON_RUN_SERVICE_H

#include "daemon/admin/failures.h"
#include "daemon/auth/refusals.h"
#include "daemon/http/page_writer.h"
#include "daemon/http/request_id.h"
#include "daemon/http/tls.h"
#include "daemon/limit/deadline.h"
#include "daemon/limit/limiter.h"
#include "daemon/run/site.h"
#include "model/etag.h"

struct access_lane;
struct admin;
struct exchange;
struct probe;
struct reload;
struct sockets;
struct route_table;
struct traffic;

/* Embedded in its shard. Zeroed, it can be done. */
struct service {
    struct dm_loop *loop; /* lent */
    const struct clock *clock;
    const struct route_table *routes;
    struct site *site;      /* in force; lent by `sites` */
    struct site *sites;     /* it, and those that exchanges still have */
    struct loop_task sweep; /* frees those that nobody has any more */
    struct request_ids ids;
    struct etag_maker *etags;
    bool draining;              /* replies close their connection */
    bool stopping;              /* what comes now is refused */
    struct exchange *exchanges; /* those under way */
    struct exchange *spare;     /* that ended, to be used again */
    unsigned spare_count, spare_max;
    struct limiter limiter;
    struct deadlines deadlines; /* of its connections; its server's */
    struct page_queue pages;
    struct traffic *traffic;    /* lent; NULL: they are not counted */
    struct access_lane *access; /* lent; NULL: there is no access log */
    struct failures failures;
    struct probe *probe; /* lent; NULL: nobody asks */
    struct refusals refusals;
    struct tls_handshakes handshakes;
    struct admin *admin;   /* lent; NULL: not the admin's */
    struct reload *reload; /* the admin's, lent */
    const struct sockets *served,
        *listening; /* the admin's, lent: the apps' and its own */

    /* Has an answered exchange's connection go on. */
    void (*resume)(struct exchange *exchange, void *ctx);
    void *ctx;
};

/* Without a site. On failure too: service_done. */
DM_MUST_USE enum dm_code service_init(struct service *service,
                                      const struct route_table *routes,
                                      struct dm_loop *loop, struct dm_error *err);

/* Exchanges are gone before. */
void service_done(struct service *service);

/* It is in force from now on, and the service's. */
void service_take_site(struct service *service, struct site *site);

/* The site in force, for an exchange that begins; and at its end. */
struct site *service_enter_site(struct service *service);
void service_leave_site(struct service *service, struct site *site);

#endif
