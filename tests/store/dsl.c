/* Reading requests. */
#include "store/dsl.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/str.h"
#include "codec/ddb_json.h"
#include "value/number.h"

static enum dm_code bad(struct dm_error *err, const char *expected, const json_t *json)
{
    char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
    error_set(err, DM_E_INVALID, "expected %s: got %s", expected,
              text ? text : "nothing");
    free(text);
    return DM_E_INVALID;
}

static struct dm_str text_of(const json_t *json)
{
    return (struct dm_str){json_string_value(json), json_string_length(json)};
}

struct dm_str dsl_text(const json_t *object, const char *name)
{
    return text_of(json_object_get(object, name));
}

unsigned dsl_number(const json_t *object, const char *name)
{
    return (unsigned)json_integer_value(json_object_get(object, name));
}

/* --- values --- */

typedef enum dm_code (*codec_read_fn)(struct json_reader *reader, struct arena *arena,
                                      struct dm_value *ret_value, struct dm_error *err);

static enum dm_code through_codec(const json_t *json, codec_read_fn read,
                                  struct arena *arena, struct dm_value *ret_value,
                                  struct dm_error *err)
{
    char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
    struct dm_str copy = arena_str(arena, dm_str(text));
    free(text);
    struct json_reader reader;
    if (!copy.ptr)
        return error_nomem(err);
    reader_init(&reader, copy, DDB_JSON_DEPTH, arena);
    return read(&reader, arena, ret_value, err);
}

enum dm_code dsl_item(const json_t *json, struct arena *arena, struct dm_value *ret_item,
                      struct dm_error *err)
{
    return through_codec(json, ddb_json_read_item, arena, ret_item, err);
}

static enum dm_code read_value(const json_t *json, struct arena *arena,
                               struct dm_value *ret_value, struct dm_error *err)
{
    return through_codec(json, ddb_json_read_value, arena, ret_value, err);
}

/* A key's number is canonical. */
static enum dm_code take_half(const struct value_member *member, struct arena *arena,
                              struct key_attribute *ret_attribute,
                              struct dm_value *ret_value, struct dm_error *err)
{
    struct number number;
    *ret_attribute = (struct key_attribute){member->name, member->value.type};
    *ret_value = member->value;
    if (member->value.type != DM_N)
        return DM_OK;
    DM_TRY(number_parse(member->value.as.text, &number, err));
    ret_value->as.text = arena_str(arena, (struct dm_str){number.text, number.len});
    return ret_value->as.text.ptr ? DM_OK : error_nomem(err);
}

enum dm_code dsl_key(const json_t *json, struct arena *arena, struct key *ret_key,
                     struct dm_error *err)
{
    struct dm_value item;
    struct key key = {0};
    DM_TRY(dsl_item(json, arena, &item, err));
    const struct value_member *members = item.as.map.at;
    size_t count = item.as.map.count;
    if (count < 1 || count > 2)
        return bad(err, "one or two key attributes", json);
    DM_TRY(take_half(&members[0], arena, &key.hash_attribute, &key.hash, err));
    if (count == 2)
        DM_TRY(take_half(&members[1], arena, &key.range_attribute, &key.range, err));
    *ret_key = key;
    return DM_OK;
}

/* --- paths and operands --- */

static enum dm_code read_path(const json_t *json, struct arena *arena,
                              struct path *ret_path, struct dm_error *err)
{
    size_t count = json_array_size(json);
    if (count == 0 || !json_is_string(json_array_get(json, 0)))
        return bad(err, "a path like [\"a\",\"b\",0]", json);
    struct path path = {arena_new(arena, count * sizeof(struct path_step)), count};
    if (!path.steps)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const json_t *step = json_array_get(json, i);
        path.steps[i].index = (size_t)json_integer_value(step);
        if (json_is_string(step))
            path.steps[i].name = arena_str(arena, text_of(step));
    }
    *ret_path = path;
    return DM_OK;
}

