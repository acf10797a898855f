/* Patches under a fuzzer. */
#include "patch_check.h"

#include "base/str.h"
#include "base/utf8.h"
#include "codec/ddb_json.h"
#include "expr/evaluate.h"
#include "fuzz.h"
#include "model/difference.h"
#include "model/new_item.h"

static const struct attribute declared[] = {
    {.name = {"created", 7}, .type = DM_S, .kind = ATTRIBUTE_UTC_DATETIME},
    {.name = {"expires", 7}, .type = DM_N, .kind = ATTRIBUTE_TTL},
    {.name = {"doc", 3}, .type = DM_S, .kind = ATTRIBUTE_JSON},
    {.name = {"bin", 3}, .type = DM_B},
    {.name = {"tags", 4}, .type = DM_SS},
    {.name = {"nums", 4}, .type = DM_NS},
    {.name = {"pk", 2}, .type = DM_S, .prefix = {"CUST#", 5}},
};
static const struct key_schema schema = {.hash = {{"id", 2}, DM_S}};

static bool read_item(struct dm_str text, struct arena *arena, struct dm_value *ret_item)
{
    struct json_reader reader;
    reader_init(&reader, text, DDB_JSON_DEPTH, arena);
    return ddb_json_read_item(&reader, arena, ret_item, NULL) == DM_OK &&
           reader_end(&reader, NULL) == DM_OK;
}

static bool is_named(const struct name_list *names, struct dm_str name)
{
    for (size_t i = 0; i < names->count; i++)
        if (str_equal(names->at[i], name))
            return true;
    return false;
}

static void check_written(const struct dm_value *item, struct arena *arena)
{
    struct dm_value again;
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, FUZZ_MEMORY_MAX);
    ddb_json_write_item(item, &out);
    fuzz_check(!out.failed && read_item(buf_str(&out), arena, &again));
    fuzz_check(value_equal(item, &again));
    fuzz_check(new_item_check_size(item, NULL) == DM_OK);
}

static void check_difference(const struct patch *patch, const struct dm_value *before,
                             const struct dm_value *after, struct arena *arena)
{
    struct name_list names;
    struct update update;
    struct condition condition;
    if (patch_names(patch, arena, &names, NULL) ||
        difference_update(before, after, &schema, arena, &update, NULL))
        return;
    for (size_t i = 0; i < update.count; i++)
        fuzz_check(is_named(&names, update.actions[i].path.steps[0].name));
    if (difference_as_read(before, &names, arena, &condition, NULL) == DM_OK)
        fuzz_check(condition.child_count == 0 || condition_holds(&condition, before));
}

static void apply(const struct patch *patch, const struct attributes *attributes,
                  const struct dm_value *before, struct arena *arena)
{
    struct dm_value after;
    struct dm_error err = {0};
    enum dm_code code = patch_apply(patch, attributes, before, arena, &after, &err);
    if (code) {
        fuzz_check(code == err.code && utf8_valid(dm_str(err.message)));
        fuzz_check(code == DM_E_INVALID_PATCH || code == DM_E_INVALID_ITEM ||
                   code == DM_E_CONDITION || code == DM_E_TOO_LARGE ||
                   code == DM_E_NOMEM);
        return;
    }
    check_written(&after, arena);
    check_difference(patch, before, &after, arena);
}

void patch_check(enum patch_dialect dialect, struct dm_str bytes)
{
    DM_AUTO(attributes) *attributes = NULL;
    DM_AUTO_DONE(arena) arena;
    struct patch patch;
    struct dm_value before;
    struct dm_error err = {0};
    arena_init(&arena, FUZZ_MEMORY_MAX);
    if (attributes_new(declared, DM_COUNT(declared), &attributes, NULL))
        return;
    struct dm_str item = bytes, json = str_split(&item, '\0');
    enum dm_code code = patch_read(dialect, json, &arena, &patch, &err);
    fuzz_check(!code || (err.code == code && utf8_valid(dm_str(err.message))));
    if (!code && item.ptr && read_item(item, &arena, &before))
        apply(&patch, attributes, &before, &arena);
}
