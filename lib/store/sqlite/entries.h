/* Index entries, kept as their items change. */
#ifndef DYNAMOD_STORE_SQLITE_ENTRIES_H
#define DYNAMOD_STORE_SQLITE_ENTRIES_H

#include "store/sqlite/place.h"

/* The place of both is `place`; NULL: nothing. Adds what it costs to *units. */
DM_MUST_USE enum dm_code entries_replace(struct database *database,
                                         const struct table *table,
                                         const struct place *place,
                                         const struct dm_value *old,
                                         const struct dm_value *item, double *units,
                                         struct dm_error *err);

#endif
