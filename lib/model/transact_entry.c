/* Making the entries of a transaction ready for the store. */
#include "model/transact_entry.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/str.h"
#include "model/defaults.h"
#include "model/demand.h"
#include "model/document.h"
#include "model/filter.h"
#include "model/guard.h"
#include "model/key_order.h"
#include "model/secret.h"
#include "model/update_document.h"
#include "model/version.h"
#include "model/written_key.h"
#include "value/quote.h"

/* While it is made. */
struct making {
    struct transact_entry *entry;
    struct new_item_place place;
    int64_t now_s;
    struct arena *arena;
    struct demands *demands;
    const struct scope *scope;
    bool guarded; /* by a condition of the client's */
};

typedef enum dm_code (*make_fn)(struct making *making, struct dm_error *err);

/* --- conditions --- */

static enum dm_code parse(struct making *making, const struct dm_filter *filters,
                          size_t count, struct dm_error *err)
{
    struct filter_place place = {.attributes = making->place.model->attributes,
                                 .schema = making->place.schema};
    struct filter *filter = arena_new(making->arena, sizeof *filter);
    if (!filter)
        return error_nomem(err);
    if (count)
        DM_TRY(guard_check_compares(making->place.model, making->scope, err));
    DM_TRY(filter_parse(&place, filters, count, making->arena, filter, err));
    if (filter->condition)
        demand(making->demands, filter->condition);
    making->guarded |= filter->condition != NULL;
    return DM_OK;
}

static enum dm_code read_plain(struct dm_str text, struct arena *arena,
                               struct dm_value *ret_value, struct dm_error *err)
{
    struct dm_error why = {0};
    enum dm_code code = new_item_read(text, DM_PLAIN, arena, ret_value, &why);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    return code ? error_set(err, DM_E_INVALID, "%s", why.message) : DM_OK;
}

static enum dm_code read_conditions(struct making *making, struct dm_error *err)
{
    struct dm_value object;
    if (!making->entry->conditions.ptr)
        return DM_OK;
    DM_TRY(read_plain(making->entry->conditions, making->arena, &object, err));
    size_t count = object.as.map.count;
    struct dm_filter *filters = arena_alloc(making->arena, (count + 1) * sizeof *filters);
    if (!filters)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const struct value_member *member = &object.as.map.at[i];
        if (member->value.type != DM_S)
            return error_set(err, DM_E_INVALID_FILTER,
                             "%s: expected a condition: \"eq.3\"",
                             quote(member->name).text);
        filters[i] = (struct dm_filter){member->name, member->value.as.text};
    }
    return parse(making, filters, count, err);
}

/* --- kinds --- */

static enum dm_code make_key(struct making *making, struct dm_error *err)
{
    return written_key_read(making->entry->body, &making->place, making->arena,
                            &making->entry->key, err);
}

/* The version that the item is to replace, or that there is none. */
static enum dm_code demand_version(struct making *making, const struct new_item *item,
                                   struct dm_error *err)
{
    const struct attribute *version = version_attribute(making->place.model->attributes);
    struct dm_value was = {.type = DM_N, .as.text = item->version};
    if (!version)
        return DM_OK;
    making->guarded = true;
    return was.as.text.len ? demand_value(making->demands, version->name, &was, err)
                           : demand_none_with(making->demands, version->name, err);
}

/* It is made of the document alone, so that hidden attributes of one that is there would
 * go: then it only creates. */
static enum dm_code make_put(struct making *making, struct dm_error *err)
{
    struct dm_value written;
    struct new_item item;
    DM_TRY(new_item_read(making->entry->body, making->place.format, making->arena,
                         &written, err));
    DM_TRY(new_item_make(&making->place, &written, NULL, making->arena, &item, err));
    DM_TRY(demand_version(making, &item, err));
    if (secret_any(making->place.model->attributes))
        DM_TRY(demand_none_with(making->demands, making->demands->hash_name, err));
    DM_TRY(version_add(making->place.model->attributes, item.version, making->arena,
                       &item.value, err));
    DM_TRY(new_item_check_size(&item.value, err));
    making->entry->key = item.key;
    making->entry->item = item.value;
    return DM_OK;
}

static enum dm_code make_delete(struct making *making, struct dm_error *err)
{
    return make_key(making, err);
}

static enum dm_code make_check(struct making *making, struct dm_error *err)
{
    if (!making->guarded)
        return error_set(err, DM_E_INVALID, "a check needs an \"if\"");
    DM_TRY(demand_alive(making->demands, err));
    return make_key(making, err);
}

/* --- updates --- */

enum { UPDATE_KEY, UPDATE_UPSERT, UPDATE_GROUPS };

static const struct document_member update_members[] = {
    [UPDATE_KEY] = {"key", READER_OBJECT},
    [UPDATE_UPSERT] = {"upsert", READER_BOOL},
    [UPDATE_GROUPS] = {"set", READER_OBJECT},
    {"remove", READER_ARRAY},
    {"add", READER_OBJECT},
    {"delete", READER_OBJECT},
    {"append", READER_OBJECT},
    {"if", READER_OBJECT},
};

