/* Documents that are not items (jansson's), written into a buffer. */
#ifndef DYNAMOD_DAEMON_HTTP_JSON_H
#define DYNAMOD_DAEMON_HTTP_JSON_H

#include <jansson.h>

#include "base/buf.h"

/* Appends the document, compact, and a newline. NULL marks the buffer as failed. */
void json_write_document(const json_t *document, struct dm_buf *out);

#endif
