/* What the daemon needs of an app beyond dynamod.h. */
#ifndef DYNAMOD_MODEL_APP_H
#define DYNAMOD_MODEL_APP_H

#include "model/app_config.h"
#include "value/key.h"

DM_AUTO_DEFINE(dm_app, dm_app_free)

/* Runs the app on that loop; takes a reference of its own to the configuration. */
DM_MUST_USE enum dm_code app_new(struct app_config *config, struct dm_loop *loop,
                                 const struct environment *environment,
                                 struct dm_app **ret_app, struct dm_error *err);

/*
 * dm_get_or_404, by whichever way is shorter: where the answer is at hand (the embedded
 * store), it is given at once, as *ret_item or as an error; else *ret_call is set and
 * done will be called. The other one of the two is untouched. err is not NULL.
 */
DM_MUST_USE enum dm_code app_get(struct dm_app *app, const char *model,
                                 const struct dm_get *get, dm_item_fn done, void *ctx,
                                 struct dm_call **ret_call, struct dm_item **ret_item,
                                 struct dm_error *err);

/* One model as GET /models shows it. */
struct model_listing {
    struct dm_str name, table;
    bool allow_read, allow_write;
    enum dm_code problem;     /* DM_OK, or why the key schema is not known */
    struct key_schema schema; /* when problem is DM_OK */
};

/* As dm_item_fn. The listings are lent until return. */
typedef void (*model_list_fn)(enum dm_code code, const struct model_listing *models,
                              size_t count, const struct dm_error *err, void *ctx);

/* All models, in the file's order; asks DynamoDB for each key schema not yet known. A
 * model whose table cannot be described is listed with its problem. */
DM_MUST_USE enum dm_code app_list_models(struct dm_app *app, unsigned timeout_ms,
                                         model_list_fn done, void *ctx,
                                         struct dm_call **ret_call, struct dm_error *err);

/* Makes the tables that are missing and whose models say create_table. Blocks, up to
 * timeout_ms; stops at the first failure. */
DM_MUST_USE enum dm_code app_create_tables(struct dm_app *app, unsigned timeout_ms,
                                           struct dm_error *err);

#endif
