/* What an app tells its operator: whether it has credentials, and what it counted. On the
 * app's own thread. */
#ifndef DYNAMOD_MODEL_APP_STATS_H
#define DYNAMOD_MODEL_APP_STATS_H

#include "aws/cred_chain.h"
#include "model/app.h"
#include "store/coalesce/coalesce_stats.h"
#include "store/dynamodb/client_stats.h"

/* One way to DynamoDB: the app's, or that of a model with settings of its own. Lent until
 * the visitor returns. */
struct upstream_stats {
    const char *model; /* "": the app's */
    const struct cred_chain *chain;
    struct cred_status credentials; /* the chain's */
    struct client_figures figures;
    const struct table_capacity *capacity; /* of each table; NULL: none yet */
    struct coalesce_figures coalesced;     /* all 0 where gets are not */
};

typedef void (*upstream_visitor_fn)(const struct upstream_stats *stats, void *ctx);

/* Each way to DynamoDB, in the file's order; the embedded store is none. */
void app_stats(const struct dm_app *app, upstream_visitor_fn visit, void *ctx);

/* The cache of a model, which all threads of the app share. Lent until the visitor
 * returns. */
struct cache_stats {
    const char *model;
    struct cache_figures figures;
};

typedef void (*cache_visitor_fn)(const struct cache_stats *stats, void *ctx);

/* Each model that has one. */
void app_cache_stats(const struct dm_app *app, cache_visitor_fn visit, void *ctx);

/* Begins to load credentials where there are none yet, or none any more: an app that
 * waits to be called ready before it is used becomes so. */
void app_seek_credentials(struct dm_app *app);

/* The name of the app's model, for as long as the app lives; NULL when it has none such.
 */
const char *app_model_name(const struct dm_app *app, struct dm_str name);

#endif
