/* What a model's group says of attributes: their types, and the templates of its keys. */
#ifndef DYNAMOD_MODEL_ATTRIBUTE_CONFIG_H
#define DYNAMOD_MODEL_ATTRIBUTE_CONFIG_H

#include "model/settings.h"
#include "value/attribute.h"

/* They are gathered here until all of the group is read. In the file's arena. */
struct attribute_drafts {
    struct attribute *at;
    size_t count, cap;
};

/* Room for so many. */
DM_MUST_USE enum dm_code attribute_drafts_new(struct settings *file, size_t cap,
                                              struct attribute_drafts *ret_drafts,
                                              struct dm_error *err);

/* The group `attributes = { name = "S"; … }`. */
DM_MUST_USE enum dm_code attribute_config_read(struct settings *file,
                                               const struct settings_node *group,
                                               struct attribute_drafts *drafts,
                                               struct dm_error *err);

/* A key as it stands in the file: "id", or { name = "pk"; template = "CUST#{}"; }. */
struct key_config {
    struct dm_str name;           /* len 0: not given */
    struct dm_str prefix, suffix; /* both len 0: no template */
    const struct settings_node *node;
};

/* For struct setting's `read`: the value is a key_config. */
DM_MUST_USE enum dm_code key_config_read(struct settings *file,
                                         struct settings_node *node, void *value,
                                         struct dm_error *err);

/* Declares a key that has a template: an S. DM_E_CONFIG when it is declared otherwise. */
DM_MUST_USE enum dm_code key_config_declare(struct settings *file,
                                            const struct key_config *key,
                                            struct attribute_drafts *drafts,
                                            struct dm_error *err);

#endif