static enum dm_code read_operand(const json_t *json, struct arena *arena,
                                 struct operand *ret_operand, struct dm_error *err);

static enum dm_code new_operand(const json_t *json, struct arena *arena,
                                const struct operand **ret_operand, struct dm_error *err)
{
    struct operand *operand = arena_new(arena, sizeof *operand);
    if (!operand)
        return error_nomem(err);
    DM_TRY(read_operand(json, arena, operand, err));
    *ret_operand = operand;
    return DM_OK;
}

static const struct function {
    const char *name;
    enum operand_kind kind;
    bool of_path; /* its first argument is a path */
    bool binary;
} functions[] = {
    {"size", OPERAND_SIZE, true, false},
    {"if_not_exists", OPERAND_IF_NOT_EXISTS, true, true},
    {"list_append", OPERAND_LIST_APPEND, false, true},
    {"plus", OPERAND_PLUS, false, true},
    {"minus", OPERAND_MINUS, false, true},
};

/* {"size":PATH}, {"if_not_exists":[PATH,OPERAND]}, {"plus":[OPERAND,OPERAND]}, … */
static enum dm_code read_function(const struct function *function, const json_t *json,
                                  struct arena *arena, struct operand *ret_operand,
                                  struct dm_error *err)
{
    struct operand operand = {.kind = function->kind};
    const json_t *first = function->binary ? json_array_get(json, 0) : json;
    const json_t *second = json_array_get(json, 1);
    if (function->of_path)
        DM_TRY(read_path(first, arena, &operand.path, err));
    else
        DM_TRY(new_operand(first, arena, &operand.first, err));
    if (function->binary)
        DM_TRY(new_operand(second, arena,
                           function->of_path ? &operand.first : &operand.second, err));
    *ret_operand = operand;
    return DM_OK;
}

static enum dm_code read_operand(const json_t *json, struct arena *arena,
                                 struct operand *ret_operand, struct dm_error *err)
{
    ret_operand->kind = OPERAND_PATH;
    if (json_is_array(json))
        return read_path(json, arena, &ret_operand->path, err);
    for (size_t i = 0; i < DM_COUNT(functions); i++) {
        const json_t *arguments = json_object_get(json, functions[i].name);
        if (arguments)
            return read_function(&functions[i], arguments, arena, ret_operand, err);
    }
    ret_operand->kind = OPERAND_VALUE;
    return read_value(json, arena, &ret_operand->value, err);
}

/* --- projections and conditions --- */

enum dm_code dsl_projection(const json_t *json, struct arena *arena,
                            const struct projection **ret_projection,
                            struct dm_error *err)
{
    *ret_projection = NULL;
    if (!json)
        return DM_OK;
    size_t count = json_array_size(json);
    struct projection *projection = arena_new(arena, sizeof *projection);
    if (!projection)
        return error_nomem(err);
    projection->paths = arena_new(arena, (count + 1) * sizeof *projection->paths);
    if (!projection->paths)
        return error_nomem(err);
    for (; projection->count < count; projection->count++)
        DM_TRY(read_path(json_array_get(json, projection->count), arena,
                         &projection->paths[projection->count], err));
    *ret_projection = projection;
    return DM_OK;
}

static bool condition_kind(struct dm_str name, enum condition_kind *ret_kind)
{
    static const char *const names[] = {
        [CONDITION_AND] = "and",
        [CONDITION_OR] = "or",
        [CONDITION_NOT] = "not",
        [CONDITION_EQ] = "eq",
        [CONDITION_NE] = "ne",
        [CONDITION_LT] = "lt",
        [CONDITION_LE] = "le",
        [CONDITION_GT] = "gt",
        [CONDITION_GE] = "ge",
        [CONDITION_BETWEEN] = "between",
        [CONDITION_IN] = "in",
        [CONDITION_EXISTS] = "exists",
        [CONDITION_NOT_EXISTS] = "not_exists",
        [CONDITION_TYPE] = "type",
        [CONDITION_BEGINS_WITH] = "begins_with",
        [CONDITION_CONTAINS] = "contains",
    };
    for (size_t i = 0; i < DM_COUNT(names); i++) {
        if (!str_equal(name, dm_str(names[i])))
            continue;
        *ret_kind = (enum condition_kind)i;
        return true;
    }
    return false;
}

