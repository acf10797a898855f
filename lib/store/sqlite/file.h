/* What the stores of all shards share: the file's path and its writer. */
#ifndef DYNAMOD_STORE_SQLITE_FILE_H
#define DYNAMOD_STORE_SQLITE_FILE_H

#include "store/sqlite/sqlite.h"
#include "store/sqlite/writer.h"

/* Where the file really is. The file's. */
const char *sqlite_file_path(const struct sqlite_file *file);

struct writer *sqlite_file_writer(const struct sqlite_file *file);

/* Whether answered writes may be lost in a power cut. */
bool sqlite_file_relaxed(const struct sqlite_file *file);

#endif
