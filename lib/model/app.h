/* What the daemon needs of an app beyond dynamod.h. */
#ifndef DYNAMOD_MODEL_APP_H
#define DYNAMOD_MODEL_APP_H

#include "model/app_config.h"
#include "model/call.h"
#include "value/key.h"

DM_AUTO_DEFINE(dm_app, dm_app_free)

/* Runs the app on that loop; takes a reference of its own to the configuration. */
DM_MUST_USE enum dm_code app_new(struct app_config *config, struct dm_loop *loop,
                                 const struct environment *environment,
                                 struct dm_app **ret_app, struct dm_error *err);

/* Who may use it; lives as long as the app. */
const struct auth_config *app_auth(const struct dm_app *app);

/*
 * dm_get_or_404, by whichever way is shorter: where the answer is at hand (the embedded
 * store), it is given at once, as *ret_item or as an error; else *ret_call is set and
 * done will be called. The other one of the two is untouched. err is not NULL.
 */
DM_MUST_USE enum dm_code app_get(struct dm_app *app, struct dm_str model,
                                 const struct dm_get *get,
                                 const struct call_context *context, dm_item_fn done,
                                 void *ctx, struct dm_call **ret_call,
                                 struct dm_item **ret_item, struct dm_error *err);

/* What may be asked of it a second. Lives as long as the app. */
const struct limits *app_limits(const struct dm_app *app);

/* dm_query_async and dm_query_first_or_404_async. */
DM_MUST_USE enum dm_code app_query(struct dm_app *app, struct dm_str model,
                                   const struct dm_query *query,
                                   const struct call_context *context, dm_page_fn done,
                                   void *ctx, struct dm_call **ret_call,
                                   struct dm_error *err);
DM_MUST_USE enum dm_code app_first(struct dm_app *app, struct dm_str model,
                                   const struct dm_query *query, struct dm_str message,
                                   const struct call_context *context, dm_item_fn done,
                                   void *ctx, struct dm_call **ret_call,
                                   struct dm_error *err);

/* dm_put_async, dm_update_async and dm_delete_async; but the item and the patch are lent
 * until the call has ended or is cancelled. The outcome's item is tagged by etag_of_item,
 * in the form "plain" or "typed". */
DM_MUST_USE enum dm_code app_put(struct dm_app *app, struct dm_str model,
                                 const struct dm_put *put,
                                 const struct call_context *context, dm_outcome_fn done,
                                 void *ctx, struct dm_call **ret_call,
                                 struct dm_error *err);
DM_MUST_USE enum dm_code app_update(struct dm_app *app, struct dm_str model,
                                    const struct dm_update *update,
                                    const struct call_context *context,
                                    dm_outcome_fn done, void *ctx,
                                    struct dm_call **ret_call, struct dm_error *err);
DM_MUST_USE enum dm_code app_delete(struct dm_app *app, struct dm_str model,
                                    const struct dm_delete *asked,
                                    const struct call_context *context,
                                    dm_outcome_fn done, void *ctx,
                                    struct dm_call **ret_call, struct dm_error *err);

/* dm_batch_get_async, dm_batch_write_async and dm_transact_async; but the document is
 * lent until the call has ended or is cancelled, and what dm_written_left gives is lent
 * by it. */
DM_MUST_USE enum dm_code app_batch_get(struct dm_app *app, struct dm_str model,
                                       const struct dm_batch *batch,
                                       const struct call_context *context,
                                       dm_items_fn done, void *ctx,
                                       struct dm_call **ret_call, struct dm_error *err);
DM_MUST_USE enum dm_code app_batch_write(struct dm_app *app, struct dm_str model,
                                         const struct dm_batch *batch,
                                         const struct call_context *context,
                                         dm_written_fn done, void *ctx,
                                         struct dm_call **ret_call, struct dm_error *err);
DM_MUST_USE enum dm_code app_transact(struct dm_app *app,
                                      const struct dm_transaction *transaction,
                                      const struct call_context *context,
                                      dm_transacted_fn done, void *ctx,
                                      struct dm_call **ret_call, struct dm_error *err);

/*
 * What would be sent to DynamoDB instead of sending it: the operation's name (static) and
 * its JSON, {"TableName":…}, lent until return.
 */
typedef void (*explain_fn)(enum dm_code code, const char *operation, struct dm_str json,
                           const struct dm_error *err, void *ctx);
DM_MUST_USE enum dm_code app_explain_get(struct dm_app *app, struct dm_str model,
                                         const struct dm_get *get,
                                         const struct call_context *context,
                                         explain_fn done, void *ctx,
                                         struct dm_call **ret_call, struct dm_error *err);
/* first: of dm_query_first_or_404. */
DM_MUST_USE enum dm_code app_explain_query(struct dm_app *app, struct dm_str model,
                                           const struct dm_query *query, bool first,
                                           const struct call_context *context,
                                           explain_fn done, void *ctx,
                                           struct dm_call **ret_call,
                                           struct dm_error *err);

/*
 * The model's key schema, for who must know it before asking: at once as *ret_schema when
 * it is known, lent until the loop turns; else *ret_call is set and done will be called,
 * with the schema lent until return. The other one of the two is untouched.
 */
typedef void (*schema_fn)(enum dm_code code, const struct key_schema *schema,
                          const struct dm_error *err, void *ctx);
DM_MUST_USE enum dm_code app_schema(struct dm_app *app, struct dm_str model,
                                    unsigned timeout_ms,
                                    const struct call_context *context, schema_fn done,
                                    void *ctx, struct dm_call **ret_call,
                                    const struct key_schema **ret_schema,
                                    struct dm_error *err);

/* What the file says of the model: immutable, lives as long as the app.
 * DM_E_MODEL_NOT_FOUND. */
DM_MUST_USE enum dm_code app_model_config(struct dm_app *app, struct dm_str model,
                                          const struct model_config **ret_config,
                                          struct dm_error *err);

/* One model as GET /models shows it. */
struct model_listing {
    struct dm_str name, table;
    bool allow_read, allow_write;
    enum dm_code problem;     /* DM_OK, or why the key schema is not known */
    struct key_schema schema; /* when problem is DM_OK, and so are the indexes */
    const struct store_index *indexes;
    size_t index_count;
    const struct model_config *config;
};

/* As dm_item_fn. The listings are lent until return. */
typedef void (*model_list_fn)(enum dm_code code, const struct model_listing *models,
                              size_t count, const struct dm_error *err, void *ctx);

/* All models of the caller's scope, in the file's order; asks DynamoDB for each key
 * schema not yet known. A model whose table cannot be described is listed with its
 * problem. */
DM_MUST_USE enum dm_code app_list_models(struct dm_app *app, unsigned timeout_ms,
                                         const struct call_context *context,
                                         model_list_fn done, void *ctx,
                                         struct dm_call **ret_call, struct dm_error *err);

/* Grows whenever the keys and indexes of a model are learnt, or forgotten: what was made
 * of all models' listings holds as long as it stays. */
uint64_t app_generation(const struct dm_app *app);

/* Makes the tables that are missing and whose models say create_table. Blocks, up to
 * timeout_ms; stops at the first failure. */
DM_MUST_USE enum dm_code app_create_tables(struct dm_app *app, unsigned timeout_ms,
                                           struct dm_error *err);

#endif
