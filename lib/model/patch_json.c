/* Applying a JSON Patch (RFC 6902). */
#include "base/error.h"
#include "base/str.h"
#include "codec/plain_item.h"
#include "codec/plain_json.h"
#include "expr/evaluate.h"
#include "model/new_item.h"
#include "model/patch_internal.h"
#include "value/edit.h"
#include "value/quote.h"
#include "value/size.h"

/* What is copied into itself again and again grows; a json attribute counts for more
 * while it is open. */
enum { GROWN_MAX = 4 * NEW_ITEM_SIZE_MAX };

/* --- what is edited --- */

/* A json attribute that is open, and what it was. */
struct opened {
    const struct attribute *attribute;
    const struct dm_value *stored; /* NULL: it was not there */
    struct dm_value tree;
};

struct patching {
    const struct attributes *attributes;
    struct arena *arena;
    struct dm_value item;  /* its own, an M, json attributes open */
    struct opened *opened; /* those that the patch names */
    size_t opened_count;
};

static bool names(const struct patch *patch, struct dm_str name)
{
    for (size_t i = 0; i < patch->count; i++) {
        const struct patch_operation *operation = &patch->operations[i];
        if (str_equal(operation->path.steps[0], name) ||
            (operation->from.count && str_equal(operation->from.steps[0], name)))
            return true;
    }
    return false;
}

static enum dm_code open_one(struct patching *patching, const struct dm_value *item,
                             const struct attribute *attribute, struct dm_error *err)
{
    struct opened *opened = &patching->opened[patching->opened_count++];
    *opened = (struct opened){.attribute = attribute,
                              .stored = value_member(item, attribute->name)};
    if (!opened->stored)
        return DM_OK;
    DM_TRY(patch_open(opened->stored, patching->arena, &opened->tree, err));
    return edit_copy(&opened->tree, patching->arena,
                     edit_member(&patching->item, attribute->name), err);
}

static enum dm_code open_all(struct patching *patching, const struct patch *patch,
                             const struct dm_value *item, struct dm_error *err)
{
    size_t count = patching->attributes ? patching->attributes->count : 0;
    patching->opened = arena_alloc(patching->arena, (count + 1) * sizeof(struct opened));
    if (!patching->opened)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const struct attribute *attribute = &patching->attributes->at[i];
        if (attribute->kind == ATTRIBUTE_JSON && names(patch, attribute->name))
            DM_TRY(open_one(patching, item, attribute, err));
    }
    return DM_OK;
}

static enum dm_code close_all(struct patching *patching, struct dm_error *err)
{
    for (size_t i = 0; i < patching->opened_count; i++) {
        struct opened *opened = &patching->opened[i];
        struct dm_value *tree = edit_member(&patching->item, opened->attribute->name);
        if (tree)
            DM_TRY(patch_close(opened->attribute, opened->stored, &opened->tree, tree,
                               patching->arena, tree, err));
    }
    return DM_OK;
}

/* What is declared of the attribute that the pointer leads to; NULL: nothing, or it leads
 * into one. */
static const struct attribute *declared(const struct patching *patching,
                                        const struct patch_pointer *pointer)
{
    return pointer->count == 1 ? attributes_find(patching->attributes, pointer->steps[0])
                               : NULL;
}

/* --- finding --- */

/* An array's index: digits without leading zeros (RFC 6901 section 4). */
static bool read_index(struct dm_str step, size_t *ret_index)
{
    if (step.len > 1 && step.ptr[0] == '0')
        return false;
    return str_to_size(step, SIZE_MAX / 2, ret_index);
}

static struct dm_value *step_into(struct dm_value *value, struct dm_str step)
{
    size_t index;
    if (value->type == DM_M)
        return edit_member(value, step);
    if (value->type != DM_L || !read_index(step, &index) || index >= value->as.list.count)
        return NULL;
    return &value->as.list.at[index];
}

/* Where the first `count` steps lead, or NULL. */
static struct dm_value *follow(struct patching *patching,
                               const struct patch_pointer *pointer, size_t count)
{
    struct dm_value *value = &patching->item;
    for (size_t i = 0; value && i < count; i++)
        value = step_into(value, pointer->steps[i]);
    return value;
}

static enum dm_code nothing_there(const struct patch_pointer *pointer,
                                  struct dm_error *err)
{
    return error_set(err, DM_E_INVALID_PATCH, "there is nothing at %s",
                     quote(pointer->text).text);
}

