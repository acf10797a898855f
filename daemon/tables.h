/* The tables that apps want made when they are missing (create_table). */
#ifndef DYNAMOD_DAEMON_TABLES_H
#define DYNAMOD_DAEMON_TABLES_H

#include "daemon/config.h"

/* Makes them, before anything is served. Blocks, up to 30 s an app. An app whose tables
 * cannot be made is logged and served all the same: its answers tell. */
void tables_create(const struct config *config, const struct environment *environment);

#endif
