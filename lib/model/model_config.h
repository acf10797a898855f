/* One model of an app's file. */
#ifndef DYNAMOD_MODEL_MODEL_CONFIG_H
#define DYNAMOD_MODEL_MODEL_CONFIG_H

#include "model/dynamodb_config.h"
#include "store/store.h"

/* A request's own message is no longer either. */
enum { MESSAGE_MAX = 256 };

struct attribute_config {
    struct dm_str name;
    enum dm_type type;
};

struct model_config {
    struct dm_str name;
    struct dm_str table_name;
    struct dm_str hash_key, range_key; /* len 0: what DescribeTable says */
    struct attribute_config *attributes;
    size_t attribute_count;
    const struct store_index *indexes;
    size_t index_count;
    bool allow_read, allow_write;
    bool create_table;
    struct dm_str seed;    /* a file of items for a table that is empty; len 0: none */
    struct dm_str message; /* with {hash} and {range}; len 0: a plain sentence */
    bool has_own_dynamodb; /* it overrides its app's */
    struct dynamodb_config dynamodb;
};

/* Reads the group named as the model is; `app` is the app's dynamodb group. */
DM_MUST_USE enum dm_code model_config_read(struct settings *file,
                                           struct settings_node *group,
                                           const struct environment *environment,
                                           const struct dynamodb_config *app,
                                           struct model_config *ret_model,
                                           struct dm_error *err);

/* What the file says of that attribute, or NULL. */
const struct attribute_config *model_config_attribute(const struct model_config *model,
                                                      struct dm_str name);

/* The key schema as far as the file gives it whole, names and types; else false. */
bool model_config_schema(const struct model_config *model, struct key_schema *ret_schema);

#endif
