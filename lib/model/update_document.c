/* Reading a change in dynamod's own words. */
#include "model/update_document.h"

#include "base/error.h"
#include "base/str.h"
#include "codec/plain_item.h"
#include "model/secret.h"
#include "value/quote.h"

/* While it is read. */
struct reading {
    const struct attributes *attributes;
    const struct key_schema *schema;
    struct arena *arena;
    struct update_action *actions;
    struct dm_filter *conditions;
    struct update_document document;
};

typedef enum dm_code (*read_fn)(struct reading *reading, const struct dm_value *group,
                                struct dm_error *err);

static enum dm_code expected(struct dm_str name, const char *what, struct dm_error *err)
{
    return error_set(err, DM_E_INVALID_PATCH, "\"%s\" must be %s", quote(name).text,
                     what);
}

/* --- paths --- */

static enum dm_code check_changeable(const struct reading *reading,
                                     const struct path *path, struct dm_error *err)
{
    struct dm_str name = path->steps[0].name;
    const struct attribute *version =
        reading->attributes ? reading->attributes->version : NULL;
    if (str_equal(name, reading->schema->hash.name) ||
        (reading->schema->range.name.len && str_equal(name, reading->schema->range.name)))
        return error_set(err, DM_E_INVALID_PATCH,
                         "\"%s\" is a key of the item, which does not change",
                         quote(name).text);
    if (version && str_equal(name, version->name))
        return error_set(err, DM_E_INVALID_PATCH,
                         "\"%s\" is the version, which counts by itself",
                         quote(name).text);
    return secret_check_name(reading->attributes, name, DM_E_INVALID_PATCH, err);
}

/* What is stored as text, JSON too, has no parts for DynamoDB. */
static enum dm_code check_leads_into(const struct reading *reading,
                                     const struct path *path, struct dm_error *err)
{
    const struct attribute *attribute =
        attributes_find(reading->attributes, path->steps[0].name);
    if (path->count == 1 || !attribute || attribute->type == DM_L ||
        attribute->type == DM_M)
        return DM_OK;
    return error_set(err, DM_E_INVALID_PATCH,
                     "\"%s\" is stored as %s, of which no part can be changed",
                     quote(attribute->name).text, type_name(attribute->type));
}

static enum dm_code read_path(struct reading *reading, struct dm_str text,
                              struct path *ret_path, struct dm_error *err)
{
    struct dm_error why = {0};
    struct dm_str rest = text;
    enum dm_code code = path_parse(&rest, reading->arena, ret_path, &why);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    if (code || rest.len)
        return expected(text, "a document path: a.b[0], odd names in double quotes", err);
    DM_TRY(check_changeable(reading, ret_path, err));
    return check_leads_into(reading, ret_path, err);
}

static const struct attribute *declared(const struct reading *reading,
                                        const struct path *path)
{
    return path->count == 1 ? attributes_find(reading->attributes, path->steps[0].name)
                            : NULL;
}

/* --- actions --- */

static enum dm_code begin_action(struct reading *reading, enum update_kind kind,
                                 struct dm_str path, struct update_action **ret_action,
                                 struct dm_error *err)
{
    struct update *update = &reading->document.update;
    struct update_action *action = &reading->actions[update->count++];
    *action = (struct update_action){.kind = kind};
    *ret_action = action;
    return read_path(reading, path, &action->path, err);
}

static enum dm_code read_set(struct reading *reading, const struct dm_value *group,
                             struct dm_error *err)
{
    for (size_t i = 0; i < group->as.map.count; i++) {
        const struct value_member *member = &group->as.map.at[i];
        struct update_action *action;
        DM_TRY(begin_action(reading, UPDATE_SET, member->name, &action, err));
        action->operand.kind = OPERAND_VALUE;
        DM_TRY(plain_item_attribute(declared(reading, &action->path), &member->value,
                                    reading->arena, &action->operand.value, err));
    }
    return DM_OK;
}

static enum dm_code read_remove(struct reading *reading, const struct dm_value *group,
                                struct dm_error *err)
{
    for (size_t i = 0; i < group->as.list.count; i++) {
        const struct dm_value *path = &group->as.list.at[i];
        struct update_action *action;
        if (path->type != DM_S)
            return expected(STR("remove"), "an array of document paths", err);
        DM_TRY(begin_action(reading, UPDATE_REMOVE, path->as.text, &action, err));
    }
    return DM_OK;
}

/* A number, or members of a declared set. */
static enum dm_code read_members(struct reading *reading, enum update_kind kind,
                                 const struct dm_value *group, struct dm_error *err)
{
    for (size_t i = 0; i < group->as.map.count; i++) {
        const struct value_member *member = &group->as.map.at[i];
        struct update_action *action;
        DM_TRY(begin_action(reading, kind, member->name, &action, err));
        const struct attribute *attribute = declared(reading, &action->path);
        bool is_set = attribute && attribute->type >= DM_SS;
        bool is_number = kind == UPDATE_ADD && member->value.type == DM_N &&
                         (!attribute || attribute->type == DM_N);
        if (!is_set && !is_number)
            return expected(member->name,
                            kind == UPDATE_ADD
                                ? "a number to add, or an array and an attribute that "
                                  "the model declares SS, NS or BS"
                                : "an attribute that the model declares SS, NS or BS",
                            err);
        action->operand.kind = OPERAND_VALUE;
        DM_TRY(plain_item_attribute(is_set ? attribute : NULL, &member->value,
                                    reading->arena, &action->operand.value, err));
    }
    return DM_OK;
}

