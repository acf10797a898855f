/* Where a setting is, for errors that are found once its file is closed. */
#include "base/error.h"
#include "model/settings.h"

enum dm_code settings_where(struct settings *file, const struct settings_node *node,
                            const char *what, struct dm_str *ret_place,
                            struct dm_error *err)
{
    struct dm_error place;
    settings_error(file, node, what, &place);
    *ret_place = arena_str(settings_arena(file), dm_str(place.message));
    return ret_place->ptr ? DM_OK : error_nomem(err);
}
