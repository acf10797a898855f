/* What the routes do: one file a family. */
#ifndef DYNAMOD_DAEMON_REST_H
#define DYNAMOD_DAEMON_REST_H

#include "daemon/exchange.h"

/* rest_apps.c: the apps, and one of them. */
DM_MUST_USE enum dm_code rest_apps_list(struct exchange *exchange, struct dm_error *err);
DM_MUST_USE enum dm_code rest_apps_get(struct exchange *exchange, struct dm_error *err);

/* rest_models.c: an app's models. */
DM_MUST_USE enum dm_code rest_models_list(struct exchange *exchange,
                                          struct dm_error *err);

/* rest_item.c: an item by its key, and the first one. */
DM_MUST_USE enum dm_code rest_item_get(struct exchange *exchange, struct dm_error *err);
DM_MUST_USE enum dm_code rest_item_first(struct exchange *exchange, struct dm_error *err);

#endif
