/*
 * Deep copies of requests and results, from one arena into another, which may be
 * another thread's. On the way
 * numbers become canonical, as DynamoDB stores them.
 */
#ifndef DYNAMOD_STORE_COPY_H
#define DYNAMOD_STORE_COPY_H

#include "store/store.h"

/* Copies, then is asked once whether all went well. Embedded; all zero but the arena. */
struct copy {
    struct arena *arena;
    bool failed;
};

/* DM_E_NOMEM when a copy failed. */
DM_MUST_USE enum dm_code copy_check(const struct copy *copy, struct dm_error *err);

/* Each returns nothing of use once the copy failed. NULL is copied as NULL. */
struct dm_str copy_str(struct copy *copy, struct dm_str str);
struct dm_value copy_value(struct copy *copy, const struct dm_value *value);
const struct dm_value *copy_values(struct copy *copy, const struct dm_value *values,
                                   size_t count);
const struct key *copy_keys(struct copy *copy, const struct key *keys, size_t count);
const struct store_index *copy_indexes(struct copy *copy,
                                       const struct store_index *indexes, size_t count);
const struct store_transact_entry *copy_entries(
    struct copy *copy, const struct store_transact_entry *entries, size_t count);

struct projection copy_projection(struct copy *copy, const struct projection *projection);
const struct key_condition *copy_key_condition(struct copy *copy,
                                               const struct key_condition *condition);
const struct condition *copy_condition(struct copy *copy,
                                       const struct condition *condition);

struct key_schema copy_schema(struct copy *copy, const struct key_schema *schema);

/* All that a result points at. */
struct store_result copy_result(struct copy *copy, const struct store_result *result);

#endif
