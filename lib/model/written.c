/* What became of a batch of writes, for who holds it. */
#include "model/written.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/document.h"
#include "model/items.h"

struct dm_written *written_new(void)
{
    struct dm_written *written = mem_new(sizeof *written);
    if (written)
        arena_init(&written->arena, ITEMS_ARENA_MAX);
    return written;
}

void dm_written_free(struct dm_written *written)
{
    if (!written)
        return;
    arena_done(&written->arena);
    mem_free(written);
}

size_t dm_written_count(const struct dm_written *written, enum dm_written_kind kind)
{
    return written->lists[kind].done_count;
}

size_t dm_written_left_count(const struct dm_written *written, enum dm_written_kind kind)
{
    return written->lists[kind].left_count;
}

struct dm_str dm_written_left(const struct dm_written *written, enum dm_written_kind kind,
                              size_t index)
{
    const struct written_list *list = &written->lists[kind];
    return index < list->left_count ? list->texts[index] : (struct dm_str){NULL, 0};
}

const struct dm_error *dm_written_why(const struct dm_written *written)
{
    return written->why.code ? &written->why : NULL;
}

static void write_list(const struct written_list *list, struct dm_buf *json)
{
    buf_add_char(json, '[');
    for (size_t i = 0; i < list->left_count; i++) {
        if (i)
            buf_add_char(json, ',');
        buf_add_str(json, list->texts[i]);
    }
    buf_add_char(json, ']');
}

enum dm_code dm_written_json(const struct dm_written *written, char **ret_json,
                             size_t *ret_len, struct dm_error *err)
{
    const struct written_list *puts = &written->lists[DM_WRITTEN_PUT];
    const struct written_list *deletes = &written->lists[DM_WRITTEN_DELETE];
    DM_AUTO_DONE(dm_buf) json;
    buf_init(&json, DOCUMENT_MAX + 256);
    buf_printf(&json,
               "{\"put\":%zu,\"delete\":%zu,\"unprocessed\":{\"put\":", puts->done_count,
               deletes->done_count);
    write_list(puts, &json);
    buf_add_str(&json, STR(",\"delete\":"));
    write_list(deletes, &json);
    buf_add_str(&json, STR("}}"));
    DM_TRY(buf_check(&json, "batch", err));

    char *text = buf_take(&json, ret_len);
    if (!text)
        return error_nomem(err);
    *ret_json = text;
    return DM_OK;
}
