/* Putting a whole item: PUT and POST. */
#include "base/error.h"
#include "base/str.h"
#include "expr/lookup.h"
#include "expr/render.h"
#include "model/new_item.h"
#include "model/secret.h"
#include "model/version.h"
#include "model/write.h"

/* "#0," is the least that one takes. */
enum { CHANGES_MAX = EXPRESSION_MAX / 3, CHANGE_LEN_MAX = 32 };

struct put_call {
    struct write_call write;
    enum dm_format format;
    struct new_item item;
    struct update update; /* of an item that keeps what is hidden */
};

static struct put_call *put_of(struct write_call *write)
{
    return DM_CONTAINER(write, struct put_call, write);
}

/* --- what it spares --- */

/* Whoever replaces an item and cannot see all of it would remove what is hidden. So it is
 * read, and changed into the new one. */
static bool spares(const struct write_call *write)
{
    return secret_any(write_model(write)->attributes);
}

/* The key does not change, nor what is hidden, though a default be declared of it. */
static bool stays(const struct write_call *write, struct dm_str name)
{
    const struct key_schema *schema = &write->use.schema;
    return str_equal(name, schema->hash.name) || str_equal(name, schema->range.name) ||
           attributes_hides(write_model(write)->attributes, name);
}

static enum dm_code make_action(enum update_kind kind, const struct value_member *member,
                                struct arena *arena, struct update_action *ret_action,
                                struct dm_error *err)
{
    struct path_step *step = arena_new(arena, sizeof *step);
    if (!step)
        return error_nomem(err);
    step->name = member->name;
    *ret_action = (struct update_action){
        .kind = kind,
        .path = {step, 1},
        .operand = {.kind = OPERAND_VALUE, .value = member->value}};
    return DM_OK;
}

/* SET of all that the new one has, REMOVE of what else is seen of the old one. */
static enum dm_code make_over(struct write_call *write, const struct dm_value *item,
                              struct update *ret_update, struct dm_error *err)
{
    const struct dm_value *stored = write->stored;
    struct arena *arena = write_arena(write);
    size_t most = dm_value_count(item) + dm_value_count(stored);
    struct update_action *actions = arena_alloc(arena, (most + 1) * sizeof *actions);
    size_t count = 0;
    if (!actions)
        return error_nomem(err);
    DM_AUTO_DONE(lookup) new;
    lookup_init_map(&new, item);
    for (size_t i = 0; i < item->as.map.count; i++)
        if (!stays(write, item->as.map.at[i].name))
            DM_TRY(make_action(UPDATE_SET, &item->as.map.at[i], arena, &actions[count++],
                               err));
    for (size_t i = 0; i < stored->as.map.count; i++)
        if (!lookup_has(&new, stored->as.map.at[i].name))
            DM_TRY(make_action(UPDATE_REMOVE, &stored->as.map.at[i], arena,
                               &actions[count++], err));
    *ret_update = (struct update){actions, count};
    return DM_OK;
}

/* What is refused tells nothing of the item that is there. */
static enum dm_code refuse_length(const struct write_call *write, struct dm_error *err)
{
    error_set(
        err, DM_E_INVALID_ITEM,
        "\"%s\" hides attributes: this PUT is a change, and of more attributes than "
        "one holds (an expression of %d bytes)",
        write_model(write)->name.ptr, EXPRESSION_MAX);
    error_hint(err,
               "PATCH the item in steps, or DELETE it first if what is hidden may go");
    return DM_E_INVALID_ITEM;
}

static enum dm_code check_length(struct write_call *write, const struct update *update,
                                 struct dm_error *err)
{
    if (update->count > CHANGES_MAX)
        return refuse_length(write, err);
    DM_AUTO_DONE(dm_buf) text;
    struct render render;
    buf_init(&text, CHANGES_MAX * CHANGE_LEN_MAX);
    render_init(&render, &write->arena);
    render_update(&render, update, &text);
    DM_TRY(buf_check(&text, "change", err));
    return text.len <= EXPRESSION_MAX ? DM_OK : refuse_length(write, err);
}

/* What was read is seen still, or there is none still. */
static enum dm_code make_sparing(struct write_call *write, struct dm_value *item,
                                 struct dm_error *err)
{
    struct demands *demands = &write->demands;
    struct put_call *put = DM_CONTAINER(write, struct put_call, write);
    write->entry = (struct store_transact_entry){.kind = TRANSACT_PUT, .item = item};
    if (!write_seen(write))
        return demand_none_with(demands, demands->hash_name, err);
    DM_TRY(demand_item(demands, err));
    DM_TRY(make_over(write, item, &put->update, err));
    DM_TRY(check_length(write, &put->update, err));
    write->entry =
        (struct store_transact_entry){.kind = TRANSACT_UPDATE, .update = &put->update};
    return DM_OK;
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
    write->reads = !write->creates && spares(write);
    write->returns = write->reads && write_may_tell(write);
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
    if (write->reads && spares(write))
        return make_sparing(write, copy, err);
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
