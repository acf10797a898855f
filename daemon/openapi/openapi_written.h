/* Schemas of the document: what is written, as each model takes it. */
#ifndef DYNAMOD_DAEMON_OPENAPI_OPENAPI_WRITTEN_H
#define DYNAMOD_DAEMON_OPENAPI_OPENAPI_WRITTEN_H

#include "daemon/openapi/openapi.h"
#include "daemon/openapi/openapi_builder.h"
#include "daemon/openapi/openapi_schema.h"

/* Adds what is the same for every app. */
void openapi_add_written_schemas(struct openapi *api);

/* Adds "Key.MODEL" and "NewItem.MODEL", and both with "Typed", where the keys are known;
 * and "MergePatch.MODEL". */
void openapi_add_model_written_schemas(struct openapi *api,
                                       const struct model_listing *model);

/* Bodies, in that form: of a POST, whose item has its key and no version; of a PUT. */
json_t *openapi_new_item_body(struct openapi *api, const struct model_listing *model,
                              enum openapi_form form);
json_t *openapi_item_body(struct openapi *api, const struct model_listing *model,
                          enum openapi_form form);

/* Of :batchGet, :batchWrite and /transactions. */
json_t *openapi_batch_get_body(const struct model_listing *model, enum openapi_form form);
json_t *openapi_batch_write_body(const struct model_listing *model,
                                 enum openapi_form form);
json_t *openapi_transaction_body(struct openapi *api, const struct openapi_app *app,
                                 enum openapi_form form);

#endif
