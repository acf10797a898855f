/* The route of the admin's page. */
#ifndef DYNAMOD_DAEMON_ADMIN_REST_STATUS_H
#define DYNAMOD_DAEMON_ADMIN_REST_STATUS_H

#include "base/macros.h"

struct exchange;

/* A route_fn. */
DM_MUST_USE enum dm_code rest_status_get(struct exchange *exchange, struct dm_error *err);

#endif