static enum dm_code read_condition(const json_t *json, struct arena *arena,
                                   struct condition *ret_condition, struct dm_error *err);

static enum dm_code read_children(const json_t *json, struct arena *arena,
                                  struct condition *condition, struct dm_error *err)
{
    size_t count = json_array_size(json) - 1;
    struct condition *children = arena_new(arena, (count + 1) * sizeof *children);
    if (!children)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        DM_TRY(read_condition(json_array_get(json, i + 1), arena, &children[i], err));
    condition->children = children;
    condition->child_count = count;
    return DM_OK;
}

static enum dm_code read_operands(const json_t *json, struct arena *arena,
                                  struct condition *condition, struct dm_error *err)
{
    bool type = condition->kind == CONDITION_TYPE;
    size_t count = json_array_size(json) - 1 - type;
    struct operand *operands = arena_new(arena, (count + 1) * sizeof *operands);
    if (!operands)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        DM_TRY(read_operand(json_array_get(json, i + 1), arena, &operands[i], err));
    condition->operands = operands;
    condition->operand_count = count;
    if (type && !type_from_name(text_of(json_array_get(json, 2)), &condition->type))
        return bad(err, "a type", json);
    return DM_OK;
}

static enum dm_code read_condition(const json_t *json, struct arena *arena,
                                   struct condition *ret_condition, struct dm_error *err)
{
    struct condition condition = {0};
    if (!condition_kind(text_of(json_array_get(json, 0)), &condition.kind))
        return bad(err, "a condition", json);
    if (condition.kind <= CONDITION_NOT)
        DM_TRY(read_children(json, arena, &condition, err));
    else
        DM_TRY(read_operands(json, arena, &condition, err));
    *ret_condition = condition;
    return DM_OK;
}

enum dm_code dsl_condition(const json_t *json, struct arena *arena,
                           const struct condition **ret_condition, struct dm_error *err)
{
    *ret_condition = NULL;
    if (!json)
        return DM_OK;
    struct condition *condition = arena_new(arena, sizeof *condition);
    if (!condition)
        return error_nomem(err);
    *ret_condition = condition;
    return read_condition(json, arena, condition, err);
}

/* [["id",VALUE],["between","r",VALUE,VALUE]] */
enum dm_code dsl_key_condition(const json_t *json, struct arena *arena,
                               struct key_condition *ret_condition, struct dm_error *err)
{
    static const char *const kinds[] = {
        [RANGE_ALL] = "all",         [RANGE_EQ] = "eq",
        [RANGE_LT] = "lt",           [RANGE_LE] = "le",
        [RANGE_GT] = "gt",           [RANGE_GE] = "ge",
        [RANGE_BETWEEN] = "between", [RANGE_BEGINS_WITH] = "begins_with",
    };
    const json_t *hash = json_array_get(json, 0), *range = json_array_get(json, 1);
    struct key_condition condition = {.hash_name = text_of(json_array_get(hash, 0))};
    DM_TRY(read_value(json_array_get(hash, 1), arena, &condition.hash, err));
    if (range) {
        while (
            condition.range < DM_COUNT(kinds) &&
            !str_equal(dm_str(kinds[condition.range]), text_of(json_array_get(range, 0))))
            condition.range++;
        if (condition.range == DM_COUNT(kinds))
            return bad(err, "a range of keys", range);
        condition.range_name = text_of(json_array_get(range, 1));
        DM_TRY(read_value(json_array_get(range, 2), arena, &condition.low, err));
    }
    if (condition.range == RANGE_BETWEEN)
        DM_TRY(read_value(json_array_get(range, 3), arena, &condition.high, err));
    *ret_condition = condition;
    return DM_OK;
}

