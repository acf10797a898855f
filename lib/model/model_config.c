/* Reading one model. */
#include "model/model_config.h"

#include "base/error.h"
#include "base/str.h"
#include "model/index_config.h"
#include "value/table_name.h"

/* A model while it is read: its dynamodb group needs the app's, so it waits. */
struct draft {
    struct model_config model;
    struct setting_strings allow;
    struct settings_node *dynamodb, *indexes;
};

static enum dm_code read_attributes(struct settings *file, struct settings_node *node,
                                    void *value, struct dm_error *err)
{
    struct draft *draft = value;
    if (!settings_is_group(node))
        return settings_expected(file, node, err, "a group, { name = \"S\"; … }");
    size_t count = settings_count(node);
    struct attribute_config *attributes =
        arena_new(settings_arena(file), count * sizeof *attributes);
    if (!attributes)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        struct settings_node *at = settings_at(node, i);
        struct dm_str type;
        DM_TRY(settings_string(file, at, &type, err));
        if (!type_from_name(type, &attributes[i].type))
            return settings_expected(file, at, err,
                                     "one of S, N, B, BOOL, NULL, L, M, SS, NS, BS");
        attributes[i].name = arena_str(settings_arena(file), settings_name(at));
        if (!attributes[i].name.ptr)
            return error_nomem(err);
    }
    draft->model.attributes = attributes;
    draft->model.attribute_count = count;
    return DM_OK;
}

#define MODEL(member) offsetof(struct draft, model.member)

static const struct setting settings[] = {
    {.name = "table_name", .type = SETTING_STRING, .offset = MODEL(table_name), .min = 1},
    {.name = "hash_key", .type = SETTING_STRING, .offset = MODEL(hash_key), .min = 1},
    {.name = "range_key", .type = SETTING_STRING, .offset = MODEL(range_key), .min = 1},
    {.name = "attributes", .type = SETTING_READ, .read = read_attributes},
    {.name = "indexes", .type = SETTING_NODE, .offset = offsetof(struct draft, indexes)},
    {.name = "seed", .type = SETTING_STRING, .offset = MODEL(seed), .min = 1},
    {.name = "allow", .type = SETTING_STRINGS, .offset = offsetof(struct draft, allow)},
    {.name = "message", .type = SETTING_STRING, .offset = MODEL(message), .min = 1},
    {.name = "create_table", .type = SETTING_BOOL, .offset = MODEL(create_table)},
    {.name = "dynamodb",
     .type = SETTING_NODE,
     .offset = offsetof(struct draft, dynamodb)},
};

/* --- what must hold --- */

static enum dm_code check_allow(struct settings *file, const struct settings_node *node,
                                struct draft *draft, struct dm_error *err)
{
    for (size_t i = 0; i < draft->allow.count; i++) {
        if (str_equal(draft->allow.at[i], STR("read")))
            draft->model.allow_read = true;
        else if (str_equal(draft->allow.at[i], STR("write")))
            draft->model.allow_write = true;
        else
            return settings_expected(file, settings_place(node, "allow"), err,
                                     "\"read\", \"write\" or both");
    }
    return DM_OK;
}

const struct attribute_config *model_config_attribute(const struct model_config *model,
                                                      struct dm_str name)
{
    for (size_t i = 0; i < model->attribute_count; i++)
        if (str_equal(model->attributes[i].name, name))
            return &model->attributes[i];
    return NULL;
}

static const char *maker(const struct model_config *model)
{
    return model->dynamodb.embedded.len ? "the embedded store" : "create_table";
}

static enum dm_code check_key(struct settings *file, const struct settings_node *node,
                              const struct model_config *model, struct dm_str key,
                              struct dm_error *err)
{
    const struct attribute_config *attribute = model_config_attribute(model, key);
    if (!key.len)
        return DM_OK;
    if (attribute && attribute->type > DM_B)
        return settings_expected(file, node, err,
                                 "the key \"%s\" to be of type S, N or B", key.ptr);
    if (!attribute && model->create_table)
        return settings_expected(
            file, node, err,
            "attributes to give the type of the key \"%s\", which %s "
            "needs",
            key.ptr, maker(model));
    return DM_OK;
}

