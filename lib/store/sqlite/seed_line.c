/* One item, in whichever JSON it is. */
#include "store/sqlite/seed_line.h"

#include "base/base64.h"
#include "base/error.h"
#include "base/str.h"
#include "codec/ddb_json.h"
#include "codec/plain_json.h"
#include "store/sqlite/copy.h"

/* --- which JSON it is --- */

/* {"S":…}: one member, named as a type. */
static enum dm_code skip_typed(struct json_reader *reader, bool *typed,
                               struct dm_error *err)
{
    size_t members = 0;
    if (reader_peek(reader) != READER_OBJECT) {
        *typed = false;
        return reader_skip(reader, err);
    }
    DM_TRY(reader_object_begin(reader, err));
    for (;;) {
        struct dm_str name;
        enum dm_type type;
        bool more;
        DM_TRY(reader_object_next(reader, &name, &more, err));
        if (!more)
            break;
        members++;
        *typed &= type_from_name(name, &type);
        DM_TRY(reader_skip(reader, err));
    }
    *typed &= members == 1;
    return DM_OK;
}

static enum dm_code is_typed(struct dm_str line, struct arena *arena, bool *ret_typed,
                             struct dm_error *err)
{
    struct json_reader reader;
    bool typed = true;
    reader_init(&reader, line, DDB_JSON_DEPTH, arena);
    DM_TRY(reader_object_begin(&reader, err));
    for (;;) {
        struct dm_str name;
        bool more;
        DM_TRY(reader_object_next(&reader, &name, &more, err));
        if (!more)
            break;
        DM_TRY(skip_typed(&reader, &typed, err));
    }
    *ret_typed = typed;
    return reader_end(&reader, err);
}

/* --- binary keys of plain JSON --- */

static enum dm_code decode(const struct key_attribute *attribute,
                           const struct dm_value *item, struct arena *arena,
                           struct dm_error *err)
{
    for (size_t i = 0; i < item->as.map.count; i++) {
        struct value_member *member = &item->as.map.at[i];
        if (attribute->type != DM_B || member->value.type != DM_S ||
            !str_equal(member->name, attribute->name))
            continue;
        DM_TRY(base64_read(member->value.as.text, arena, &member->value.as.text, err));
        member->value.type = DM_B;
    }
    return DM_OK;
}

static enum dm_code decode_keys(const struct key_schema *schema,
                                const struct dm_value *item, struct arena *arena,
                                struct dm_error *err)
{
    DM_TRY(decode(&schema->hash, item, arena, err));
    return schema->range.name.len ? decode(&schema->range, item, arena, err) : DM_OK;
}

static enum dm_code read_plain(struct json_reader *reader, const struct table *table,
                               struct arena *arena, struct dm_value *ret_item,
                               struct dm_error *err)
{
    DM_TRY(plain_json_read(reader, arena, ret_item, err));
    DM_TRY(decode_keys(&table->schema, ret_item, arena, err));
    for (size_t i = 0; i < table->index_count; i++)
        DM_TRY(decode_keys(&table->indexes[i].schema, ret_item, arena, err));
    return DM_OK;
}

enum dm_code seed_line_read(struct dm_str line, const struct table *table,
                            struct arena *arena, struct dm_value *ret_item,
                            struct dm_error *err)
{
    struct json_reader reader;
    struct dm_value item;
    struct copy copy = {.arena = arena};
    bool typed;
    DM_TRY(is_typed(line, arena, &typed, err));
    reader_init(&reader, line, DDB_JSON_DEPTH, arena);
    if (typed)
        DM_TRY(ddb_json_read_item(&reader, arena, &item, err));
    else
        DM_TRY(read_plain(&reader, table, arena, &item, err));
    *ret_item = copy_value(&copy, &item); /* numbers become canonical */
    return copy_check(&copy, err);
}
