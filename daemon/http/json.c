/* Writes jansson's documents into a buffer. */
#include "daemon/http/json.h"

static int add_piece(const char *piece, size_t len, void *buf)
{
    buf_add(buf, piece, len);
    return 0;
}

void json_write_document(const json_t *document, struct dm_buf *out)
{
    if (!document || json_dump_callback(document, add_piece, out, JSON_COMPACT))
        out->failed = true;
    buf_add_char(out, '\n');
}
