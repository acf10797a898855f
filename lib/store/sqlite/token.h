/* ClientRequestToken: a transaction that is sent twice happens once
 * (API_TransactWriteItems). */
#ifndef DYNAMOD_STORE_SQLITE_TOKEN_H
#define DYNAMOD_STORE_SQLITE_TOKEN_H

#include "store/sqlite/write.h"

struct token {
    struct dm_str text;
    long long fingerprint; /* of the request that came with it */
    int64_t wall_ms;       /* now */
};

/* What is rendered for the fingerprint takes room in the arena. */
DM_MUST_USE enum dm_code token_init(struct token *token, const struct writes *writes,
                                    struct arena *arena, struct dm_error *err);

/* Whether that request succeeded with that token within ten minutes. DM_E_CONFLICT
 * (IdempotentParameterMismatchException): another did. */
DM_MUST_USE enum dm_code token_find(struct database *database, const struct token *token,
                                    bool *ret_known, struct dm_error *err);

DM_MUST_USE enum dm_code token_keep(struct database *database, const struct token *token,
                                    struct dm_error *err);

#endif
