/* Where an item is: the path that it can be fetched at as it is. */
#ifndef DYNAMOD_DAEMON_REST_LOCATION_H
#define DYNAMOD_DAEMON_REST_LOCATION_H

#include "base/buf.h"

struct location {
    struct dm_str app; /* len 0: the default one */
    struct dm_str model;
    struct dm_str hash, range; /* as requests name them; range.ptr NULL: there is none */
};

/* Appends "/models/todo/42", "/apps/shop/models/todo/42/7", percent-encoded. A key that
 * clients would take for a step of the path (".", "..") is a parameter:
 * "/models/todo:item?hash=..". */
void location_write(const struct location *location, struct dm_buf *out);

#endif