/* --- updates --- */

/* ["set",PATH,OPERAND] */
static enum dm_code read_action(const json_t *json, struct arena *arena,
                                struct update_action *ret_action, struct dm_error *err)
{
    static const char *const kinds[] = {
        [UPDATE_SET] = "set",
        [UPDATE_REMOVE] = "remove",
        [UPDATE_ADD] = "add",
        [UPDATE_DELETE] = "delete",
    };
    struct dm_str name = text_of(json_array_get(json, 0));
    struct update_action action = {.kind = UPDATE_SET};
    while (action.kind < DM_COUNT(kinds) && !str_equal(name, dm_str(kinds[action.kind])))
        action.kind++;
    if (action.kind == DM_COUNT(kinds))
        return bad(err, "an action", json);
    DM_TRY(read_path(json_array_get(json, 1), arena, &action.path, err));
    if (action.kind != UPDATE_REMOVE)
        DM_TRY(read_operand(json_array_get(json, 2), arena, &action.operand, err));
    *ret_action = action;
    return DM_OK;
}

enum dm_code dsl_update(const json_t *json, struct arena *arena,
                        const struct update **ret_update, struct dm_error *err)
{
    *ret_update = NULL;
    if (!json)
        return DM_OK;
    size_t count = json_array_size(json);
    struct update *update = arena_new(arena, sizeof *update);
    struct update_action *actions = arena_new(arena, (count + 1) * sizeof *actions);
    if (!update || !actions)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        DM_TRY(read_action(json_array_get(json, i), arena, &actions[i], err));
    *update = (struct update){actions, count};
    *ret_update = update;
    return DM_OK;
}

/* --- tables --- */

/* [["id","S"],["at","N"]] */
enum dm_code dsl_schema(const json_t *json, struct arena *arena,
                        struct key_schema *ret_schema, struct dm_error *err)
{
    struct key_schema schema = {0};
    struct key_attribute *halves[] = {&schema.hash, &schema.range};
    size_t count = json_array_size(json);
    if (count < 1 || count > 2)
        return bad(err, "a key schema", json);
    for (size_t i = 0; i < count; i++) {
        const json_t *half = json_array_get(json, i);
        halves[i]->name = arena_str(arena, text_of(json_array_get(half, 0)));
        if (!type_from_name(text_of(json_array_get(half, 1)), &halves[i]->type))
            return bad(err, "a type", half);
    }
    *ret_schema = schema;
    return DM_OK;
}

static enum dm_code read_index_projection(const json_t *json, struct arena *arena,
                                          struct store_index *index, struct dm_error *err)
{
    index->projection = PROJECT_ALL;
    if (str_equal(text_of(json), STR("KEYS_ONLY")))
        index->projection = PROJECT_KEYS_ONLY;
    if (!json_is_array(json))
        return DM_OK;
    size_t count = json_array_size(json);
    struct dm_str *included = arena_new(arena, (count + 1) * sizeof *included);
    if (!included)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        included[i] = text_of(json_array_get(json, i));
    index->projection = PROJECT_INCLUDE;
    index->included = included;
    index->included_count = count;
    return DM_OK;
}

/* {"name":"i","schema":[…],"global":true,"projection":"ALL" or "KEYS_ONLY" or ["a","b"]}
 */
enum dm_code dsl_index(const json_t *json, struct arena *arena,
                       struct store_index *ret_index, struct dm_error *err)
{
    struct store_index index = {
        .name = dsl_text(json, "name"),
        .global = json_is_true(json_object_get(json, "global")),
    };
    DM_TRY(dsl_schema(json_object_get(json, "schema"), arena, &index.schema, err));
    DM_TRY(
        read_index_projection(json_object_get(json, "projection"), arena, &index, err));
    *ret_index = index;
    return DM_OK;
}