static enum dm_code read_add(struct reading *reading, const struct dm_value *group,
                             struct dm_error *err)
{
    reading->document.adds |= group->as.map.count > 0;
    return read_members(reading, UPDATE_ADD, group, err);
}

static enum dm_code read_delete(struct reading *reading, const struct dm_value *group,
                                struct dm_error *err)
{
    return read_members(reading, UPDATE_DELETE, group, err);
}

/* list_append(if_not_exists(path, []), elements) */
static enum dm_code append_to(struct reading *reading, struct update_action *action,
                              const struct dm_value *elements, struct dm_error *err)
{
    struct operand *parts = arena_new(reading->arena, 3 * sizeof *parts);
    if (!parts)
        return error_nomem(err);
    parts[0] = (struct operand){.kind = OPERAND_VALUE, .value = {.type = DM_L}};
    parts[1] = (struct operand){
        .kind = OPERAND_IF_NOT_EXISTS, .path = action->path, .first = &parts[0]};
    parts[2] = (struct operand){.kind = OPERAND_VALUE, .value = *elements};
    action->operand = (struct operand){
        .kind = OPERAND_LIST_APPEND, .first = &parts[1], .second = &parts[2]};
    return DM_OK;
}

static enum dm_code read_append(struct reading *reading, const struct dm_value *group,
                                struct dm_error *err)
{
    reading->document.adds |= group->as.map.count > 0;
    for (size_t i = 0; i < group->as.map.count; i++) {
        const struct value_member *member = &group->as.map.at[i];
        struct update_action *action;
        DM_TRY(begin_action(reading, UPDATE_SET, member->name, &action, err));
        const struct attribute *attribute = declared(reading, &action->path);
        if (member->value.type != DM_L || (attribute && attribute->type != DM_L))
            return expected(member->name, "an array to append to a list", err);
        DM_TRY(append_to(reading, action, &member->value, err));
    }
    return DM_OK;
}

/* --- conditions --- */

static enum dm_code read_if(struct reading *reading, const struct dm_value *group,
                            struct dm_error *err)
{
    for (size_t i = 0; i < group->as.map.count; i++) {
        const struct value_member *member = &group->as.map.at[i];
        if (member->value.type != DM_S)
            return expected(member->name, "a condition: \"eq.3\"", err);
        reading->conditions[reading->document.condition_count++] =
            (struct dm_filter){member->name, member->value.as.text};
    }
    return DM_OK;
}

/* --- the document --- */

static const struct {
    struct dm_str name;
    enum dm_type type;
    read_fn read;
    const char *expected;
} groups[] = {
    {{"set", 3}, DM_M, read_set, "an object of paths and values"},
    {{"remove", 6}, DM_L, read_remove, "an array of document paths"},
    {{"add", 3}, DM_M, read_add, "an object of paths and numbers or set members"},
    {{"delete", 6}, DM_M, read_delete, "an object of paths and set members"},
    {{"append", 6}, DM_M, read_append, "an object of paths and arrays"},
    {{"if", 2}, DM_M, read_if, "an object of conditions"},
};

static enum dm_code read_group(struct reading *reading, const struct value_member *group,
                               struct dm_error *err)
{
    for (size_t i = 0; i < DM_COUNT(groups); i++) {
        if (!str_equal(group->name, groups[i].name))
            continue;
        if (group->value.type != groups[i].type)
            return expected(group->name, groups[i].expected, err);
        return groups[i].read(reading, &group->value, err);
    }
    return error_set(err, DM_E_INVALID_PATCH,
                     "\"%s\" is none of set, remove, add, delete, append, if",
                     quote(group->name).text);
}

static enum dm_code make_room(struct reading *reading, const struct dm_value *document,
                              struct dm_error *err)
{
    size_t most = 1;
    for (size_t i = 0; i < document->as.map.count; i++)
        most += dm_value_count(&document->as.map.at[i].value);
    reading->actions = arena_alloc(reading->arena, most * sizeof *reading->actions);
    reading->conditions = arena_alloc(reading->arena, most * sizeof *reading->conditions);
    if (!reading->actions || !reading->conditions)
        return error_nomem(err);
    reading->document.update.actions = reading->actions;
    reading->document.conditions = reading->conditions;
    return DM_OK;
}

enum dm_code update_document_read(const struct dm_value *document,
                                  const struct attributes *attributes,
                                  const struct key_schema *schema, struct arena *arena,
                                  struct update_document *ret_document,
                                  struct dm_error *err)
{
    struct reading reading = {.attributes = attributes, .schema = schema, .arena = arena};
    if (document->type != DM_M)
        return error_set(err, DM_E_INVALID_PATCH, "an update is a JSON object");
    DM_TRY(make_room(&reading, document, err));
    for (size_t i = 0; i < document->as.map.count; i++)
        DM_TRY(read_group(&reading, &document->as.map.at[i], err));
    if (!reading.document.update.count)
        return error_set(err, DM_E_INVALID_PATCH, "the update changes nothing");
    *ret_document = reading.document;
    return DM_OK;
}
