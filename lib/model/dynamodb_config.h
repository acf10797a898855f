/* The `dynamodb` group of an app or a model: how to reach DynamoDB. */
#ifndef DYNAMOD_MODEL_DYNAMODB_CONFIG_H
#define DYNAMOD_MODEL_DYNAMODB_CONFIG_H

#include "model/settings.h"
#include "store/dynamodb/client.h"

struct dynamodb_config {
    struct client_options client;
    unsigned batch_width; /* of store/coalesce; 0: each get is a GetItem */
    unsigned read_capacity_units, write_capacity_units; /* both 0: on demand */
    struct dm_str
        embedded; /* the file of the embedded store, or ":memory:"; len 0: DynamoDB */
    bool relaxed; /* sqlite_synchronous = "normal" */
};

/* Its settings. */
extern const struct setting_table dynamodb_settings;

/* The defaults of every setting. */
void dynamodb_config_init(struct dynamodb_config *config);

/* Reads the group over what *config has: a model's over its app's. The three keys are one
 * setting: a group that has one of them has none of its app's. */
DM_MUST_USE enum dm_code dynamodb_config_read(struct settings *file,
                                              struct settings_node *group,
                                              struct dynamodb_config *config,
                                              struct dm_error *err);

/* Whether what was read makes an endpoint; `node` is where an error is said to be. */
DM_MUST_USE enum dm_code dynamodb_config_check(struct settings *file,
                                               const struct settings_node *node,
                                               const struct environment *environment,
                                               const struct dynamodb_config *config,
                                               struct dm_error *err);

#endif
