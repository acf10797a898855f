/* Reading the attributes and key templates of a model. */
#include "model/attribute_config.h"

#include <assert.h>

#include "base/error.h"
#include "base/str.h"

enum dm_code attribute_drafts_new(struct settings *file, size_t cap,
                                  struct attribute_drafts *ret_drafts,
                                  struct dm_error *err)
{
    struct attribute_drafts drafts = {.cap = cap};
    drafts.at = arena_new(settings_arena(file), (cap + !cap) * sizeof *drafts.at);
    if (!drafts.at)
        return error_nomem(err);
    *ret_drafts = drafts;
    return DM_OK;
}

static void add(struct attribute_drafts *drafts, struct attribute attribute)
{
    assert(drafts->count < drafts->cap);
    drafts->at[drafts->count++] = attribute;
}

/* --- types --- */

/* Of the kinds that are the item's, not the attribute's, there is one. */
static bool comes_twice(const struct attribute_drafts *drafts, enum attribute_kind kind)
{
    if (kind != ATTRIBUTE_TTL && kind != ATTRIBUTE_VERSION)
        return false;
    for (size_t i = 0; i < drafts->count; i++)
        if (drafts->at[i].kind == kind)
            return true;
    return false;
}

static enum dm_code read_attribute(struct settings *file, struct settings_node *node,
                                   struct attribute_drafts *drafts, struct dm_error *err)
{
    struct attribute attribute = {
        .name = arena_str(settings_arena(file), settings_name(node))};
    struct dm_str type;
    if (!attribute.name.ptr)
        return error_nomem(err);
    DM_TRY(settings_string(file, node, &type, err));
    if (!attribute_type_from_name(type, &attribute.type, &attribute.kind))
        return settings_expected(file, node, err,
                                 "one of S, N, B, BOOL, NULL, L, M, SS, NS, BS, "
                                 "utc_datetime, json, ttl, version");
    if (comes_twice(drafts, attribute.kind))
        return settings_expected(file, node, err, "at most one attribute of type %s",
                                 type.ptr);
    add(drafts, attribute);
    return DM_OK;
}

enum dm_code attribute_config_read(struct settings *file,
                                   const struct settings_node *group,
                                   struct attribute_drafts *drafts, struct dm_error *err)
{
    if (!settings_is_group(group))
        return settings_expected(file, group, err, "a group, { name = \"S\"; … }");
    for (size_t i = 0; i < settings_count(group); i++)
        DM_TRY(read_attribute(file, settings_at(group, i), drafts, err));
    return DM_OK;
}

/* --- keys --- */

struct key_draft {
    struct dm_str name, template;
};

static const struct setting key_settings[] = {
    {.name = "name",
     .doc = "The key's attribute.",
     .type = SETTING_STRING,
     .offset = offsetof(struct key_draft, name),
     .min = 1},
    {.name = "template",
     .doc = "Text with one {} in it, where the client's part of the key is.",
     .type = SETTING_STRING,
     .offset = offsetof(struct key_draft, template),
     .min = 1},
};

/* "CUST#{}" → "CUST#", "" */
static bool split_template(struct dm_str template, struct key_config *key)
{
    const char *place = strstr(template.ptr, "{}");
    if (!place || strstr(place + 2, "{}") || template.len == 2)
        return false;
    key->prefix = (struct dm_str){template.ptr, (size_t)(place - template.ptr)};
    key->suffix = (struct dm_str){place + 2, template.len - key->prefix.len - 2};
    return true;
}

static enum dm_code read_group(struct settings *file, struct settings_node *node,
                               struct key_config *key, struct dm_error *err)
{
    struct key_draft draft = {.name = {NULL, 0}};
    DM_TRY(settings_read(file, node, key_settings, DM_COUNT(key_settings), &draft, err));
    if (!draft.name.len || !draft.template.len)
        return settings_expected(file, node, err,
                                 "{ name = \"…\"; template = \"…{}\"; }");
    if (!split_template(draft.template, key))
        return settings_expected(file, settings_place(node, "template"), err,
                                 "text with one {} in it, like \"CUST#{}\"");
    key->name = draft.name;
    return DM_OK;
}

enum dm_code key_config_read(struct settings *file, struct settings_node *node,
                             void *value, struct dm_error *err)
{
    struct key_config key = {.node = node};
    if (settings_is_group(node))
        DM_TRY(read_group(file, node, &key, err));
    else
        DM_TRY(settings_string(file, node, &key.name, err));
    if (!key.name.len)
        return settings_expected(file, node, err, "text that is not empty");
    *(struct key_config *)value = key;
    return DM_OK;
}

static bool has_template(struct dm_str prefix, struct dm_str suffix)
{
    return prefix.len || suffix.len;
}

static enum dm_code join(struct settings *file, const struct key_config *key,
                         struct attribute *declared, struct dm_error *err)
{
    if (declared->type != DM_S || declared->kind != ATTRIBUTE_AS_STORED)
        return settings_expected(file, key->node, err,
                                 "the key \"%s\", which has a template, to be of type S",
                                 key->name.ptr);
    if (has_template(declared->prefix, declared->suffix) &&
        !(str_equal(declared->prefix, key->prefix) &&
          str_equal(declared->suffix, key->suffix)))
        return settings_expected(file, key->node, err,
                                 "one template for the key \"%s\", wherever it stands",
                                 key->name.ptr);
    declared->prefix = key->prefix;
    declared->suffix = key->suffix;
    return DM_OK;
}

enum dm_code key_config_declare(struct settings *file, const struct key_config *key,
                                struct attribute_drafts *drafts, struct dm_error *err)
{
    if (!has_template(key->prefix, key->suffix))
        return DM_OK;
    for (size_t i = 0; i < drafts->count; i++)
        if (str_equal(drafts->at[i].name, key->name))
            return join(file, key, &drafts->at[i], err);
    add(drafts, (struct attribute){.name = key->name,
                                   .type = DM_S,
                                   .prefix = key->prefix,
                                   .suffix = key->suffix});
    return DM_OK;
}
