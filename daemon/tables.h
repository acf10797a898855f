/* The tables that apps want made when they are missing (create_table). */
#ifndef DYNAMOD_DAEMON_TABLES_H
#define DYNAMOD_DAEMON_TABLES_H

#include "daemon/config.h"

/* Makes them, before anything is served. Blocks, up to 30 s an app. An app whose tables
 * DynamoDB does not make is logged and served all the same: its answers tell. One that
 * cannot be opened, for its embedded file or a seed, is an error. */
DM_MUST_USE enum dm_code tables_create(const struct config *config,
                                       const struct environment *environment,
                                       struct dm_error *err);

#endif
