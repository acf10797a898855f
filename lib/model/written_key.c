/* Reading a key as a batch or a transaction writes it. */
#include "model/written_key.h"

#include "base/error.h"

enum dm_code written_key_read(struct dm_str text, const struct new_item_place *place,
                              struct arena *arena, struct key *ret_key,
                              struct dm_error *err)
{
    struct dm_value written;
    struct dm_error why = {0};
    enum dm_code code = new_item_read(text, place->format, arena, &written, &why);
    if (code == DM_E_INVALID_ITEM)
        return error_set(err, DM_E_INVALID_KEY, "%s", why.message);
    if (code)
        return error_nomem(err);
    return new_item_key(place, &written, arena, ret_key, err);
}
