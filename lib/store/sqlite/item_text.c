/* Items out of the file and into it. */
#include "store/sqlite/item_text.h"

#include "base/error.h"
#include "codec/ddb_json.h"
#include "store/sqlite/database_internal.h"
#include "store/sqlite/items.h"
#include "store/sqlite/sqlite_fault.h"

enum dm_code item_text_read(struct dm_str text, struct arena *arena,
                            struct dm_value *ret_item, struct dm_error *err)
{
    struct json_reader reader;
    struct dm_str copy = arena_str(arena, text);
    if (!copy.ptr)
        return error_nomem(err);
    reader_init(&reader, copy, DDB_JSON_DEPTH, arena);
    enum dm_code code = ddb_json_read_item(&reader, arena, ret_item, NULL);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    return code ? sqlite_fault_damaged(err) : DM_OK;
}

enum dm_code item_text_write(struct database *database, const struct dm_value *item,
                             struct dm_str *ret_text, struct dm_error *err)
{
    buf_reset(&database->json);
    ddb_json_write_item(item, &database->json);
    DM_TRY(buf_check(&database->json, "item", err));
    *ret_text = buf_str(&database->json);
    return DM_OK;
}
