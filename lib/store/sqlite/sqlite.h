/*
 * The embedded store: everything that DynamoDB does for us, from one SQLite file.
 *
 * Reads run on the store's own connection, on the loop's thread. Writes go to the file's
 * one writer thread, which commits what has gathered in one transaction and answers when
 * it is durable.
 */
#ifndef DYNAMOD_STORE_SQLITE_SQLITE_H
#define DYNAMOD_STORE_SQLITE_SQLITE_H

#include "store/store.h"
#include "value/attribute.h"

/* One file and its writer thread: shared by the stores of all shards, on any threads. */
struct sqlite_file;

struct sqlite_options {
    const char *path; /* ":memory:" for one that ends with the process */
    bool
        relaxed; /* synchronous = NORMAL: a power cut may take the last answered writes */
};

/* Opens or makes the file; one reference. DM_E_CONFIG: it cannot be opened, is no
 * database, or of a newer version. */
DM_MUST_USE enum dm_code sqlite_file_open(const struct sqlite_options *options,
                                          struct sqlite_file **ret_file,
                                          struct dm_error *err);
struct sqlite_file *sqlite_file_ref(struct sqlite_file *file);
void sqlite_file_unref(struct sqlite_file *file);
DM_AUTO_DEFINE(sqlite_file, sqlite_file_unref)

/* A store over the file, for one loop; takes a reference of its own. store_free it. */
DM_MUST_USE enum dm_code sqlite_new(struct sqlite_file *file, struct dm_loop *loop,
                                    struct dm_store **ret_store, struct dm_error *err);

/* A file of items: lines of DynamoDB JSON, or of plain JSON in the form that the
 * attributes declare. */
struct sqlite_seed {
    const char *path;
    const struct attributes *attributes; /* may be NULL */
};

/* Makes the table unless it is there, and seeds it (NULL: not) while it is empty. Blocks.
 * DM_E_CONFIG: the table there has other keys; a bad line. */
DM_MUST_USE enum dm_code sqlite_prepare(struct sqlite_file *file,
                                        const struct store_create *request,
                                        const struct sqlite_seed *seed,
                                        struct dm_error *err);

/* Loads a table that is empty, in one transaction. Blocks. DM_E_CONFIG "FILE:LINE: …" for
 * a bad line; then nothing is loaded. */
DM_MUST_USE enum dm_code sqlite_seed_table(struct sqlite_file *file, struct dm_str table,
                                           const struct sqlite_seed *seed,
                                           struct dm_error *err);

#endif
