/* What SQLite's result codes mean for who asked: one table. */
#ifndef DYNAMOD_STORE_SQLITE_SQLITE_FAULT_H
#define DYNAMOD_STORE_SQLITE_SQLITE_FAULT_H

#include "base/macros.h"

/* Fills *err for a result code, primary or extended, that is a failure. Names the cause,
 * never the path. */
enum dm_code sqlite_fault(int result, struct dm_error *err);

/* The file holds what this library never wrote: DM_E_UPSTREAM. */
enum dm_code sqlite_fault_damaged(struct dm_error *err);

#endif
