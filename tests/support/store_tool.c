/* Runs the operations on stdin, one a line, on the store that its argument names:
 * tests/store/README.md. */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/str.h"
#include "store/answer.h"
#include "store/dsl.h"
#include "store/opened.h"

enum { ARENA_MAX = 256 * 1024 * 1024, ANSWER_MAX = 64 * 1024 * 1024, LINE_MS = 60000 };

/* --- operations --- */

/* One line: what it says, and where the answer goes. */
struct line {
    struct opened *opened;
    const json_t *json;
    struct store_base base;
    struct dm_str table;
    enum answer_shape shape;
    struct dm_buf *answer;
    bool answered;
};

static const json_t *get(const struct line *line, const char *name)
{
    return json_object_get(line->json, name);
}

static bool get_bool(const struct line *line, const char *name)
{
    return json_is_true(get(line, name));
}

static void on_done(enum dm_code code, const struct store_result *result,
                    const struct dm_error *err, void *ctx)
{
    struct line *line = ctx;
    if (code)
        answer_write_error(err, result, line->answer);
    else
        answer_write(line->shape, result, line->answer);
    line->answered = true;
}

/* Calls the operation and turns the loop until it is answered. */
#define RUN(line, operation, request, err)                                               \
    do {                                                                                 \
        struct dm_store *store_ = (line)->opened->store;                                 \
        struct store_call *call_;                                                        \
        DM_TRY(store_->ops->operation(store_, (request), on_done, (line), &call_, err)); \
        while (!(line)->answered)                                                        \
            DM_TRY(dm_loop_turn((line)->opened->loop, -1, err));                         \
    } while (0)

static enum dm_code run_get(struct line *line, struct dm_error *err)
{
    struct key key;
    struct store_get request = {.base = line->base,
                                .table = line->table,
                                .key = &key,
                                .consistent = get_bool(line, "consistent")};
    DM_TRY(dsl_key(get(line, "key"), line->base.arena, &key, err));
    DM_TRY(dsl_projection(get(line, "projection"), line->base.arena, &request.projection,
                          err));
    RUN(line, get, &request, err);
    return DM_OK;
}

static enum store_return return_values(const struct line *line)
{
    static const char *const names[] = {
        [RETURN_NONE] = "NONE",
        [RETURN_ALL_OLD] = "ALL_OLD",
        [RETURN_ALL_NEW] = "ALL_NEW",
        [RETURN_UPDATED_OLD] = "UPDATED_OLD",
        [RETURN_UPDATED_NEW] = "UPDATED_NEW",
    };
    for (size_t i = 0; i < DM_COUNT(names); i++)
        if (str_equal(dsl_text(line->json, "return"), dm_str(names[i])))
            return (enum store_return)i;
    return RETURN_NONE;
}

static enum dm_code run_put(struct line *line, struct dm_error *err)
{
    struct dm_value item;
    struct store_put request = {.base = line->base,
                                .table = line->table,
                                .item = &item,
                                .return_old = return_values(line) != RETURN_NONE,
                                .return_present = get_bool(line, "return_present")};
    DM_TRY(dsl_item(get(line, "item"), line->base.arena, &item, err));
    DM_TRY(dsl_condition(get(line, "if"), line->base.arena, &request.condition, err));
    RUN(line, put, &request, err);
    return DM_OK;
}

static enum dm_code run_update(struct line *line, struct dm_error *err)
{
    struct key key;
    struct store_update request = {.base = line->base,
                                   .table = line->table,
                                   .key = &key,
                                   .return_values = return_values(line),
                                   .return_present = get_bool(line, "return_present")};
    DM_TRY(dsl_key(get(line, "key"), line->base.arena, &key, err));
    DM_TRY(dsl_update(get(line, "update"), line->base.arena, &request.update, err));
    DM_TRY(dsl_condition(get(line, "if"), line->base.arena, &request.condition, err));
    RUN(line, update, &request, err);
    return DM_OK;
}

static enum dm_code run_delete(struct line *line, struct dm_error *err)
{
    struct key key;
    struct store_delete request = {.base = line->base,
                                   .table = line->table,
                                   .key = &key,
                                   .return_old = return_values(line) != RETURN_NONE,
                                   .return_present = get_bool(line, "return_present")};
    DM_TRY(dsl_key(get(line, "key"), line->base.arena, &key, err));
    DM_TRY(dsl_condition(get(line, "if"), line->base.arena, &request.condition, err));
    RUN(line, delete, &request, err);
    return DM_OK;
}

/* --- pages --- */

static enum dm_code read_after(const struct line *line, const struct dm_value **ret_after,
                               struct dm_error *err)
{
    *ret_after = NULL;
    if (!get(line, "after"))
        return DM_OK;
    struct dm_value *after = arena_new(line->base.arena, sizeof *after);
    if (!after)
        return error_nomem(err);
    *ret_after = after;
    return dsl_item(get(line, "after"), line->base.arena, after, err);
}

