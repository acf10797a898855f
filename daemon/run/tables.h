/* The tables that apps want made when they are missing (create_table). */
#ifndef DYNAMOD_DAEMON_RUN_TABLES_H
#define DYNAMOD_DAEMON_RUN_TABLES_H

#include "daemon/config.h"

/* Makes them, before anything is served by that configuration; those of `before` (NULL:
 * none) are there. Blocks, up to 30 s an app, and begins with no other once it is over:
 * then the daemon ends. An app whose tables DynamoDB does not make is logged and served
 * all the same: its answers tell. One that cannot be opened, for its embedded file or a
 * seed, is an error. */
DM_MUST_USE enum dm_code tables_create(const struct config *config,
                                       const struct config *before,
                                       const struct environment *environment,
                                       bool (*is_over)(void *ctx), void *ctx,
                                       struct dm_error *err);

#endif
