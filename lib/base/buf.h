/* A growing byte buffer with a ceiling. */
#ifndef DYNAMOD_BASE_BUF_H
#define DYNAMOD_BASE_BUF_H

#include "base/macros.h"

/*
 * Appending past `max` or out of memory leaves the buffer `failed`, and every later
 * append does nothing: write a whole document, then ask once. Owns its bytes; buf_done
 * it.
 */
struct dm_buf {
    char *ptr;
    size_t len;
    size_t cap;
    size_t max;
    bool failed;
};

/* Allocates nothing yet. */
void buf_init(struct dm_buf *buf, size_t max);
void buf_done(struct dm_buf *buf);
DM_AUTO_DONE_DEFINE(dm_buf, buf_done)

/* Empties it, keeps its memory. */
void buf_reset(struct dm_buf *buf);

/* Room for len more bytes, to be written at buf->ptr + buf->len and then counted in
 * buf->len by the caller; NULL when the buffer failed. */
char *buf_make_room(struct dm_buf *buf, size_t len);

static inline char *buf_room(struct dm_buf *buf, size_t len)
{
    bool is_there = buf->ptr && !buf->failed && len <= buf->cap - buf->len;
    return is_there ? buf->ptr + buf->len : buf_make_room(buf, len);
}

void buf_add(struct dm_buf *buf, const void *bytes, size_t len);
void buf_printf(struct dm_buf *buf, const char *format, ...) DM_PRINTF(2, 3);

static inline void buf_add_str(struct dm_buf *buf, struct dm_str str)
{
    buf_add(buf, str.ptr, str.len);
}

static inline void buf_add_char(struct dm_buf *buf, char c)
{
    char *room = buf_room(buf, 1);
    if (!room)
        return;
    *room = c;
    buf->len++;
}

/* The bytes so far. */
static inline struct dm_str buf_str(const struct dm_buf *buf)
{
    return (struct dm_str){buf->ptr, buf->len};
}

/* The bytes, terminated, now the caller's (mem_free), or NULL when the buffer failed. */
char *buf_take(struct dm_buf *buf, size_t *ret_len);

/* DM_OK, or DM_E_NOMEM naming `what` when the buffer failed. */
DM_MUST_USE enum dm_code buf_check(const struct dm_buf *buf, const char *what,
                                   struct dm_error *err);

#endif