static enum dm_code check(struct settings *file, const struct settings_node *node,
                          const struct model_config *model, struct dm_error *err)
{
    if (!table_name_valid(model->table_name))
        return settings_expected(file, settings_place(node, "table_name"), err,
                                 "a table's name: 3 to 255 of a-z, A-Z, 0-9, _, -, .");
    if (model->range_key.len && !model->hash_key.len)
        return settings_expected(file, node, err, "hash_key beside range_key");
    if (model->range_key.len && str_equal(model->range_key, model->hash_key))
        return settings_expected(file, settings_place(node, "range_key"), err,
                                 "a key other than hash_key");
    if (model->create_table && !model->hash_key.len)
        return settings_expected(file, node, err, "hash_key, which %s needs",
                                 maker(model));
    if (model->message.len > MESSAGE_MAX)
        return settings_expected(file, settings_place(node, "message"), err,
                                 "a text of at most %d bytes", MESSAGE_MAX);
    DM_TRY(check_key(file, node, model, model->hash_key, err));
    return check_key(file, node, model, model->range_key, err);
}

/* --- the model --- */

static enum dm_code settle_dynamodb(struct settings *file,
                                    const struct environment *environment,
                                    struct draft *draft, struct dm_error *err)
{
    struct dynamodb_config *dynamodb = &draft->model.dynamodb;
    if (draft->dynamodb) {
        draft->model.has_own_dynamodb = true;
        DM_TRY(dynamodb_config_read(file, draft->dynamodb, dynamodb, err));
        DM_TRY(dynamodb_config_check(file, draft->dynamodb, environment, dynamodb, err));
    }
    if (dynamodb->embedded.len)
        draft->model.create_table = true;
    return DM_OK;
}

static enum dm_code settle_seed(struct settings *file, const struct settings_node *node,
                                struct model_config *model, struct dm_error *err)
{
    if (!model->seed.len)
        return DM_OK;
    if (!model->dynamodb.embedded.len)
        return settings_expected(file, settings_place(node, "seed"), err,
                                 "no seed in a model on DynamoDB");
    return settings_path(file, model->seed, &model->seed, err);
}

enum dm_code model_config_read(struct settings *file, struct settings_node *group,
                               const struct environment *environment,
                               const struct dynamodb_config *app,
                               struct model_config *ret_model, struct dm_error *err)
{
    static struct dm_str read_only[] = {{"read", 4}};
    struct draft draft = {.model.dynamodb = *app, .allow = {read_only, 1}};
    draft.model.name = arena_str(settings_arena(file), settings_name(group));
    if (!draft.model.name.ptr)
        return error_nomem(err);
    if (memchr(draft.model.name.ptr, '*', draft.model.name.len))
        return settings_expected(file, group, err, "a model's name without *");

    draft.model.table_name = draft.model.name;
    DM_TRY(settings_read(file, group, settings, DM_COUNT(settings), &draft, err));
    DM_TRY(settle_dynamodb(file, environment, &draft, err));
    DM_TRY(check_allow(file, group, &draft, err));
    DM_TRY(check(file, group, &draft.model, err));
    DM_TRY(settle_seed(file, group, &draft.model, err));
    if (draft.indexes)
        DM_TRY(index_config_read(file, draft.indexes, &draft.model, err));
    *ret_model = draft.model;
    return DM_OK;
}

static bool key_of(const struct model_config *model, struct dm_str name,
                   struct key_attribute *ret_key)
{
    const struct attribute_config *attribute = model_config_attribute(model, name);
    if (!name.len || !attribute)
        return false;
    *ret_key = (struct key_attribute){name, attribute->type};
    return true;
}

bool model_config_schema(const struct model_config *model, struct key_schema *ret_schema)
{
    struct key_schema schema = {0};
    if (!key_of(model, model->hash_key, &schema.hash))
        return false;
    if (model->range_key.len && !key_of(model, model->range_key, &schema.range))
        return false;
    *ret_schema = schema;
    return true;
}
