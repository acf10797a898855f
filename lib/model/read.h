/* From a client's dm_get to the store's request. */
#ifndef DYNAMOD_MODEL_READ_H
#define DYNAMOD_MODEL_READ_H

#include "model/hidden.h"
#include "model/schema_use.h"

/* Lives in the arena that it was made in. */
struct read_plan {
    struct key key;
    struct projection projection;
    struct hidden hidden;
    bool consistent;
};

/* All but the key. DM_E_INVALID_PROJECTION. */
DM_MUST_USE enum dm_code read_plan_make(const struct dm_model *model,
                                        const struct dm_get *get, struct arena *arena,
                                        struct read_plan *ret_plan, struct dm_error *err);

/* The key, once the schema is known. DM_E_INVALID_KEY. */
DM_MUST_USE enum dm_code read_plan_key(const struct dm_model *model,
                                       const struct key_schema *schema,
                                       const struct dm_get *get, struct arena *arena,
                                       struct read_plan *plan, struct dm_error *err);

/* Borrows from the plan. */
struct store_get read_plan_request(const struct dm_model *model,
                                   const struct read_plan *plan,
                                   const struct store_base *base);

/* With its texts in the arena. DM_E_INVALID: its message. */
DM_MUST_USE enum dm_code read_copy_get(const struct dm_get *get, struct arena *arena,
                                       struct dm_get *ret_copy, struct dm_error *err);

#endif
