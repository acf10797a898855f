/* Changing an item: patches and update documents. */
#include "base/error.h"
#include "base/str.h"
#include "expr/evaluate.h"
#include "model/defaults.h"
#include "model/patch_internal.h"
#include "model/secret.h"
#include "model/update_document.h"
#include "model/version.h"
#include "model/write.h"
#include "value/edit.h"
#include "value/quote.h"

struct update_call {
    struct write_call write;
    enum dm_patch_dialect dialect;
    bool is_fixed; /* it does not depend on the item: `fixed` is it */
    struct update fixed;
    struct patch patch;                 /* else */
    struct dm_str version;              /* that a merge patch names; len 0: none */
    const struct dm_filter *conditions; /* of an update document */
    size_t condition_count;
    struct update update; /* one attempt's */
};

static struct update_call *update_of(struct write_call *write)
{
    return DM_CONTAINER(write, struct update_call, write);
}

static const struct attributes *attributes_of(const struct update_call *call)
{
    return write_model(&call->write)->attributes;
}

/* --- what was asked --- */

static enum dm_code refuse_version(const struct update_call *call, struct dm_error *err)
{
    return error_set(err, DM_E_INVALID_PATCH,
                     "\"%s\" counts by itself: a patch may only say which it was",
                     quote(attributes_of(call)->version->name).text);
}

/* The version is not merged, but demanded. */
static enum dm_code take_version(struct update_call *call, struct dm_error *err)
{
    const struct attribute *version = version_attribute(attributes_of(call));
    struct dm_value *merge = &call->patch.merge;
    const struct dm_value *named = version ? value_member(merge, version->name) : NULL;
    call->version = (struct dm_str){NULL, 0};
    if (!named)
        return DM_OK;
    if (named->type != DM_N)
        return refuse_version(call, err);
    call->version = named->as.text;
    edit_remove_member(merge, version->name);
    return DM_OK;
}

static enum dm_code prepare_merge(struct update_call *call, struct dm_error *err)
{
    struct write_call *write = &call->write;
    DM_TRY(patch_read(PATCH_MERGE, write->body, &write->arena, &call->patch, err));
    DM_TRY(secret_check_patch(&call->patch, attributes_of(call), &write->arena, err));
    DM_TRY(take_version(call, err));
    call->is_fixed = patch_is_flat(&call->patch);
    if (!call->is_fixed)
        return DM_OK;
    return patch_flat_update(&call->patch, attributes_of(call), &write->key,
                             &write->arena, &call->fixed, err);
}

/* What adds to what is there: an attempt that was lost may have added already. */
static bool may_be_repeated(const struct write_call *write)
{
    return write->token.len || write_model(write)->retry_adds;
}

static enum dm_code prepare_json(struct update_call *call, struct dm_error *err)
{
    struct write_call *write = &call->write;
    write->once = !may_be_repeated(write);
    DM_TRY(guard_check_compares(write_model(write), write->scope, err));
    DM_TRY(patch_read(PATCH_JSON, write->body, &write->arena, &call->patch, err));
    return secret_check_patch(&call->patch, attributes_of(call), &write->arena, err);
}

static enum dm_code read_document(struct write_call *write, struct dm_value *ret_document,
                                  struct dm_error *err)
{
    struct dm_error why = {0};
    enum dm_code code = patch_read_json(write->body, &write->arena, ret_document, &why);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    if (code)
        return error_set(err, DM_E_INVALID_PATCH, "the update is not good JSON: %s",
                         why.message);
    return DM_OK;
}

static enum dm_code prepare_document(struct update_call *call, struct dm_error *err)
{
    struct write_call *write = &call->write;
    struct update_document document;
    struct dm_value json;
    DM_TRY(read_document(write, &json, err));
    DM_TRY(update_document_read(&json, attributes_of(call), &write->use.schema,
                                &write->arena, &document, err));
    if (document.condition_count)
        DM_TRY(guard_check_compares(write_model(write), write->scope, err));
    call->is_fixed = true;
    call->fixed = document.update;
    call->conditions = document.conditions;
    call->condition_count = document.condition_count;
    write->once = document.adds && !may_be_repeated(write);
    return DM_OK;
}

/* An expired item is in the way of one that is made anew: a transaction does not tell
 * that it was. */
static bool may_be_in_the_way(const struct update_call *call)
{
    const struct attributes *attributes = attributes_of(call);
    return call->write.upserts && call->write.token.len && attributes && attributes->ttl;
}

/* An item that it makes anew may not have all that is required. */
static bool may_lack(const struct update_call *call)
{
    const struct model_config *model = write_model(&call->write);
    return call->write.upserts && model->required.count &&
           !(call->is_fixed && required_are_made(model, &call->fixed));
}

static enum dm_code prepare(struct write_call *write, struct dm_error *err)
{
    static enum dm_code (*const prepare_dialect[])(struct update_call *,
                                                   struct dm_error *) = {
        [DM_MERGE_PATCH] = prepare_merge,
        [DM_JSON_PATCH] = prepare_json,
        [DM_UPDATE] = prepare_document,
    };
    struct update_call *call = update_of(write);
    DM_TRY(prepare_dialect[call->dialect](call, err));
    write->reads = !call->is_fixed || may_be_in_the_way(call) || may_lack(call);
    return DM_OK;
}

/* --- what it demands --- */

static enum dm_code demand_all(struct write_call *write, struct dm_error *err)
{
    const struct update_call *call = update_of(write);
    struct demands *demands = &write->demands;
    struct dm_value version = {.type = DM_N, .as.text = call->version};
    if (!write->upserts || (may_lack(call) && write_seen(write)))
        DM_TRY(demand_item(demands, err));
    if (call->version.len)
        DM_TRY(demand_value(demands, attributes_of(call)->version->name, &version, err));
    if (write->upserts && !write->reads)
        DM_TRY(demand_alive(demands, err));
    return demand_filters(demands, attributes_of(call), &write->use.schema,
                          call->conditions, call->condition_count, err);
}

