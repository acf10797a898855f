/* What all exchanges of one thread share: the addresses, the apps, the loop, the limits.
 */
#ifndef DYNAMOD_DAEMON_SERVICE_H
#define DYNAMOD_DAEMON_SERVICE_H

#include "daemon/kept_document.h"
#include "daemon/page_writer.h"
#include "daemon/request_id.h"
#include "model/app.h"
#include "model/etag.h"

struct admin;
struct config;
struct exchange;
struct route_table;
struct traffic;

/* Embedded in its shard. Zeroed, it can be done. */
struct service {
    struct dm_loop *loop; /* lent */
    const struct clock *clock;
    const struct route_table *routes;
    struct dm_app **apps; /* by name */
    size_t app_count;
    struct kept_document *documents; /* two of each app: as the default, and as named */
    struct dm_app *default_app;      /* NULL: none */
    unsigned request_timeout_ms;
    struct request_ids ids;
    struct etag_maker *etags;
    bool draining;              /* replies close their connection */
    bool stopping;              /* what comes now is refused */
    struct exchange *exchanges; /* those under way */
    size_t body_bytes;          /* that they keep */
    size_t page_bytes;          /* of the pages that they write and send */
    struct page_queue pages;
    struct traffic *traffic; /* lent; NULL: they are not counted */
    struct admin *admin;     /* lent; NULL: not the admin's */

    /* Has an answered exchange's connection go on. */
    void (*resume)(struct exchange *exchange, void *ctx);
    void *ctx;
};

/* Without apps. On failure too: service_done. */
DM_MUST_USE enum dm_code service_init(struct service *service,
                                      const struct config *config,
                                      const struct route_table *routes,
                                      struct dm_loop *loop, struct dm_error *err);

/* Runs every app of the configuration on the loop. */
DM_MUST_USE enum dm_code service_run_apps(struct service *service,
                                          const struct config *config,
                                          const struct environment *environment,
                                          struct dm_error *err);

/* Exchanges are gone before. */
void service_done(struct service *service);

/* The app of that name, or NULL. */
struct dm_app *service_app(const struct service *service, struct dm_str name);

/* Where an app's OpenAPI document is kept: as it is served at /, or where it is named. */
struct kept_document *service_document(struct service *service, const struct dm_app *app,
                                       bool is_named);

#endif
