/* The file's own tables: made in a new file, recognised in an old one. */
#ifndef DYNAMOD_STORE_SQLITE_SCHEMA_H
#define DYNAMOD_STORE_SQLITE_SCHEMA_H

#include <sqlite3.h>

#include "base/macros.h"

/* "dmdb": makes the file known to file(1) and to us. */
enum { SCHEMA_APPLICATION_ID = 0x646d6462, SCHEMA_VERSION = 1 };

/* Makes the schema if the file is empty and `make` is given. DM_E_CONFIG: the file is
 * another program's, or of another version. */
DM_MUST_USE enum dm_code schema_open(sqlite3 *handle, bool make, struct dm_error *err);

#endif
