/*
 * What one configuration makes of a shard: its apps at work, and the limits of their
 * requests. An exchange keeps the site that it began with until it ends, so a reload
 * changes nothing for it. An app whose file says what it said before is the same object
 * in the next site, with its connections and all that it knows. On the shard's thread.
 */
#ifndef DYNAMOD_DAEMON_RUN_SITE_H
#define DYNAMOD_DAEMON_RUN_SITE_H

#include "daemon/config.h"
#include "daemon/rest/kept_document.h"
#include "model/app.h"

/* An app at work. Counted by the sites that have it. */
struct site_app {
    unsigned references;
    const struct app_config *config; /* the app's */
    struct dm_app *app;
    struct kept_document documents[2]; /* OpenAPI: as the default, and as named */
};

/* Zeroed, it has no apps. */
struct site {
    struct site *next;      /* service's */
    size_t references;      /* service's: exchanges, and one while it is in force */
    struct config *config;  /* a reference */
    struct site_app **apps; /* by name */
    size_t app_count;
    struct dm_app *default_app; /* NULL: none */
    /* Of listeners that keep to the list, and of those that do not. */
    struct host_memory hosts, any_hosts;
    unsigned request_timeout_ms;
};

/* Without apps: the admin's. */
DM_MUST_USE enum dm_code site_new(struct config *config, struct site **ret_site,
                                  struct dm_error *err);

/* With every app of the configuration; those that `before` (NULL: none) has too are
 * shared with it. */
DM_MUST_USE enum dm_code site_new_with_apps(struct config *config,
                                            const struct environment *environment,
                                            struct dm_loop *loop,
                                            const struct site *before,
                                            struct site **ret_site, struct dm_error *err);

/* Whatever its references say; not from inside a callback of an app. */
void site_free(struct site *site);
DM_AUTO_DEFINE(site, site_free)

/* The app of that name, or NULL. */
struct dm_app *site_find_app(const struct site *site, struct dm_str name);

/* Where an app's OpenAPI document is kept: as it is served at /, or where it is named. */
struct kept_document *site_document(const struct site *site, const struct dm_app *app,
                                    bool is_named);

#endif
