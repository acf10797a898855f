/* Base64 (RFC 4648 section 4) and base64url (section 5), strictly. */
#ifndef DYNAMOD_BASE_BASE64_H
#define DYNAMOD_BASE_BASE64_H

#include "base/arena.h"
#include "base/buf.h"

/* Appends standard base64, padded. */
void base64_write(struct dm_str bytes, struct dm_buf *out);

/* Standard alphabet, padding demanded. The bytes are the arena's. DM_E_INVALID when it is
 * not base64. */
DM_MUST_USE enum dm_code base64_read(struct dm_str text, struct arena *arena,
                                     struct dm_str *ret_bytes, struct dm_error *err);

/* URL alphabet, padding optional; else alike. */
DM_MUST_USE enum dm_code base64url_read(struct dm_str text, struct arena *arena,
                                        struct dm_str *ret_bytes, struct dm_error *err);

#endif
