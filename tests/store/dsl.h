/* Requests to a store as JSON (README.md): read for store_tool. Everything lives in the
 * arena. DM_E_INVALID names what was wrong. */
#ifndef DYNAMOD_TESTS_STORE_DSL_H
#define DYNAMOD_TESTS_STORE_DSL_H

#include <jansson.h>

#include "store/store.h"

/* A member of a line's object; NULL and false where it is absent. */
struct dm_str dsl_text(const json_t *object, const char *name);
unsigned dsl_number(const json_t *object, const char *name);

/* DynamoDB JSON, through the codec. */
DM_MUST_USE enum dm_code dsl_item(const json_t *json, struct arena *arena,
                                  struct dm_value *ret_item, struct dm_error *err);

/* DynamoDB JSON of one or two attributes, the partition key first. */
DM_MUST_USE enum dm_code dsl_key(const json_t *json, struct arena *arena,
                                 struct key *ret_key, struct dm_error *err);

/* NULL for NULL. */
DM_MUST_USE enum dm_code dsl_projection(const json_t *json, struct arena *arena,
                                        const struct projection **ret_projection,
                                        struct dm_error *err);
DM_MUST_USE enum dm_code dsl_condition(const json_t *json, struct arena *arena,
                                       const struct condition **ret_condition,
                                       struct dm_error *err);
DM_MUST_USE enum dm_code dsl_update(const json_t *json, struct arena *arena,
                                    const struct update **ret_update,
                                    struct dm_error *err);

DM_MUST_USE enum dm_code dsl_key_condition(const json_t *json, struct arena *arena,
                                           struct key_condition *ret_condition,
                                           struct dm_error *err);
DM_MUST_USE enum dm_code dsl_schema(const json_t *json, struct arena *arena,
                                    struct key_schema *ret_schema, struct dm_error *err);
DM_MUST_USE enum dm_code dsl_index(const json_t *json, struct arena *arena,
                                   struct store_index *ret_index, struct dm_error *err);

#endif
