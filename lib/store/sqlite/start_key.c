/* Where a page begins, and where it ended. */
#include "store/sqlite/start_key.h"

#include "base/error.h"
#include "base/str.h"
#include "expr/validation.h"
#include "store/sqlite/key_check.h"
#include "store/sqlite/sqlite_fault.h"

/* Of the table and of an index. */
enum { NAMES_MAX = 4 };

struct key_names {
    struct dm_str at[NAMES_MAX];
    size_t count;
};

static void add_name(struct key_names *names, struct dm_str name)
{
    if (str_empty(name))
        return;
    for (size_t i = 0; i < names->count; i++)
        if (str_equal(names->at[i], name))
            return;
    names->at[names->count++] = name;
}

static struct key_names names_of(const struct page *page)
{
    struct key_names names = {.count = 0};
    const struct key_schema *schema = page_schema(page);
    add_name(&names, page->table->schema.hash.name);
    add_name(&names, page->table->schema.range.name);
    add_name(&names, schema->hash.name);
    add_name(&names, schema->range.name);
    return names;
}

static bool read_place(const struct key_schema *schema, const struct dm_value *from,
                       struct place *place)
{
    struct key key;
    if (!place_key(schema, from, &key) || key_check(schema, &key, NULL))
        return false;
    place_of(&key, place);
    return true;
}

enum dm_code start_key_read(const struct page *page, const struct dm_value *key,
                            struct entry *ret_entry, struct dm_error *err)
{
    struct entry entry;
    struct key_names names = names_of(page);
    if (dm_value_count(key) != names.count ||
        !read_place(page_schema(page), key, &entry.at) ||
        !read_place(&page->table->schema, key, &entry.item))
        return validation_error(err, "The provided starting key is invalid");
    *ret_entry = entry;
    return DM_OK;
}

void start_key_next(const struct page *page, struct entry *entry)
{
    encode_next(page->index ? &entry->item.range : &entry->at.range);
}

enum dm_code start_key_make(const struct page *page, const struct dm_value **ret_key,
                            struct dm_error *err)
{
    struct key_names names = names_of(page);
    struct dm_value *key = arena_new(page->arena, sizeof *key);
    struct value_member *members =
        arena_alloc(page->arena, names.count * sizeof *members);
    if (!key || !members)
        return error_nomem(err);
    *key = (struct dm_value){.type = DM_M, .as.map = {members, names.count}};
    for (size_t i = 0; i < names.count; i++) {
        const struct dm_value *value = value_member(&page->last, names.at[i]);
        members[i].name = names.at[i];
        if (!value)
            return sqlite_fault_damaged(err);
        DM_TRY(value_copy(value, page->arena, &members[i].value, err));
    }
    *ret_key = key;
    return DM_OK;
}
