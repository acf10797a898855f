/* The one piece of JSON that both codecs and the daemon write alike. */
#ifndef DYNAMOD_CODEC_JSON_WRITER_H
#define DYNAMOD_CODEC_JSON_WRITER_H

#include "base/buf.h"

/* A JSON string with its quotes: `"`, `\` and control characters escaped, UTF-8 as it is.
 */
void json_write_string(struct dm_str text, struct dm_buf *out);

#endif
