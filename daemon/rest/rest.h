/* What the routes do: one file a family. */
#ifndef DYNAMOD_DAEMON_REST_REST_H
#define DYNAMOD_DAEMON_REST_REST_H

#include "daemon/http/exchange.h"

/* rest_apps.c: the apps, and one of them. */
DM_MUST_USE enum dm_code rest_apps_list(struct exchange *exchange, struct dm_error *err);
DM_MUST_USE enum dm_code rest_apps_get(struct exchange *exchange, struct dm_error *err);

/* rest_models.c: an app's models. */
DM_MUST_USE enum dm_code rest_models_list(struct exchange *exchange,
                                          struct dm_error *err);

/* rest_openapi.c: the app as an OpenAPI document. */
DM_MUST_USE enum dm_code rest_openapi_get(struct exchange *exchange,
                                          struct dm_error *err);

/* rest_item.c: an item by its key, and how an item, whoever asked for it, is answered. */
DM_MUST_USE enum dm_code rest_item_get(struct exchange *exchange, struct dm_error *err);
void rest_item_done(enum dm_code code, struct dm_item *item, const struct dm_error *err,
                    void *ctx);

/* The path's keys, or the parameters'. DM_E_INVALID_KEY. */
DM_MUST_USE enum dm_code rest_item_keys(const struct exchange *exchange,
                                        struct dm_str *ret_hash, struct dm_str *ret_range,
                                        struct dm_error *err);

/* rest_write.c: an item created, replaced, changed, deleted. */
DM_MUST_USE enum dm_code rest_item_post(struct exchange *exchange, struct dm_error *err);
DM_MUST_USE enum dm_code rest_item_put(struct exchange *exchange, struct dm_error *err);
DM_MUST_USE enum dm_code rest_item_patch(struct exchange *exchange, struct dm_error *err);
DM_MUST_USE enum dm_code rest_item_delete(struct exchange *exchange,
                                          struct dm_error *err);

/* rest_batch.c: many items of a model. */
DM_MUST_USE enum dm_code rest_batch_get(struct exchange *exchange, struct dm_error *err);
DM_MUST_USE enum dm_code rest_batch_write(struct exchange *exchange,
                                          struct dm_error *err);

/* The form of the items in the body. */
enum dm_format rest_body_format(const struct exchange *exchange);

/* What writes many items has none for all. DM_E_INVALID. */
DM_MUST_USE enum dm_code rest_refuse_preconditions(const struct exchange *exchange,
                                                   struct dm_error *err);

/* rest_transactions.c: all or nothing, of an app's models. */
DM_MUST_USE enum dm_code rest_transactions_post(struct exchange *exchange,
                                                struct dm_error *err);

/* rest_page.c: a page of a Query or a Scan, by the path or by a body; the first item; how
 * a read that failed is answered. */
DM_MUST_USE enum dm_code rest_page_get(struct exchange *exchange, struct dm_error *err);
DM_MUST_USE enum dm_code rest_page_post(struct exchange *exchange, struct dm_error *err);
DM_MUST_USE enum dm_code rest_page_first(struct exchange *exchange, struct dm_error *err);
void rest_read_failed(struct exchange *exchange, const struct dm_error *err);

/* rest_hash.c: what is under a hash key, an item or a page, as the model has it. */
DM_MUST_USE enum dm_code rest_hash_get(struct exchange *exchange, struct dm_error *err);

/* rest_explain.c: the answer instead of a read's. */
void rest_explain_done(enum dm_code code, const char *operation, struct dm_str request,
                       const struct dm_error *err, void *ctx);

#endif