static enum dm_code run_query(struct line *line, struct dm_error *err)
{
    struct arena *arena = line->base.arena;
    struct key_condition keys;
    struct store_query request = {.base = line->base,
                                  .table = line->table,
                                  .index = dsl_text(line->json, "index"),
                                  .keys = &keys,
                                  .consistent = get_bool(line, "consistent"),
                                  .descending = get_bool(line, "descending"),
                                  .count_only = get_bool(line, "count"),
                                  .limit = dsl_number(line->json, "limit")};
    DM_TRY(dsl_key_condition(get(line, "keys"), arena, &keys, err));
    DM_TRY(dsl_condition(get(line, "filter"), arena, &request.filter, err));
    DM_TRY(dsl_projection(get(line, "projection"), arena, &request.projection, err));
    DM_TRY(read_after(line, &request.after, err));
    RUN(line, query, &request, err);
    return DM_OK;
}

static enum dm_code run_scan(struct line *line, struct dm_error *err)
{
    struct arena *arena = line->base.arena;
    struct store_scan request = {.base = line->base,
                                 .table = line->table,
                                 .index = dsl_text(line->json, "index"),
                                 .consistent = get_bool(line, "consistent"),
                                 .count_only = get_bool(line, "count"),
                                 .limit = dsl_number(line->json, "limit"),
                                 .segment = dsl_number(line->json, "segment"),
                                 .total_segments = dsl_number(line->json, "segments")};
    DM_TRY(dsl_condition(get(line, "filter"), arena, &request.filter, err));
    DM_TRY(dsl_projection(get(line, "projection"), arena, &request.projection, err));
    DM_TRY(read_after(line, &request.after, err));
    RUN(line, scan, &request, err);
    return DM_OK;
}

/* --- many --- */

static enum dm_code read_keys(const json_t *json, struct arena *arena,
                              const struct key **ret_keys, size_t *ret_count,
                              struct dm_error *err)
{
    size_t count = json_array_size(json);
    struct key *keys = arena_new(arena, (count + 1) * sizeof *keys);
    if (!keys)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        DM_TRY(dsl_key(json_array_get(json, i), arena, &keys[i], err));
    *ret_keys = keys;
    *ret_count = count;
    return DM_OK;
}

static enum dm_code run_batch_get(struct line *line, struct dm_error *err)
{
    struct store_batch_get request = {.base = line->base,
                                      .table = line->table,
                                      .consistent = get_bool(line, "consistent")};
    DM_TRY(read_keys(get(line, "keys"), line->base.arena, &request.keys,
                     &request.key_count, err));
    DM_TRY(dsl_projection(get(line, "projection"), line->base.arena, &request.projection,
                          err));
    RUN(line, batch_get, &request, err);
    return DM_OK;
}

static enum dm_code run_batch_write(struct line *line, struct dm_error *err)
{
    struct store_batch_write request = {.base = line->base, .table = line->table};
    const json_t *json = get(line, "puts");
    request.put_count = json_array_size(json);
    struct dm_value *puts =
        arena_new(line->base.arena, (request.put_count + 1) * sizeof *puts);
    if (!puts)
        return error_nomem(err);
    request.puts = puts;
    for (size_t i = 0; i < request.put_count; i++)
        DM_TRY(dsl_item(json_array_get(json, i), line->base.arena, &puts[i], err));
    DM_TRY(read_keys(get(line, "deletes"), line->base.arena, &request.deletes,
                     &request.delete_count, err));
    RUN(line, batch_write, &request, err);
    return DM_OK;
}

static enum dm_code new_key(const json_t *json, struct arena *arena,
                            const struct key **ret_key, struct dm_error *err)
{
    struct key *key = arena_new(arena, sizeof *key);
    if (!key)
        return error_nomem(err);
    *ret_key = key;
    return dsl_key(json, arena, key, err);
}

static struct dm_str table_of(const struct line *line, const json_t *entry)
{
    struct dm_str own = dsl_text(entry, "table");
    return own.len ? own : line->table;
}

static enum dm_code run_transact_get(struct line *line, struct dm_error *err)
{
    struct arena *arena = line->base.arena;
    const json_t *json = get(line, "entries");
    size_t count = json_array_size(json);
    struct store_transact_get_entry *entries =
        arena_new(arena, (count + 1) * sizeof *entries);
    struct store_transact_get request = {line->base, entries, count};
    if (!entries)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const json_t *entry = json_array_get(json, i);
        entries[i].table = table_of(line, entry);
        DM_TRY(new_key(json_object_get(entry, "key"), arena, &entries[i].key, err));
        DM_TRY(dsl_projection(json_object_get(entry, "projection"), arena,
                              &entries[i].projection, err));
    }
    RUN(line, transact_get, &request, err);
    return DM_OK;
}

