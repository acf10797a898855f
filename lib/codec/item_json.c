/* An item as JSON, for who holds one. */
#include "base/error.h"
#include "codec/ddb_json.h"
#include "codec/plain_json.h"
#include "value/item.h"

/* 400 KB of item are at most six times as much text where every character is escaped, and
 * seven where every value is a NULL. */
enum { ITEM_JSON_MAX = 16 * 1024 * 1024 };

enum dm_code dm_item_json(const struct dm_item *item, enum dm_format format,
                          char **ret_json, size_t *ret_len, struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) json;
    buf_init(&json, ITEM_JSON_MAX);
    if (format == DM_TYPED)
        ddb_json_write_item(&item->value, &json);
    else
        plain_json_write_item(item->attributes, &item->value, &json);
    DM_TRY(buf_check(&json, "item", err));

    char *text = buf_take(&json, ret_len);
    if (!text)
        return error_nomem(err);
    *ret_json = text;
    return DM_OK;
}
