/* DynamoDB's rules for keys, in its words: of items to be written, of keys to be read. */
#ifndef DYNAMOD_STORE_SQLITE_KEY_CHECK_H
#define DYNAMOD_STORE_SQLITE_KEY_CHECK_H

#include "store/sqlite/database.h"

/* Whether the key is one of the schema. DM_E_VALIDATION. */
DM_MUST_USE enum dm_code key_check(const struct key_schema *schema, const struct key *key,
                                   struct dm_error *err);

/* Neither empty nor too long, as part of a table's key. DM_E_VALIDATION. */
DM_MUST_USE enum dm_code key_check_text(const struct key_schema *schema, bool hash,
                                        const struct dm_value *value,
                                        struct dm_error *err);

/* The same as part of an index's key. */
DM_MUST_USE enum dm_code key_check_index_text(const struct store_index *index, bool hash,
                                              const struct dm_value *value,
                                              struct dm_error *err);

#endif
