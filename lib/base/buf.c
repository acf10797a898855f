/* The byte buffer. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "base/mem.h"

void buf_init(struct dm_buf *buf, size_t max)
{
    *buf = (struct dm_buf){.max = max};
}

void buf_done(struct dm_buf *buf)
{
    mem_free(buf->ptr);
    *buf = (struct dm_buf){.max = buf->max};
}

void buf_reset(struct dm_buf *buf)
{
    buf->len = 0;
    buf->failed = false;
}

static bool grow(struct dm_buf *buf, size_t need)
{
    size_t cap = buf->cap ? buf->cap : 256;
    while (cap < need)
        cap *= 2;
    if (cap > buf->max)
        cap = buf->max;
    char *ptr = mem_resize(buf->ptr, cap);
    if (!ptr)
        return false;
    buf->ptr = ptr;
    buf->cap = cap;
    return true;
}

char *buf_make_room(struct dm_buf *buf, size_t len)
{
    if (buf->failed)
        return NULL;
    if (len <= buf->cap - buf->len)
        return buf->ptr + buf->len;
    if (len > buf->max - buf->len || !grow(buf, buf->len + len)) {
        buf->failed = true;
        return NULL;
    }
    return buf->ptr + buf->len;
}

void buf_add(struct dm_buf *buf, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    char *room = buf_room(buf, len);
    if (!room)
        return;
    memcpy(room, bytes, len);
    buf->len += len;
}

void buf_printf(struct dm_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *room = len < 0 ? NULL : buf_room(buf, (size_t)len + 1);
    if (!room) {
        buf->failed = true;
        return;
    }
    va_start(args, format);
    vsnprintf(room, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
}

char *buf_take(struct dm_buf *buf, size_t *ret_len)
{
    if (buf->failed)
        return NULL;
    char *ptr = mem_resize(buf->ptr, buf->len + 1);
    if (!ptr)
        return NULL;
    ptr[buf->len] = '\0';
    if (ret_len)
        *ret_len = buf->len;
    *buf = (struct dm_buf){.max = buf->max};
    return ptr;
}

enum dm_code buf_check(const struct dm_buf *buf, const char *what, struct dm_error *err)
{
    if (!buf->failed)
        return DM_OK;
    return error_set(err, DM_E_NOMEM, "%s: larger than %zu bytes, or out of memory", what,
                     buf->max);
}
