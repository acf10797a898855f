/*
 * The format of AWS's shared files, read as botocore reads it (Python's configparser):
 * [section], `name = value` or `name: value`, comment lines of # and ;, deeper indented
 * lines that continue a value. Sections that come twice are merged, as the other SDKs do.
 * What it must not hold: control characters, text that is not UTF-8, lines over 64 KB,
 * more than 1 MB.
 */
#ifndef DYNAMOD_AWS_INI_H
#define DYNAMOD_AWS_INI_H

#include "base/macros.h"

enum { INI_MAX = 1024 * 1024, INI_LINE_MAX = 64 * 1024 };

/*
 * Called for each entry, in the file's order; where a section or a name comes again, the
 * later entry counts. A section's own line comes with name.ptr NULL. Names are as
 * written: compare them without case. Lines that continue a value follow it, each after a
 * line feed. All of it points into the text.
 */
typedef void (*ini_entry_fn)(struct dm_str section, struct dm_str name,
                             struct dm_str value, void *ctx);

/* Rewrites `text` as it goes. DM_E_CREDENTIALS: "line 3: expected …", without a word of
 * the text. */
DM_MUST_USE enum dm_code ini_parse(char *text, size_t len, ini_entry_fn entry, void *ctx,
                                   struct dm_error *err);

#endif
