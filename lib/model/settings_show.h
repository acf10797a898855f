/* What a file sets, for people to read: by the tables that read it, without secrets. */
#ifndef DYNAMOD_MODEL_SETTINGS_SHOW_H
#define DYNAMOD_MODEL_SETTINGS_SHOW_H

#include "base/buf.h"
#include "model/settings.h"

/*
 * An M of the table's settings, in its order: as they stand in the group, "(secret)" for
 * a secret; else their presets. group may be NULL: presets alone. In the file's arena.
 */
DM_MUST_USE enum dm_code settings_show(struct settings *file, struct settings_node *group,
                                       const struct setting_table *table,
                                       struct dm_value *ret_shown, struct dm_error *err);

/* Appends it in libconfig's syntax, a setting a line. */
void settings_show_write(const struct dm_value *shown, struct dm_buf *out);

#endif
