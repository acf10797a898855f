/* Attributes that are hidden: in conditions, in what is written, as keys. */
#include "model/secret.h"

#include "base/error.h"
#include "base/str.h"
#include "expr/evaluate.h"
#include "model/model_config.h"
#include "value/quote.h"

bool secret_any(const struct attributes *attributes)
{
    return attributes && attributes->hidden_count;
}

/* --- what is written --- */

enum dm_code secret_check_name(const struct attributes *attributes, struct dm_str name,
                               enum dm_code code, struct dm_error *err)
{
    if (!attributes_hides(attributes, name))
        return DM_OK;
    return error_set(err, code, "\"%s\" is hidden here, and not written either",
                     quote(name).text);
}

enum dm_code secret_check_patch(const struct patch *patch,
                                const struct attributes *attributes, struct arena *arena,
                                struct dm_error *err)
{
    struct name_list names;
    if (!secret_any(attributes))
        return DM_OK;
    DM_TRY(patch_names(patch, arena, &names, err));
    for (size_t i = 0; i < names.count; i++)
        DM_TRY(secret_check_name(attributes, names.at[i], DM_E_INVALID_PATCH, err));
    return DM_OK;
}

enum dm_code secret_check_spared(const struct model_config *model, struct dm_error *err)
{
    if (!secret_any(model->attributes))
        return DM_OK;
    error_set(err, DM_E_FORBIDDEN,
              "model \"%s\" hides attributes, which a put of a batch would remove",
              model->name.ptr);
    error_hint(err, "PUT the items one by one, or create them in a transaction");
    return DM_E_FORBIDDEN;
}

/* --- what is asked --- */

/* The attribute is there and is not: false. It is there or is not: true. So nobody needs
 * a condition without an operand, and what DynamoDB is sent says what was asked for. */
enum dm_code secret_blind(const struct attributes *attributes, struct arena *arena,
                          struct condition *condition, struct dm_error *err)
{
    static const struct dm_value nothing = {.type = DM_M};
    const struct path *path = &condition->operands[0].path;
    if (!attributes_hides(attributes, path->steps[0].name))
        return DM_OK;
    struct operand *operand = arena_new(arena, sizeof *operand);
    struct condition *either = arena_new(arena, 2 * sizeof *either);
    if (!operand || !either)
        return error_nomem(err);
    bool holds = condition_holds(condition, &nothing);
    *operand = (struct operand){.kind = OPERAND_PATH, .path = {path->steps, 1}};
    either[0] = (struct condition){
        .kind = CONDITION_EXISTS, .operands = operand, .operand_count = 1};
    either[1] = either[0];
    either[1].kind = CONDITION_NOT_EXISTS;
    *condition = (struct condition){.kind = holds ? CONDITION_OR : CONDITION_AND,
                                    .children = either,
                                    .child_count = 2};
    return DM_OK;
}

/* --- keys --- */

bool secret_is_key(const struct attributes *attributes, const struct key_schema *schema)
{
    return attributes_hides(attributes, schema->hash.name) ||
           attributes_hides(attributes, schema->range.name);
}

/* --- the configuration --- */

static enum dm_code refuse(struct settings *file, const struct settings_node *group,
                           struct dm_str name, const char *why, struct dm_error *err)
{
    return settings_expected(file, settings_place(group, "hide"), err,
                             "no \"%s\", which is %s", name.ptr, why);
}

/* A time to live shows when it passes, and a version is named to be compared. */
static const char *use_of(const struct model_config *model, struct dm_str name)
{
    const struct attributes *attributes = model->attributes;
    if (str_equal(name, model->hash_key) || str_equal(name, model->range_key))
        return "a key";
    if (attributes->ttl && str_equal(name, attributes->ttl->name))
        return "the time to live";
    if (attributes->version && str_equal(name, attributes->version->name))
        return "the version";
    for (size_t i = 0; i < model->required.count; i++)
        if (str_equal(name, model->required.at[i]))
            return "required of clients";
    for (size_t i = 0; i < model->index_count; i++)
        if (str_equal(name, model->indexes[i].schema.hash.name) ||
            str_equal(name, model->indexes[i].schema.range.name))
            return "a key of an index";
    return NULL;
}

enum dm_code secret_config_check(struct settings *file, const struct settings_node *group,
                                 const struct model_config *model, struct dm_error *err)
{
    const struct attributes *attributes = model->attributes;
    for (size_t i = 0; i < attributes->hidden_count; i++) {
        struct dm_str name = attributes->hidden[i];
        if (!name.len)
            return settings_expected(file, settings_place(group, "hide"), err,
                                     "names of attributes, not empty");
        const char *use = use_of(model, name);
        if (use)
            return refuse(file, group, name, use, err);
    }
    return DM_OK;
}
