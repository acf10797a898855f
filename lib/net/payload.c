/* Checksums and gzip, by zlib. */
#include "net/payload.h"

#include <zlib.h>

#include "base/error.h"

enum {
    GZIP_ALONE = 16 + MAX_WBITS, /* inflateInit2: a gzip header is expected */
    STEP = 16 * 1024
};

uint32_t payload_crc32(struct dm_str body)
{
    return (uint32_t)crc32_z(0, (const Bytef *)body.ptr, body.len);
}

static enum dm_code too_large(const struct dm_buf *out, struct dm_error *err)
{
    return error_set(err, DM_E_UPSTREAM, "reply larger than %zu bytes", out->max);
}

/* Where there is no room left: no byte more may come, but the end may. */
static enum dm_code inflate_end(z_stream *stream, const struct dm_buf *out, int *ret_code,
                                struct dm_error *err)
{
    Bytef byte;
    stream->next_out = &byte;
    stream->avail_out = 1;
    *ret_code = inflate(stream, Z_NO_FLUSH);
    return stream->avail_out ? DM_OK : too_large(out, err);
}

/* One stretch of output; *ret_code is inflate's. */
static enum dm_code inflate_step(z_stream *stream, struct dm_buf *out, int *ret_code,
                                 struct dm_error *err)
{
    size_t left = out->max - out->len;
    size_t room = left < STEP ? left : STEP;
    if (!room)
        return inflate_end(stream, out, ret_code, err);
    stream->next_out = (Bytef *)buf_room(out, room);
    stream->avail_out = (uInt)room;
    if (!stream->next_out)
        return error_nomem(err);
    *ret_code = inflate(stream, Z_NO_FLUSH);
    out->len += room - stream->avail_out;
    return DM_OK;
}

static enum dm_code inflate_all(z_stream *stream, struct dm_buf *out,
                                struct dm_error *err)
{
    int code = Z_OK;
    while (code == Z_OK)
        DM_TRY(inflate_step(stream, out, &code, err));
    if (code == Z_MEM_ERROR)
        return error_nomem(err);
    if (code != Z_STREAM_END || stream->avail_in)
        return error_set(err, DM_E_UPSTREAM, "the reply's compression is damaged");
    return DM_OK;
}

enum dm_code payload_gunzip(struct dm_str packed, struct dm_buf *out,
                            struct dm_error *err)
{
    z_stream stream = {.next_in = (z_const Bytef *)(uintptr_t)packed.ptr,
                       .avail_in = (uInt)packed.len};
    if (packed.len != stream.avail_in)
        return too_large(out, err);
    if (inflateInit2(&stream, GZIP_ALONE) != Z_OK)
        return error_nomem(err);
    enum dm_code code = inflate_all(&stream, out, err);
    inflateEnd(&stream);
    return code;
}
