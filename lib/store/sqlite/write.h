/* One item written: checked, its condition judged, replaced. */
#ifndef DYNAMOD_STORE_SQLITE_WRITE_H
#define DYNAMOD_STORE_SQLITE_WRITE_H

#include "store/sqlite/operation.h"

/* What writes ask for, whichever operation they came by. */
struct writes {
    const struct store_transact_entry *entries;
    size_t count;
    enum store_return returns; /* of a single write */
    struct dm_str token;       /* of a transaction */
    bool return_present;       /* of a single write, when its condition fails */
    int64_t wall_ms;           /* of a transaction with a token: now */
};

struct written {
    const struct dm_value *old, *item; /* before and after; NULL: none */
    double units;                      /* write capacity, indexes included */
};

/* Checks the entries' expressions and has a copy of the writes performed by the writer.
 */
DM_MUST_USE enum dm_code write_start(struct dm_store *store,
                                     const struct store_base *base,
                                     const struct writes *writes, perform_fn perform,
                                     store_done_fn done, void *ctx,
                                     struct store_call **ret_call, struct dm_error *err);

/* Does a checked entry, inside the caller's transaction. DM_E_CONDITION, DM_E_VALIDATION,
 * DM_E_TABLE_NOT_FOUND. ret_written->old is set with DM_E_CONDITION too. */
DM_MUST_USE enum dm_code write_apply(struct database *database,
                                     const struct store_transact_entry *entry,
                                     struct arena *arena, struct written *ret_written,
                                     struct dm_error *err);

#endif
