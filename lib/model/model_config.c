/* Reading one model. */
#include "model/model_config.h"

#include "base/error.h"
#include "base/str.h"
#include "model/attribute_config.h"
#include "model/cache_config.h"
#include "model/defaults.h"
#include "model/index_config.h"
#include "model/secret.h"
#include "value/table_name.h"

/* Pages that one count=true may read, unless the file says otherwise. */
enum { COUNT_PAGES = 10 };

/* A model while it is read: its parts need one another, in whatever order they stand. */
struct draft {
    struct model_config model;
    struct key_config hash_key, range_key;
    struct setting_strings allow, hide;
    struct settings_node *attributes, *defaults, *indexes, *dynamodb;
};

#define MODEL(member) offsetof(struct draft, model.member)

static const struct setting settings[] = {
    {.name = "table_name",
     .doc = "3 to 255 of a-z, A-Z, 0-9, _, - and . ; the model's name where it is not "
            "given.",
     .type = SETTING_STRING,
     .offset = MODEL(table_name),
     .min = 1},
    {.name = "hash_key",
     .doc = "The partition key: a name, or a name with a template, { name = \"id\"; "
            "template = \"TASK#{}\"; }. Then /models/todo/42 is the item whose id is "
            "\"TASK#42\", clients see its id as \"42\", and items whose id is not like "
            "that are not of this model. Such a key is an S. Without the keys or their "
            "types, DescribeTable is asked once; the embedded store needs both.",
     .type = SETTING_READ,
     .offset = offsetof(struct draft, hash_key),
     .read = key_config_read},
    {.name = "range_key",
     .doc = "The sort key, of a table that has one: as hash_key.",
     .type = SETTING_READ,
     .offset = offsetof(struct draft, range_key),
     .read = key_config_read},
    {.name = "attributes",
     .doc = "Types of attributes, by name: \"S\", \"N\", \"B\", \"BOOL\", \"NULL\", "
            "\"L\", \"M\", \"SS\", \"NS\", \"BS\", and those that are stored in one "
            "form and seen in another: \"utc_datetime\" (S; seen as ISO 8601), "
            "\"json\" (S; seen as the JSON that is in it), \"ttl\" (N, seconds since "
            "1970; seen as ISO 8601; one a model), \"version\" (N that counts the "
            "item's writes; one a model).",
     .type = SETTING_NODE,
     .offset = offsetof(struct draft, attributes)},
    {.name = "required",
     .doc = "Attributes that every item has once it was written. A write without one "
            "is refused, and so is a change that removes one.",
     .type = SETTING_STRINGS,
     .offset = MODEL(required)},
    {.name = "defaults",
     .doc = "What a new item has where the client does not say: any values, by name, "
            "in the form that attributes declares. Not of keys, and not of the version.",
     .type = SETTING_NODE,
     .offset = offsetof(struct draft, defaults)},
    {.name = "indexes",
     .doc = "Indexes of a table that dynamod makes, by name.",
     .type = SETTING_NODE,
     .offset = offsetof(struct draft, indexes),
     .group = &index_settings,
     .many = true},
    {.name = "seed",
     .doc = "On the embedded store alone: a file of items for a table that has none, "
            "one a line, as plain JSON or as DynamoDB JSON. Relative to this file.",
     .type = SETTING_STRING,
     .offset = MODEL(seed),
     .min = 1},
    {.name = "allow",
     .doc = "What clients may do: \"read\", \"write\" or both.",
     .type = SETTING_STRINGS,
     .offset = offsetof(struct draft, allow),
     .preset = "[ \"read\" ]"},
    {.name = "hide",
     .doc = "Attributes that clients have nothing to do with, by name: never shown, as "
            "if no item had them where they are filtered on or asked for, and not "
            "written. Not a key, the ttl, the version or what is required.",
     .type = SETTING_STRINGS,
     .offset = offsetof(struct draft, hide)},
    {.name = "message",
     .doc = "The text of this model's 404, up to 256 bytes. {hash} and {range} are the "
            "request's keys.",
     .type = SETTING_STRING,
     .offset = MODEL(message),
     .min = 1},
    {.name = "create_table",
     .doc = "Whether to make the table at start when it is missing. Needs the keys and "
            "their types. On the embedded store it always is.",
     .type = SETTING_BOOL,
     .offset = MODEL(create_table),
     .preset = "false"},
    {.name = "hide_expired",
     .doc = "Whether an item whose ttl has passed is treated as if DynamoDB had "
            "deleted it already.",
     .type = SETTING_BOOL,
     .offset = MODEL(hide_expired),
     .preset = "true"},
    {.name = "count_pages",
     .doc = "How many pages of 1 MB one count=true reads before it answers with what "
            "it counted so far and a link to the rest.",
     .type = SETTING_COUNT,
     .offset = MODEL(count_pages),
     .min = 1,
     .max = 10000,
     .preset = "10"},
    {.name = "require_if_match",
     .doc = "Whether a write of an item that may be there must say which one it means, "
            "with If-Match or If-None-Match.",
     .type = SETTING_BOOL,
     .offset = MODEL(require_if_match),
     .preset = "false"},
    {.name = "retry_adds",
     .doc = "A change that adds or appends is sent once, because a reply that is lost "
            "may mean that it happened; with true it is sent again, as all else is, "
            "and may then happen twice.",
     .type = SETTING_BOOL,
     .offset = MODEL(retry_adds),
     .preset = "false"},
    {.name = "cache",
     .doc = "Keeps items and pages that were read, for ttl seconds; without the group "
            "nothing is kept.",
     .type = SETTING_READ,
     .offset = MODEL(cache),
     .read = cache_config_read,
     .group = &cache_settings},
    {.name = "dynamodb",
     .doc = "Overrides the app's dynamodb group, setting by setting. Such a model has "
            "connections of its own.",
     .type = SETTING_NODE,
     .offset = offsetof(struct draft, dynamodb),
     .group = &dynamodb_settings,
     .inherits = true},
};

