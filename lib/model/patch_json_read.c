/* Reading a JSON Patch (RFC 6902). */
#include "base/error.h"
#include "base/str.h"
#include "model/patch_internal.h"

static const struct {
    struct dm_str name;
    bool has_value, has_from;
} kinds[] = {
    [PATCH_ADD] = {{"add", 3}, true, false},
    [PATCH_REMOVE] = {{"remove", 6}, false, false},
    [PATCH_REPLACE] = {{"replace", 7}, true, false},
    [PATCH_MOVE] = {{"move", 4}, false, true},
    [PATCH_COPY] = {{"copy", 4}, false, true},
    [PATCH_TEST] = {{"test", 4}, true, false},
};

/* The operation that is read. */
struct reading {
    const struct dm_value *object;
    size_t index;
    struct arena *arena;
};

static enum dm_code expected(const struct reading *reading, const char *what,
                             struct dm_error *err)
{
    return error_set(err, DM_E_INVALID_PATCH, "operation %zu: expected %s",
                     reading->index, what);
}

/* ~1 is `/` and ~0 is `~`; any other `~` is a mistake. */
static enum dm_code unescape(const struct reading *reading, struct dm_str step,
                             struct dm_str *ret_step, struct dm_error *err)
{
    char *text = arena_alloc(reading->arena, step.len + 1);
    size_t len = 0;
    if (!text)
        return error_nomem(err);
    for (size_t i = 0; i < step.len; i++) {
        char c = step.ptr[i];
        if (c == '~') {
            char next = ++i < step.len ? step.ptr[i] : '\0';
            if (next != '0' && next != '1')
                return expected(reading, "a JSON Pointer, in which ~ is ~0 and / is ~1",
                                err);
            c = next == '0' ? '~' : '/';
        }
        text[len++] = c;
    }
    *ret_step = (struct dm_str){text, len};
    return DM_OK;
}

static enum dm_code read_pointer(const struct reading *reading, struct dm_str name,
                                 struct patch_pointer *ret_pointer, struct dm_error *err)
{
    const struct dm_value *text = value_member(reading->object, name);
    if (!text || text->type != DM_S || !str_starts(text->as.text, STR("/")))
        return expected(reading,
                        str_equal(name, STR("from"))
                            ? "from to be a JSON Pointer to an attribute, \"/name\""
                            : "path to be a JSON Pointer to an attribute, \"/name\"",
                        err);
    struct patch_pointer pointer = {.text = text->as.text};
    struct dm_str rest = {text->as.text.ptr + 1, text->as.text.len - 1};
    while (rest.ptr) {
        if (pointer.count == PATCH_POINTER_MAX)
            return expected(reading, "a JSON Pointer of at most 32 steps", err);
        DM_TRY(unescape(reading, str_split(&rest, '/'), &pointer.steps[pointer.count++],
                        err));
    }
    *ret_pointer = pointer;
    return DM_OK;
}

static enum dm_code read_kind(const struct reading *reading,
                              enum patch_operation_kind *ret_kind, struct dm_error *err)
{
    const struct dm_value *op = value_member(reading->object, STR("op"));
    for (size_t i = 0; op && op->type == DM_S && i < DM_COUNT(kinds); i++) {
        if (!str_equal(op->as.text, kinds[i].name))
            continue;
        *ret_kind = (enum patch_operation_kind)i;
        return DM_OK;
    }
    return expected(reading, "op to be add, remove, replace, move, copy or test", err);
}

static enum dm_code read_value(const struct reading *reading, struct dm_value *ret_value,
                               struct dm_error *err)
{
    const struct dm_value *value = value_member(reading->object, STR("value"));
    if (!value)
        return expected(reading, "a value", err);
    *ret_value = *value;
    return DM_OK;
}

/* What else the object has is of no consequence (RFC 6902 section 4). */
static enum dm_code read_operation(const struct reading *reading,
                                   struct patch_operation *operation,
                                   struct dm_error *err)
{
    if (reading->object->type != DM_M)
        return expected(reading, "an object", err);
    DM_TRY(read_kind(reading, &operation->kind, err));
    DM_TRY(read_pointer(reading, STR("path"), &operation->path, err));
    if (kinds[operation->kind].has_from)
        DM_TRY(read_pointer(reading, STR("from"), &operation->from, err));
    if (kinds[operation->kind].has_value)
        DM_TRY(read_value(reading, &operation->value, err));
    return DM_OK;
}

enum dm_code json_patch_read(const struct dm_value *document, struct arena *arena,
                             struct patch *ret_patch, struct dm_error *err)
{
    size_t count = document->type == DM_L ? document->as.list.count : 0;
    if (document->type != DM_L || count > PATCH_OPERATIONS_MAX)
        return error_set(err, DM_E_INVALID_PATCH,
                         "a JSON Patch is an array of up to %d operations",
                         PATCH_OPERATIONS_MAX);
    struct patch_operation *operations =
        arena_new(arena, (count + 1) * sizeof *operations);
    if (!operations)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        struct reading reading = {&document->as.list.at[i], i, arena};
        DM_TRY(read_operation(&reading, &operations[i], err));
    }
    ret_patch->operations = operations;
    ret_patch->count = count;
    return DM_OK;
}
