/* The private folder that stands for ":memory:", and the end of those whose owner died.
 */
#ifndef DYNAMOD_STORE_SQLITE_MEMORY_FOLDER_H
#define DYNAMOD_STORE_SQLITE_MEMORY_FOLDER_H

#include "base/macros.h"

struct memory_folder;

/* Makes one in the first parent that allows it (NULL and "" are passed over), and removes
 * those of our user there that a dead process left. DM_E_CONFIG: no parent does. */
DM_MUST_USE enum dm_code memory_folder_new(const char *const *parents, size_t count,
                                           struct memory_folder **ret_folder,
                                           struct dm_error *err);

/* Removes it and the database in it. */
void memory_folder_free(struct memory_folder *folder);
DM_AUTO_DEFINE(memory_folder, memory_folder_free)

/* Where the database goes. The folder's. */
const char *memory_folder_database(const struct memory_folder *folder);

#endif
