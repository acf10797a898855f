/* The inside of a dm_app, for the files of this folder. */
#ifndef DYNAMOD_MODEL_APP_INTERNAL_H
#define DYNAMOD_MODEL_APP_INTERNAL_H

#include "model/app.h"
#include "model/call.h"
#include "model/etag.h"
#include "model/model.h"

/* Unless the caller says otherwise, a call and all its retries take no longer. */
enum { DEFAULT_TIMEOUT_MS = 10000 };

struct dm_connection {
    struct dm_app *app;
};

/* The app's own, and one more for each model that overrides it. */
struct upstream {
    struct client *client;  /* NULL: the embedded store */
    struct dm_store *inner; /* NULL, or what `store` coalesces the gets of */
    struct dm_store *store;
    struct dm_store *heeding; /* of models without a cache, whose writes concern those of
                                 others; NULL: no model has one */
};

struct dm_app {
    struct app_config *config;
    struct dm_loop *loop;
    struct dm_loop *own_loop; /* NULL when the caller gave one */
    struct upstream *upstreams;
    size_t upstream_count;
    struct dm_store **cached; /* of models with a cache */
    size_t cached_count;
    struct dm_model *models; /* as in the file */
    size_t model_count;
    struct hash_map by_name;
    struct dm_connection connection;
    struct etag_maker *etags; /* NULL until a write compares tags */
    struct dm_call *calls;    /* under way */
};

/* NULL: there is none of that name. */
struct dm_model *app_model(const struct dm_app *app, struct dm_str name);

/* Where every call finds its model. DM_E_MODEL_NOT_FOUND names it; DM_E_FORBIDDEN: it is
 * not in the caller's scope (NULL: all is), whether it is there or not. */
DM_MUST_USE enum dm_code app_find_model(struct dm_app *app, struct dm_str name,
                                        const struct scope *scope,
                                        struct dm_model **ret_model,
                                        struct dm_error *err);

/* As above; DM_E_FORBIDDEN when it may not be read. */
DM_MUST_USE enum dm_code app_find_readable(struct dm_app *app, struct dm_str name,
                                           const struct scope *scope,
                                           struct dm_model **ret_model,
                                           struct dm_error *err);

/* Likewise when it may not be written. */
DM_MUST_USE enum dm_code app_find_writable(struct dm_app *app, struct dm_str name,
                                           const struct scope *scope,
                                           struct dm_model **ret_model,
                                           struct dm_error *err);

/* What fails on the way to the store, as it is said of a model: what the store knows as
 * a table, the caller knows as a model. */
void app_store_failed(struct dm_model *model, struct dm_error *err);

static inline int64_t app_deadline(const struct dm_app *app, unsigned timeout_ms)
{
    return loop_now_ms(app->loop) + (timeout_ms ? timeout_ms : DEFAULT_TIMEOUT_MS);
}

/* Turns the app's loop until *done: what the blocking calls wait with. Every call that
 * sets it has a deadline. */
DM_MUST_USE enum dm_code app_wait(struct dm_app *app, const bool *done,
                                  struct dm_error *err);

#endif
