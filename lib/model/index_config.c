/* Reading a model's indexes. */
#include "model/index_config.h"

#include "base/error.h"
#include "base/str.h"
#include "model/model_config.h"
#include "value/table_name.h"

struct draft {
    struct key_config hash_key, range_key;
    struct settings_node *projection;
};

static const struct setting settings[] = {
    {.name = "hash_key",
     .doc = "Its partition key, with a type in attributes: then the index is global. "
            "Without one it is local: it has the model's.",
     .type = SETTING_READ,
     .offset = offsetof(struct draft, hash_key),
     .read = key_config_read},
    {.name = "range_key",
     .doc = "Its sort key, with a type in attributes. A local index has one.",
     .type = SETTING_READ,
     .offset = offsetof(struct draft, range_key),
     .read = key_config_read},
    {.name = "projection",
     .doc = "\"all\", \"keys_only\", or a list of the attributes that are there beside "
            "the keys.",
     .type = SETTING_NODE,
     .offset = offsetof(struct draft, projection),
     .preset = "\"all\""},
};

const struct setting_table index_settings = {settings, DM_COUNT(settings)};

static enum dm_code read_key(struct settings *file, const struct settings_node *node,
                             const struct model_config *model, struct dm_str name,
                             struct key_attribute *ret_key, struct dm_error *err)
{
    const struct attribute *attribute = attributes_find(model->attributes, name);
    if (!attribute || !attribute_can_be_key(attribute))
        return settings_expected(file, node, err,
                                 "attributes to give the key \"%s\" a type: S, N or B",
                                 name.ptr);
    *ret_key = (struct key_attribute){name, attribute->type};
    return DM_OK;
}

static enum dm_code read_keys(struct settings *file, const struct settings_node *node,
                              const struct model_config *model, const struct draft *draft,
                              struct store_index *index, struct dm_error *err)
{
    struct dm_str hash = draft->hash_key.name, range = draft->range_key.name;
    index->global = hash.len > 0;
    if (!index->global && (!range.len || !model->range_key.len))
        return settings_expected(file, node, err,
                                 "hash_key, or a range_key in a model that has one too");
    DM_TRY(read_key(file, node, model, index->global ? hash : model->hash_key,
                    &index->schema.hash, err));
    if (!range.len)
        return DM_OK;
    if (str_equal(range, index->schema.hash.name))
        return settings_expected(file, settings_place(node, "range_key"), err,
                                 "a key other than hash_key");
    return read_key(file, node, model, range, &index->schema.range, err);
}

static enum dm_code read_included(struct settings *file, struct settings_node *node,
                                  struct store_index *index, struct dm_error *err)
{
    size_t count = settings_count(node);
    struct dm_str *names = arena_new(settings_arena(file), count * sizeof *names);
    if (!names)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        DM_TRY(settings_string(file, settings_at(node, i), &names[i], err));
    index->projection = PROJECT_INCLUDE;
    index->included = names;
    index->included_count = count;
    return DM_OK;
}

static enum dm_code read_projection(struct settings *file, struct settings_node *node,
                                    struct store_index *index, struct dm_error *err)
{
    struct dm_str word;
    if (!node)
        return DM_OK;
    if (settings_is_list(node) && settings_count(node))
        return read_included(file, node, index, err);
    if (settings_string(file, node, &word, NULL) == DM_OK) {
        index->projection = PROJECT_KEYS_ONLY;
        if (str_equal(word, STR("keys_only")))
            return DM_OK;
        index->projection = PROJECT_ALL;
        if (str_equal(word, STR("all")))
            return DM_OK;
    }
    return settings_expected(file, node, err,
                             "\"all\", \"keys_only\" or a list of attributes");
}

static enum dm_code read_index(struct settings *file, struct settings_node *node,
                               const struct model_config *model,
                               struct store_index *ret_index, struct dm_error *err)
{
    struct draft draft = {.projection = NULL};
    struct store_index index = {.name =
                                    arena_str(settings_arena(file), settings_name(node))};
    if (!index.name.ptr)
        return error_nomem(err);
    if (!table_name_valid(index.name))
        return settings_expected(file, node, err,
                                 "an index's name: 3 to 255 of a-z, A-Z, 0-9, _, -, .");
    DM_TRY(settings_read(file, node, settings, DM_COUNT(settings), &draft, err));
    DM_TRY(read_keys(file, node, model, &draft, &index, err));
    DM_TRY(read_projection(file, draft.projection, &index, err));
    *ret_index = index;
    return DM_OK;
}

static enum dm_code check_group(struct settings *file, const struct settings_node *group,
                                struct dm_error *err)
{
    if (settings_is_group(group))
        return DM_OK;
    return settings_expected(file, group, err,
                             "a group, { name = { hash_key = \"…\"; }; … }");
}

enum dm_code index_config_declare_keys(struct settings *file,
                                       const struct settings_node *group,
                                       struct attribute_drafts *attributes,
                                       struct dm_error *err)
{
    DM_TRY(check_group(file, group, err));
    for (size_t i = 0; i < settings_count(group); i++) {
        struct draft draft = {.projection = NULL};
        DM_TRY(settings_read(file, settings_at(group, i), settings, DM_COUNT(settings),
                             &draft, err));
        DM_TRY(key_config_declare(file, &draft.hash_key, attributes, err));
        DM_TRY(key_config_declare(file, &draft.range_key, attributes, err));
    }
    return DM_OK;
}

enum dm_code index_config_read(struct settings *file, struct settings_node *group,
                               struct model_config *model, struct dm_error *err)
{
    DM_TRY(check_group(file, group, err));
    size_t count = settings_count(group);
    struct store_index *indexes =
        arena_new(settings_arena(file), count * sizeof *indexes);
    if (!indexes)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        DM_TRY(read_index(file, settings_at(group, i), model, &indexes[i], err));
    model->indexes = indexes;
    model->index_count = count;
    return DM_OK;
}