/* --- what it makes of the item --- */

static enum dm_code key_item(struct write_call *write, struct dm_value *ret_item,
                             struct dm_error *err)
{
    const struct key *key = &write->key;
    struct value_member *members = arena_new(write_arena(write), 2 * sizeof *members);
    if (!members)
        return error_nomem(err);
    members[0] = (struct value_member){key->hash_attribute.name, key->hash};
    members[1] = (struct value_member){key->range_attribute.name, key->range};
    *ret_item = (struct dm_value){
        .type = DM_M, .as.map = {members, key->range_attribute.name.len ? 2 : 1}};
    return DM_OK;
}

static bool changes_version(const struct update_call *call, const struct dm_value *before,
                            const struct dm_value *after)
{
    const struct attribute *version = version_attribute(attributes_of(call));
    if (!version)
        return false;
    const struct dm_value *was = value_member(before, version->name);
    const struct dm_value *is = value_member(after, version->name);
    return was && is ? !value_equal(was, is) : was != is;
}

/* The item that is seen, or the one that is to be, as it will be. */
static enum dm_code apply(struct update_call *call, struct dm_value *ret_after,
                          struct dm_error *err)
{
    struct write_call *write = &call->write;
    struct arena *arena = write_arena(write);
    struct dm_value before;
    if (write_seen(write))
        before = *write_seen(write);
    else
        DM_TRY(key_item(write, &before, err));
    if (call->is_fixed) {
        DM_TRY(update_check(&call->fixed, err));
        return update_apply(&call->fixed, &before, arena, ret_after, err);
    }
    DM_TRY(
        patch_apply(&call->patch, attributes_of(call), &before, arena, ret_after, err));
    return changes_version(call, &before, ret_after) ? refuse_version(call, err) : DM_OK;
}

/* An item made anew in the place of an expired one counts anew. */
static enum dm_code add_first_version(struct update_call *call, struct dm_value *item,
                                      struct dm_error *err)
{
    struct arena *arena = write_arena(&call->write);
    size_t count = item->as.map.count;
    struct value_member *members = arena_alloc(arena, (count + 1) * sizeof *members);
    if (!members)
        return error_nomem(err);
    memcpy(members, item->as.map.at, count * sizeof *members);
    item->as.map.at = members;
    return version_add(attributes_of(call), STR(""), arena, item, err);
}

/* On condition that what it was made of is as it was read. */
static enum dm_code make_of_item(struct update_call *call, struct dm_error *err)
{
    struct write_call *write = &call->write;
    struct arena *arena = write_arena(write);
    struct dm_value none = {.type = DM_M}, after;
    struct name_list names;
    bool is_whole = call->is_fixed || !write_seen(write);
    DM_TRY(apply(call, &after, err));
    if (!write_seen(write))
        DM_TRY(required_check(write_model(write), &after, err));
    if (!is_whole)
        DM_TRY(patch_names(&call->patch, arena, &names, err));
    DM_TRY(write_demand_as_read(write, is_whole ? NULL : &names, err));
    if (write->is_expired)
        DM_TRY(add_first_version(call, &after, err));
    if (!write->stored)
        DM_TRY(key_item(write, &none, err));
    return difference_update(write->stored ? write->stored : &none, &after,
                             &write->use.schema, arena, &call->update, err);
}

static enum dm_code make(struct write_call *write, struct dm_error *err)
{
    struct update_call *call = update_of(write);
    const struct model_config *model = write_model(write);
    call->update = call->fixed;
    if (!call->is_fixed || write->is_expired || (may_lack(call) && !write->stored))
        DM_TRY(make_of_item(call, err));
    DM_TRY(required_check_update(model, &call->update, err));
    if (!write->is_expired)
        DM_TRY(version_count(model->attributes, write_arena(write), &call->update, err));
    write->entry =
        (struct store_transact_entry){.kind = TRANSACT_UPDATE, .update = &call->update};
    return DM_OK;
}

/* --- calls --- */

static enum dm_code begin(const struct write_request *request,
                          const struct dm_update *update, struct dm_call **ret_call,
                          struct dm_error *err)
{
    static const struct write_kind kind = {prepare, demand_all, make,
                                           sizeof(struct update_call)};
    struct write_call *write;
    DM_TRY(write_new(&kind, request, &write, err));
    update_of(write)->dialect = update->dialect;
    write->body = update->patch;
    write->key_texts[0] = write_key_text(update->hash_key);
    write->key_texts[1] = update->range_key;
    write->asked_guard = update->guard;
    write->message = update->message;
    write->token = update->token;
    write->upserts = update->upsert;
    write->misses = !update->upsert;
    write->returns = write_may_tell(write);
    return write_begin(write, update->timeout_ms, ret_call, err);
}

enum dm_code app_update(struct dm_app *app, struct dm_str model,
                        const struct dm_update *update,
                        const struct call_context *context, dm_outcome_fn done, void *ctx,
                        struct dm_call **ret_call, struct dm_error *err)
{
    struct write_request request = {app, model, context, true, done, ctx};
    return begin(&request, update, ret_call, err);
}

enum dm_code dm_update_async(struct dm_app *app, const char *model,
                             const struct dm_update *update, dm_outcome_fn done,
                             void *ctx, struct dm_call **ret_call, struct dm_error *err)
{
    struct call_context context = {0};
    struct write_request request = {app, dm_str(model), &context, false, done, ctx};
    return begin(&request, update, ret_call, err);
}