static enum dm_code wrong_place(const struct patch_pointer *pointer, struct dm_error *err)
{
    return error_set(err, DM_E_INVALID_PATCH,
                     "%s leads into a value that is no object and no array",
                     quote(pointer->text).text);
}

/* --- putting --- */

/* Lists and maps, one in the other. */
static size_t levels(const struct dm_value *value)
{
    bool nests = value->type == DM_L || value->type == DM_M;
    size_t deepest = 0;
    for (size_t i = 0; nests && i < dm_value_count(value); i++) {
        size_t inner = levels(dm_value_at(value, i));
        deepest = inner > deepest ? inner : deepest;
    }
    return deepest + nests;
}

static enum dm_code put_element(struct patching *patching,
                                const struct patch_pointer *path, struct dm_value *list,
                                const struct dm_value *value, struct dm_error *err)
{
    struct dm_str step = path->steps[path->count - 1];
    size_t index = list->as.list.count;
    if (!str_equal(step, STR("-")) && !read_index(step, &index))
        return nothing_there(path, err);
    if (index > list->as.list.count)
        return nothing_there(path, err);
    return edit_insert_element(list, index, value, patching->arena, err);
}

/* The value is the item's own from then on. Checked each time: what is copied into itself
 * doubles. */
static enum dm_code put(struct patching *patching, const struct patch_pointer *path,
                        const struct dm_value *value, struct dm_error *err)
{
    struct dm_str step = path->steps[path->count - 1];
    struct dm_value *parent = follow(patching, path, path->count - 1);
    if (!parent)
        return nothing_there(path, err);
    if (path->count + levels(value) > VALUE_MAX_DEPTH)
        return error_set(err, DM_E_INVALID_PATCH, "%s would be nested deeper than %d",
                         quote(path->text).text, VALUE_MAX_DEPTH);
    if (parent->type == DM_M)
        return edit_set_member(parent, step, value, patching->arena, err);
    if (parent->type == DM_L)
        return put_element(patching, path, parent, value, err);
    return wrong_place(path, err);
}

/* At the top of the item it takes the declared form; json attributes do when they are
 * closed. */
static enum dm_code put_plain(struct patching *patching, const struct patch_pointer *path,
                              const struct dm_value *plain, struct dm_error *err)
{
    struct dm_value value;
    const struct attribute *attribute = declared(patching, path);
    DM_TRY(edit_copy(plain, patching->arena, &value, err));
    if (attribute && attribute->kind != ATTRIBUTE_JSON)
        DM_TRY(plain_item_attribute(attribute, &value, patching->arena, &value, err));
    return put(patching, path, &value, err);
}

/* What is typed already keeps its type where that is the one. */
static enum dm_code put_typed(struct patching *patching, const struct patch_pointer *path,
                              const struct dm_value *value, struct dm_error *err)
{
    const struct attribute *attribute = declared(patching, path);
    if (attribute &&
        (value->type != attribute->type || !attribute_is_as_stored(attribute)))
        return put_plain(patching, path, value, err);
    return put(patching, path, value, err);
}

/* --- what clients see --- */

/* A date, a time to live or a templated key as the string that clients see; else as it
 * is. */
static enum dm_code seen_text(const struct attribute *attribute,
                              const struct dm_value *stored, struct arena *arena,
                              struct dm_value *ret_seen, struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, arena->max);
    if (!attribute || !attribute_show(attribute, stored, &text))
        return edit_copy(stored, arena, ret_seen, err);
    DM_TRY(buf_check(&text, "attribute", err));
    *ret_seen =
        (struct dm_value){.type = DM_S, .as.text = arena_str(arena, buf_str(&text))};
    return ret_seen->as.text.ptr ? DM_OK : error_nomem(err);
}

/* Sets as arrays, binary as strings. */
static enum dm_code seen(const struct dm_value *stored, struct arena *arena,
                         struct dm_value *ret_seen, struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) json;
    buf_init(&json, arena->max);
    plain_json_write(stored, &json);
    DM_TRY(buf_check(&json, "attribute", err));
    struct dm_str copy = arena_str(arena, buf_str(&json));
    return copy.ptr ? patch_read_json(copy, arena, ret_seen, err) : error_nomem(err);
}

/* --- the operations --- */

