/* Schemas of the document: items as each model declares them, and all else. */
#ifndef DYNAMOD_DAEMON_OPENAPI_OPENAPI_SCHEMA_H
#define DYNAMOD_DAEMON_OPENAPI_OPENAPI_SCHEMA_H

#include "daemon/openapi/openapi_builder.h"
#include "model/app.h"

/* Adds what is the same for every app. */
void openapi_add_schemas(struct openapi *api);

/* Adds "Item.MODEL" and "TypedItem.MODEL". */
void openapi_add_item_schemas(struct openapi *api, const struct model_listing *model);

/* How items and keys are written. */
enum openapi_form { FORM_PLAIN, FORM_TYPED };

/* Of an attribute in a plain item. */
json_t *openapi_attribute_schema(const struct attribute *attribute);

/* Of a key in an item. */
json_t *openapi_key_value_schema(const struct model_listing *model,
                                 const struct key_attribute *key, size_t max,
                                 enum openapi_form form);

/* Of a key as text: in a path, or as a parameter. key NULL: its type is not known. */
json_t *openapi_key_schema(const struct model_listing *model,
                           const struct key_attribute *key, size_t max);

#endif
