/* Putting a whole item: PUT and POST. */
#include "base/error.h"
#include "base/str.h"
#include "model/new_item.h"
#include "model/version.h"
#include "model/write.h"

struct put_call {
    struct write_call write;
    enum dm_format format;
    struct new_item item;
};

static struct put_call *put_of(struct write_call *write)
{
    return DM_CONTAINER(write, struct put_call, write);
}

/* --- what is written --- */

static enum dm_code check_version(const struct put_call *put, struct dm_error *err)
{
    if (!put->write.creates || !put->item.version.len)
        return DM_OK;
    return error_set(err, DM_E_INVALID_ITEM,
                     "\"%s\" counts by itself: an item is created without it",
                     write_model(&put->write)->attributes->version->name.ptr);
}

static enum dm_code prepare(struct write_call *write, struct dm_error *err)
{
    struct put_call *put = put_of(write);
    struct arena *arena = &write->arena;
    struct new_item_place place = {write_model(write), &write->use.schema, put->format};
    const struct key *key = write->key_texts[0].ptr ? &write->key : NULL;
    struct dm_value written;
    DM_TRY(new_item_read(write->body, put->format, arena, &written, err));
    DM_TRY(new_item_make(&place, &written, key, arena, &put->item, err));
    write->key = put->item.key;
    return check_version(put, err);
}

/* The version that it replaces is its own, or the guard's: the one whose tag it names or,
 * by what was read, compares. */
static enum dm_code demand_version(struct write_call *write, struct dm_error *err)
{
    const struct attribute *version = version_attribute(write_model(write)->attributes);
    struct dm_value was = {.type = DM_N, .as.text = put_of(write)->item.version};
    if (!version || write->creates)
        return DM_OK;
    if (was.as.text.len)
        return demand_value(&write->demands, version->name, &was, err);
    if (write->guard.version.len || write->guard.match.len)
        return DM_OK;
    return demand_none_with(&write->demands, version->name, err);
}

static enum dm_code demand_all(struct write_call *write, struct dm_error *err)
{
    struct demands *demands = &write->demands;
    if (write->creates)
        DM_TRY(demand_none_with(demands, demands->hash_name, err));
    return demand_version(write, err);
}

static struct dm_str version_was(struct write_call *write)
{
    const struct attribute *version = version_attribute(write_model(write)->attributes);
    const struct dm_value *stored = NULL;
    if (put_of(write)->item.version.len)
        return put_of(write)->item.version;
    if (write->guard.match.len && version && write_seen(write))
        stored = value_member(write->stored, version->name);
    return stored && stored->type == DM_N ? stored->as.text : write->guard.version;
}

/* A copy in the outcome's arena: what the client sent is lent. */
static enum dm_code make(struct write_call *write, struct dm_error *err)
{
    struct dm_value item = put_of(write)->item.value;
    struct dm_value *copy = arena_new(write_arena(write), sizeof *copy);
    if (!copy)
        return error_nomem(err);
    DM_TRY(version_add(write_model(write)->attributes, version_was(write), &write->arena,
                       &item, err));
    DM_TRY(new_item_check_size(&item, err));
    DM_TRY(value_copy(&item, write_arena(write), copy, err));
    write->entry = (struct store_transact_entry){.kind = TRANSACT_PUT, .item = copy};
    return DM_OK;
}

/* --- calls --- */

static enum dm_code begin(const struct write_request *request, const struct dm_put *put,
                          struct dm_call **ret_call, struct dm_error *err)
{
    static const struct write_kind kind = {prepare, demand_all, make,
                                           sizeof(struct put_call)};
    struct write_call *write;
    DM_TRY(write_new(&kind, request, &write, err));
    put_of(write)->format = put->format;
    write->body = put->item;
    write->key_texts[0] = put->hash_key;
    write->key_texts[1] = put->range_key;
    write->asked_guard = put->guard;
    write->token = put->token;
    write->creates = put->create;
    return write_begin(write, put->timeout_ms, ret_call, err);
}

enum dm_code app_put(struct dm_app *app, struct dm_str model, const struct dm_put *put,
                     const struct call_context *context, dm_outcome_fn done, void *ctx,
                     struct dm_call **ret_call, struct dm_error *err)
{
    struct write_request request = {app, model, context, true, done, ctx};
    return begin(&request, put, ret_call, err);
}

enum dm_code dm_put_async(struct dm_app *app, const char *model, const struct dm_put *put,
                          dm_outcome_fn done, void *ctx, struct dm_call **ret_call,
                          struct dm_error *err)
{
    struct call_context context = {0};
    struct write_request request = {app, dm_str(model), &context, false, done, ctx};
    return begin(&request, put, ret_call, err);
}
