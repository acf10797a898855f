/* One item, in whichever JSON it is. */
#include "store/sqlite/seed_line.h"

#include "codec/ddb_json.h"
#include "codec/plain_item.h"
#include "codec/plain_json.h"
#include "store/copy.h"

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

/* --- the item --- */

static enum dm_code read_plain(struct json_reader *reader,
                               const struct attributes *attributes, struct arena *arena,
                               struct dm_value *ret_item, struct dm_error *err)
{
    struct dm_value plain;
    DM_TRY(plain_json_read(reader, arena, &plain, err));
    return plain_item_read(attributes, &plain, arena, ret_item, err);
}

enum dm_code seed_line_read(struct dm_str line, const struct attributes *attributes,
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
        DM_TRY(read_plain(&reader, attributes, arena, &item, err));
    *ret_item = copy_value(&copy, &item); /* numbers become canonical */
    return copy_check(&copy, err);
}