/* {"put":ITEM} or {"key":KEY} with "update":[…], "delete":true, or neither: a check. */
static enum dm_code read_entry(const json_t *json, struct arena *arena,
                               struct store_transact_entry *entry, struct dm_error *err)
{
    const json_t *put = json_object_get(json, "put");
    const json_t *update = json_object_get(json, "update");
    DM_TRY(dsl_condition(json_object_get(json, "if"), arena, &entry->condition, err));
    if (put) {
        struct dm_value *item = arena_new(arena, sizeof *item);
        if (!item)
            return error_nomem(err);
        entry->kind = TRANSACT_PUT;
        entry->item = item;
        return dsl_item(put, arena, item, err);
    }
    bool delete = json_is_true(json_object_get(json, "delete"));
    entry->kind = delete ? TRANSACT_DELETE : update ? TRANSACT_UPDATE : TRANSACT_CHECK;
    DM_TRY(dsl_update(update, arena, &entry->update, err));
    return new_key(json_object_get(json, "key"), arena, &entry->key, err);
}

static enum dm_code run_transact_write(struct line *line, struct dm_error *err)
{
    const json_t *json = get(line, "entries");
    size_t count = json_array_size(json);
    struct store_transact_entry *entries =
        arena_new(line->base.arena, (count + 1) * sizeof *entries);
    struct store_transact_write request = {line->base, entries, count,
                                           dsl_text(line->json, "token")};
    if (!entries)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const json_t *entry = json_array_get(json, i);
        entries[i].table = table_of(line, entry);
        DM_TRY(read_entry(entry, line->base.arena, &entries[i], err));
    }
    RUN(line, transact_write, &request, err);
    return DM_OK;
}

/* --- tables --- */

static enum dm_code run_describe(struct line *line, struct dm_error *err)
{
    struct store_describe request = {line->base, line->table};
    RUN(line, describe, &request, err);
    return DM_OK;
}

static enum dm_code run_create(struct line *line, struct dm_error *err)
{
    const json_t *json = get(line, "indexes"), *capacity = get(line, "capacity");
    size_t count = json_array_size(json);
    struct key_schema schema;
    struct store_index *indexes =
        arena_new(line->base.arena, (count + 1) * sizeof *indexes);
    struct store_create request = {
        line->base,
        line->table,
        &schema,
        indexes,
        count,
        (unsigned)json_integer_value(json_array_get(capacity, 0)),
        (unsigned)json_integer_value(json_array_get(capacity, 1))};
    if (!indexes)
        return error_nomem(err);
    DM_TRY(dsl_schema(get(line, "schema"), line->base.arena, &schema, err));
    for (size_t i = 0; i < count; i++)
        DM_TRY(dsl_index(json_array_get(json, i), line->base.arena, &indexes[i], err));
    RUN(line, create, &request, err);
    return DM_OK;
}

/* --- lines --- */

static const struct operation {
    const char *name;
    enum answer_shape shape;
    enum dm_code (*run)(struct line *line, struct dm_error *err);
} operations[] = {
    {"get", ANSWER_ITEM, run_get},
    {"batch_get", ANSWER_ITEMS, run_batch_get},
    {"query", ANSWER_PAGE, run_query},
    {"scan", ANSWER_PAGE, run_scan},
    {"put", ANSWER_ITEM, run_put},
    {"update", ANSWER_ITEM, run_update},
    {"delete", ANSWER_ITEM, run_delete},
    {"batch_write", ANSWER_WRITTEN, run_batch_write},
    {"transact_get", ANSWER_ITEMS, run_transact_get},
    {"transact_write", ANSWER_WRITTEN, run_transact_write},
    {"describe", ANSWER_TABLE, run_describe},
    {"create", ANSWER_TABLE, run_create},
};

static enum dm_code run(struct line *line, struct dm_error *err)
{
    struct dm_str name = dsl_text(line->json, "op");
    for (size_t i = 0; i < DM_COUNT(operations); i++)
        if (str_equal(name, dm_str(operations[i].name))) {
            line->shape = operations[i].shape;
            return operations[i].run(line, err);
        }
    return error_set(err, DM_E_INVALID, "no such operation");
}

static void answer(struct opened *opened, const json_t *json)
{
    struct dm_error err = {0};
    DM_AUTO_DONE(arena) arena;
    DM_AUTO_DONE(dm_buf) out;
    arena_init(&arena, ARENA_MAX);
    buf_init(&out, ANSWER_MAX);
    struct line line = {
        .opened = opened,
        .json = json,
        .base = {.deadline_ms = loop_now_ms(opened->loop) + LINE_MS, .arena = &arena},
        .table = dsl_text(json, "table"),
        .answer = &out};
    if (run(&line, &err))
        answer_write_error(&err, NULL, &out);
    printf("%.*s\n", STR_ARG(buf_str(&out)));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct opened opened = {0};
    struct dm_error err = {0};
    if (argc != 2 || opened_open(&opened, argv[1], &err)) {
        fprintf(stderr, "store_tool: %s\n", err.message);
        return 2;
    }
    char *text = NULL;
    size_t cap = 0;
    while (getline(&text, &cap, stdin) > 0) {
        json_t *json = json_loads(text, JSON_ALLOW_NUL, NULL);
        answer(&opened, json);
        json_decref(json);
    }
    free(text);
    opened_close(&opened);
    return 0;
}