static enum dm_code take_away(struct patching *patching, const struct patch_pointer *path,
                              struct dm_error *err)
{
    struct dm_str step = path->steps[path->count - 1];
    struct dm_value *parent = follow(patching, path, path->count - 1);
    size_t index = 0;
    if (!parent || !step_into(parent, step))
        return nothing_there(path, err);
    if (parent->type == DM_M)
        edit_remove_member(parent, step);
    else if (read_index(step, &index))
        edit_remove_element(parent, index);
    return DM_OK;
}

/* An element of a list would be added before the one that is there. */
static enum dm_code replace(struct patching *patching, const struct patch_pointer *path,
                            const struct dm_value *plain, struct dm_error *err)
{
    DM_TRY(take_away(patching, path, err));
    return put_plain(patching, path, plain, err);
}

static bool leads_into_itself(const struct patch_operation *operation)
{
    const struct patch_pointer *from = &operation->from, *to = &operation->path;
    if (from->count >= to->count)
        return false;
    for (size_t i = 0; i < from->count; i++)
        if (!str_equal(from->steps[i], to->steps[i]))
            return false;
    return true;
}

static enum dm_code move_or_copy(struct patching *patching,
                                 const struct patch_operation *operation,
                                 struct dm_error *err)
{
    const struct patch_pointer *from = &operation->from;
    const struct dm_value *found = follow(patching, from, from->count);
    struct dm_value value;
    if (!found)
        return nothing_there(from, err);
    if (operation->kind == PATCH_MOVE && leads_into_itself(operation))
        return error_set(err, DM_E_INVALID_PATCH, "%s cannot be moved into itself",
                         quote(from->text).text);
    DM_TRY(seen_text(declared(patching, from), found, patching->arena, &value, err));
    if (operation->kind == PATCH_MOVE)
        DM_TRY(take_away(patching, from, err));
    DM_TRY(put_typed(patching, &operation->path, &value, err));
    return value_item_size(&patching->item) > GROWN_MAX
               ? new_item_check_size(&patching->item, err)
               : DM_OK;
}

/* Whether it is what the value would be stored as. */
static enum dm_code is_as_stored(const struct attribute *attribute,
                                 const struct dm_value *found,
                                 const struct dm_value *plain, struct arena *arena,
                                 bool *ret_is, struct dm_error *err)
{
    struct dm_value stored = *plain;
    enum dm_code code = DM_OK;
    if (attribute && attribute->kind != ATTRIBUTE_JSON)
        code = plain_item_attribute(attribute, plain, arena, &stored, NULL);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    *ret_is = !code && value_equal(found, &stored);
    return DM_OK;
}

static enum dm_code test(struct patching *patching,
                         const struct patch_operation *operation, struct dm_error *err)
{
    const struct patch_pointer *path = &operation->path;
    const struct dm_value *found = follow(patching, path, path->count);
    struct dm_value shown;
    bool holds = false;
    if (found)
        DM_TRY(is_as_stored(declared(patching, path), found, &operation->value,
                            patching->arena, &holds, err));
    if (found && !holds) {
        DM_TRY(seen(found, patching->arena, &shown, err));
        holds = value_equal(&shown, &operation->value);
    }
    if (holds)
        return DM_OK;
    return error_set(err, DM_E_CONDITION, "the test of %s fails", quote(path->text).text);
}

static enum dm_code operate(struct patching *patching,
                            const struct patch_operation *operation, struct dm_error *err)
{
    switch (operation->kind) {
    case PATCH_ADD:
        return put_plain(patching, &operation->path, &operation->value, err);
    case PATCH_REMOVE:
        return take_away(patching, &operation->path, err);
    case PATCH_REPLACE:
        return replace(patching, &operation->path, &operation->value, err);
    case PATCH_MOVE:
    case PATCH_COPY:
        return move_or_copy(patching, operation, err);
    case PATCH_TEST:
        return test(patching, operation, err);
    }
    return error_set(err, DM_E_INTERNAL, "patch operation");
}

enum dm_code json_patch_apply(const struct patch *patch,
                              const struct attributes *attributes,
                              const struct dm_value *item, struct arena *arena,
                              struct dm_value *ret_item, struct dm_error *err)
{
    struct patching patching = {.attributes = attributes, .arena = arena};
    DM_TRY(edit_copy(item, arena, &patching.item, err));
    DM_TRY(open_all(&patching, patch, item, err));
    for (size_t i = 0; i < patch->count; i++)
        DM_TRY(operate(&patching, &patch->operations[i], err));
    DM_TRY(close_all(&patching, err));
    *ret_item = patching.item;
    return DM_OK;
}
