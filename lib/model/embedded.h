/* The files of the embedded store that an app names: opened once, shared by all its
 * threads. */
#ifndef DYNAMOD_MODEL_EMBEDDED_H
#define DYNAMOD_MODEL_EMBEDDED_H

#include <pthread.h>

#include "base/macros.h"
#include "store/sqlite/sqlite.h"

struct app_config;
struct dynamodb_config;
struct embedded_file;

/* Embedded in an app_config. Its lock is taken when an app is opened, and never after. */
struct embedded {
    pthread_mutex_t lock;
    struct embedded_file *files;
};

void embedded_init(struct embedded *embedded);
void embedded_done(struct embedded *embedded);

/*
 * The file that the group names, a reference of the caller's own. Whoever asks first
 * opens it, makes the tables of the models that are in it, and seeds them. Blocks.
 * DM_E_CONFIG.
 */
DM_MUST_USE enum dm_code embedded_open(struct app_config *config,
                                       const struct dynamodb_config *group,
                                       struct sqlite_file **ret_file,
                                       struct dm_error *err);

/*
 * Files that the other one, which is served, has open and this one names in the same way
 * are this one's too, and the tables of its models are made and seeded in them as above.
 * Blocks. DM_E_CONFIG.
 */
DM_MUST_USE enum dm_code embedded_inherit(struct app_config *config,
                                          struct app_config *served,
                                          struct dm_error *err);

#endif
