/* The parts of /status as a page. */
#ifndef DYNAMOD_DAEMON_ADMIN_STATUS_PAGE_H
#define DYNAMOD_DAEMON_ADMIN_STATUS_PAGE_H

#include "daemon/admin/status.h"

/* status_style.c: CSS. */
extern const char status_style[];

/* status_tables.c. Append; a failure stays in the buffer. */
void status_write_apps(const struct status *status, struct dm_buf *out);
void status_write_models(const struct status *status, struct dm_buf *out);
DM_MUST_USE enum dm_code status_write_failures(const struct status *status,
                                               struct arena *arena, struct dm_buf *out,
                                               struct dm_error *err);

#endif