/* The update without what is ours. */
static void drop_own(struct dm_value *document)
{
    size_t kept = 0;
    for (size_t i = 0; i < document->as.map.count; i++) {
        struct dm_str name = document->as.map.at[i].name;
        if (!str_equal(name, STR("key")) && !str_equal(name, STR("upsert")))
            document->as.map.at[kept++] = document->as.map.at[i];
    }
    document->as.map.count = kept;
}

static enum dm_code read_update(struct making *making, struct dm_error *err)
{
    const struct model_config *model = making->place.model;
    struct update_document document;
    struct dm_value plain;
    DM_TRY(read_plain(making->entry->body, making->arena, &plain, err));
    drop_own(&plain);
    DM_TRY(update_document_read(&plain, model->attributes, making->place.schema,
                                making->arena, &document, err));
    DM_TRY(required_check_update(model, &document.update, err));
    DM_TRY(parse(making, document.conditions, document.condition_count, err));
    making->entry->update = document.update;
    return version_count(model->attributes, making->arena, &making->entry->update, err);
}

static enum dm_code make_update(struct making *making, struct dm_error *err)
{
    struct dm_str values[DM_COUNT(update_members)];
    DM_TRY(document_object(making->entry->body, update_members, DM_COUNT(update_members),
                           values, err));
    if (!values[UPDATE_KEY].ptr)
        return error_set(err, DM_E_INVALID, "an update needs a \"key\"");
    DM_TRY(written_key_read(values[UPDATE_KEY], &making->place, making->arena,
                            &making->entry->key, err));
    DM_TRY(read_update(making, err));
    bool may_make = document_is_true(values[UPDATE_UPSERT]) &&
                    required_are_made(making->place.model, &making->entry->update);
    return may_make ? demand_alive(making->demands, err)
                    : demand_item(making->demands, err);
}

/* --- all --- */

static enum dm_code make_demands(struct making *making, struct dm_error *err)
{
    making->demands = arena_new(making->arena, sizeof *making->demands);
    if (!making->demands)
        return error_nomem(err);
    return demands_init(making->demands, making->place.model,
                        making->place.schema->hash.name, making->now_s, making->arena,
                        err);
}

static enum dm_code make_write(struct making *making, struct dm_error *err)
{
    static const make_fn kinds[] = {[TRANSACT_PUT] = make_put,
                                    [TRANSACT_UPDATE] = make_update,
                                    [TRANSACT_DELETE] = make_delete,
                                    [TRANSACT_CHECK] = make_check};
    DM_TRY(make_demands(making, err));
    DM_TRY(read_conditions(making, err));
    DM_TRY(kinds[making->entry->kind](making, err));
    if (making->place.model->require_if_match && !making->guarded)
        return error_set(err, DM_E_FORBIDDEN, "model \"%s\" demands an \"if\"",
                         making->place.model->name.ptr);
    return demands_end(making->demands, &making->entry->condition, err);
}

static enum dm_code make_get(struct making *making, struct dm_error *err)
{
    struct transact_entry *entry = making->entry;
    DM_TRY(make_key(making, err));
    entry->hidden = (struct hidden){.expiring = NULL};
    hidden_expired(&entry->hidden, making->place.model, making->now_s);
    if (!entry->attributes_to_get.len)
        return DM_OK;
    DM_TRY(projection_parse(entry->attributes_to_get, making->arena, &entry->projection,
                            err));
    return hidden_widen(&entry->hidden, making->place.model->attributes,
                        &entry->projection, making->arena, err);
}

enum dm_code transact_entry_make(const struct transact_document *document,
                                 struct transact_entry *entry,
                                 const struct transact_place *place, struct arena *arena,
                                 struct dm_error *err)
{
    struct making making = {
        .entry = entry,
        .place = {place->model, place->schema, document->format},
        .now_s = place->now_s,
        .arena = arena,
        .scope = place->scope,
    };
    return document->is_get ? make_get(&making, err) : make_write(&making, err);
}

/* --- twins --- */

/* By table and key: models may share a table. */
static int compare_entries(const void *a, const void *b)
{
    const struct transact_entry *left = *(const struct transact_entry *const *)a;
    const struct transact_entry *right = *(const struct transact_entry *const *)b;
    int order =
        strcmp(left->model->config->table_name.ptr, right->model->config->table_name.ptr);
    return order ? order : key_compare(&left->key, &right->key);
}

enum dm_code transact_check_twins(const struct transact_document *document,
                                  struct dm_error *err)
{
    const struct transact_entry *at[TRANSACT_MAX];
    for (size_t i = 0; i < document->count; i++)
        at[i] = &document->entries[i];
    qsort(at, document->count, sizeof *at, compare_entries);
    for (size_t i = 1; i < document->count; i++)
        if (compare_entries(&at[i - 1], &at[i]) == 0)
            return error_set(
                err, DM_E_INVALID, "%s[%zu] and %s[%zu] are of one item",
                transact_list_name(document), (size_t)(at[i - 1] - document->entries),
                transact_list_name(document), (size_t)(at[i] - document->entries));
    return DM_OK;
}