const struct setting_table model_settings = {settings, DM_COUNT(settings)};

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

/* The version is set whatever a client says. */
static enum dm_code check_required(struct settings *file,
                                   const struct settings_node *node,
                                   const struct model_config *model, struct dm_error *err)
{
    const struct attribute *version = model->attributes->version;
    for (size_t i = 0; i < model->required.count; i++) {
        struct dm_str name = model->required.at[i];
        if (!name.len || (version && str_equal(name, version->name)))
            return settings_expected(file, settings_place(node, "required"), err,
                                     "names of attributes, not empty and not the "
                                     "version's");
    }
    return DM_OK;
}

static const char *maker(const struct model_config *model)
{
    return model->dynamodb.embedded.len ? "the embedded store" : "create_table";
}

static enum dm_code check_key(struct settings *file, const struct settings_node *node,
                              const struct model_config *model, struct dm_str key,
                              struct dm_error *err)
{
    const struct attribute *attribute = attributes_find(model->attributes, key);
    if (!key.len)
        return DM_OK;
    if (attribute &&
        (!attribute_can_be_key(attribute) || attribute->kind == ATTRIBUTE_VERSION))
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

static enum dm_code settle_attributes(struct settings *file, struct draft *draft,
                                      struct dm_error *err)
{
    enum { KEYS = 2 };
    struct attribute_drafts drafts;
    size_t declared = draft->attributes ? settings_count(draft->attributes) : 0;
    size_t indexes = draft->indexes ? settings_count(draft->indexes) : 0;
    DM_TRY(attribute_drafts_new(file, declared + KEYS * (1 + indexes), &drafts, err));
    if (draft->attributes)
        DM_TRY(attribute_config_read(file, draft->attributes, &drafts, err));
    DM_TRY(key_config_declare(file, &draft->hash_key, &drafts, err));
    DM_TRY(key_config_declare(file, &draft->range_key, &drafts, err));
    if (draft->indexes)
        DM_TRY(index_config_declare_keys(file, draft->indexes, &drafts, err));
    draft->model.hash_key = draft->hash_key.name;
    draft->model.range_key = draft->range_key.name;
    DM_TRY(attributes_new(drafts.at, drafts.count, &draft->model.attributes, err));
    return attributes_hide(draft->model.attributes, draft->hide.at, draft->hide.count,
                           err);
}

/* All that needs the attributes; they are released by the caller when it fails. */
static enum dm_code settle(struct settings *file, const struct settings_node *group,
                           const struct environment *environment, struct draft *draft,
                           struct dm_error *err)
{
    DM_TRY(settle_dynamodb(file, environment, draft, err));
    DM_TRY(check_allow(file, group, draft, err));
    DM_TRY(check_required(file, group, &draft->model, err));
    if (draft->defaults)
        DM_TRY(defaults_read(file, draft->defaults, &draft->model, err));
    DM_TRY(check(file, group, &draft->model, err));
    DM_TRY(settle_seed(file, group, &draft->model, err));
    if (draft->indexes)
        DM_TRY(index_config_read(file, draft->indexes, &draft->model, err));
    return secret_config_check(file, group, &draft->model, err);
}

enum dm_code model_config_read(struct settings *file, struct settings_node *group,
                               const struct environment *environment,
                               const struct dynamodb_config *app,
                               struct model_config *ret_model, struct dm_error *err)
{
    static struct dm_str read_only[] = {{"read", 4}};
    struct draft draft = {
        .model = {.dynamodb = *app,
                  .hide_expired = true,
                  .count_pages = COUNT_PAGES,
                  .defaults.type = DM_M},
        .allow = {read_only, 1},
    };
    draft.model.name = arena_str(settings_arena(file), settings_name(group));
    if (!draft.model.name.ptr)
        return error_nomem(err);
    if (memchr(draft.model.name.ptr, '*', draft.model.name.len))
        return settings_expected(file, group, err, "a model's name without *");

    draft.model.table_name = draft.model.name;
    DM_TRY(settings_read(file, group, settings, DM_COUNT(settings), &draft, err));
    enum dm_code code = settle_attributes(file, &draft, err);
    if (!code)
        code = settle(file, group, environment, &draft, err);
    if (code)
        model_config_done(&draft.model);
    else
        *ret_model = draft.model;
    return code;
}

void model_config_done(struct model_config *model)
{
    attributes_unref(model->attributes);
    model->attributes = NULL;
}

static bool key_of(const struct model_config *model, struct dm_str name,
                   struct key_attribute *ret_key)
{
    const struct attribute *attribute = attributes_find(model->attributes, name);
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
