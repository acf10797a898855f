/* Filling a table that is empty from a file of lines. */
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "store/sqlite/file.h"
#include "store/sqlite/items.h"
#include "store/sqlite/seed_line.h"
#include "value/item.h"

/* An item of 400 KB of control characters is six times that as JSON. */
enum { LINE_MAX_BYTES = 4 * 1024 * 1024 };

struct seed {
    struct work work;
    struct dm_str table;
    const struct sqlite_seed *from;
    FILE *stream;
    size_t line;
};

/* --- lines --- */

static enum dm_code at_line(const struct seed *seed, const struct dm_error *why,
                            struct dm_error *err)
{
    if (why->code == DM_E_NOMEM)
        return error_nomem(err);
    return error_set(err, DM_E_CONFIG, "%s:%zu: %s", seed->from->path, seed->line,
                     why->message);
}

/* Without its end; false at the end of the file. */
static bool next_line(struct seed *seed, struct dm_buf *line)
{
    int c = EOF;
    buf_reset(line);
    while ((c = getc_unlocked(seed->stream)) != EOF && c != '\n')
        buf_add_char(line, (char)c);
    seed->line++;
    return c != EOF || line->len > 0;
}

static enum dm_code put_line(const struct seed *seed, struct database *database,
                             const struct table *table, const struct dm_buf *line,
                             struct dm_error *err)
{
    DM_AUTO_DONE(arena) arena;
    struct dm_value item;
    struct key key;
    const struct dm_value *old;
    double units;
    arena_init(&arena, ITEM_ARENA_MAX);
    if (line->failed && line->len < line->max)
        return error_nomem(err);
    if (line->failed)
        return error_set(err, DM_E_CONFIG, "the line is longer than %zu bytes",
                         line->max);
    DM_TRY(seed_line_read(buf_str(line), seed->from->attributes, &arena, &item, err));
    DM_TRY(items_key(table, &item, &key, err));
    DM_TRY(items_get(database, table, &key, &arena, &old, err));
    if (old)
        return error_set(err, DM_E_CONFIG, "a line above has an item of the same key");
    return items_replace(database, table, NULL, &item, &units, err);
}

static enum dm_code put_lines(struct seed *seed, struct database *database,
                              const struct table *table, struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) line;
    buf_init(&line, LINE_MAX_BYTES);
    while (next_line(seed, &line)) {
        struct dm_error why = {0};
        if (!line.failed && str_empty(str_trim(buf_str(&line))))
            continue;
        if (put_line(seed, database, table, &line, &why))
            return at_line(seed, &why, err);
    }
    if (ferror(seed->stream))
        return error_set(err, DM_E_CONFIG, "%s: %m", seed->from->path);
    return DM_OK;
}

/* --- on the writer's thread --- */

static enum dm_code is_empty(struct database *database, struct dm_str table,
                             bool *ret_empty, struct dm_error *err)
{
    DM_AUTO_DONE(arena) arena;
    struct store_result result = {0};
    arena_init(&arena, ITEM_ARENA_MAX);
    struct store_scan scan = {.base.arena = &arena, .table = table, .limit = 1};
    DM_TRY(items_scan(database, &scan, &result, err));
    *ret_empty = result.item_count == 0;
    return DM_OK;
}

static enum dm_code fill(struct seed *seed, struct database *database,
                         struct dm_error *err)
{
    bool empty;
    const struct table *table;
    DM_TRY(is_empty(database, seed->table, &empty, err));
    if (!empty)
        return DM_OK;
    seed->stream = fopen(seed->from->path, "re");
    if (!seed->stream)
        return error_set(err, DM_E_CONFIG, "%s: %m", seed->from->path);
    DM_TRY(database_table(database, seed->table, &table, err));
    return put_lines(seed, database, table, err);
}

static enum dm_code run(struct work *work, struct database *database,
                        struct dm_error *err)
{
    return fill(DM_CONTAINER(work, struct seed, work), database, err);
}

/* --- on the caller's --- */

enum dm_code sqlite_seed_table(struct sqlite_file *file, struct dm_str table,
                               const struct sqlite_seed *from, struct dm_error *err)
{
    struct seed seed = {.work.run = run, .table = table, .from = from};
    enum dm_code code = writer_wait(sqlite_file_writer(file), &seed.work, err);
    if (seed.stream)
        fclose(seed.stream);
    return code;
}
