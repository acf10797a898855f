/* One model of an app's file. */
#ifndef DYNAMOD_MODEL_MODEL_CONFIG_H
#define DYNAMOD_MODEL_MODEL_CONFIG_H

#include "model/dynamodb_config.h"
#include "store/cache/cache.h"
#include "store/store.h"
#include "value/attribute.h"

/* A request's own message is no longer either. */
enum { MESSAGE_MAX = 256 };

struct model_config {
    struct dm_str name;
    struct dm_str table_name;
    struct dm_str hash_key, range_key; /* len 0: what DescribeTable says */
    struct attributes *attributes;     /* declared, and keys with a template */
    const struct store_index *indexes;
    size_t index_count;
    bool allow_read, allow_write;
    bool create_table;
    struct dm_str seed; /* a file of items for a table that is empty; len 0: none */
    bool hide_expired;  /* items past their time to live are not there */
    unsigned max_page_items, max_filter_bytes; /* the app's; 0: as many as can be */
    unsigned count_pages;            /* pages of 1 MB that one count=true may read */
    struct setting_strings required; /* attributes that every item has once written */
    struct dm_value defaults; /* M, as stored: what a new item has unless it says */
    bool require_if_match;    /* writes of an item that may be there need a condition */
    bool retry_adds;          /* what adds is sent again though it may have been done */
    struct cache_options cache;
    struct cache_space *space; /* NULL: nothing is cached; the app's */
    struct dm_str message;     /* with {hash} and {range}; len 0: a plain sentence */
    bool has_own_dynamodb;     /* it overrides its app's */
    struct dynamodb_config dynamodb;
};

/* A model's settings. */
extern const struct setting_table model_settings;

/* The model_config owns a reference to its attributes. */
void model_config_done(struct model_config *model);

/* Reads the group named as the model is; `app` is the app's dynamodb group. */
DM_MUST_USE enum dm_code model_config_read(struct settings *file,
                                           struct settings_node *group,
                                           const struct environment *environment,
                                           const struct dynamodb_config *app,
                                           struct model_config *ret_model,
                                           struct dm_error *err);

/* The key schema as far as the file gives it whole, names and types; else false. */
bool model_config_schema(const struct model_config *model, struct key_schema *ret_schema);

#endif
