/* A damaged file of the embedded store: a row a line, "i" an item and "e" an entry of the
 * index, their columns between tabs. Whatever they hold, each read is answered once, with
 * items that can be written, or a failure that is explained. */
#include <sqlite3.h>

#include "base/str.h"
#include "codec/ddb_json.h"
#include "fuzz.h"
#include "store/sqlite/file.h"

enum { ROWS_MAX = 64, COLUMNS = 4, ARENA_MAX = 4 * 1024 * 1024 };

/* Made once: each input finds it empty. */
static struct bench {
    struct sqlite_file *file;
    sqlite3 *handle;
    sqlite3_stmt *add_item, *add_entry;
    struct dm_loop *loop;
    struct dm_store *store;
} bench;

static const struct key_schema schema = {.hash = {{"id", 2}, DM_S}};

static void execute(const char *text)
{
    fuzz_check(sqlite3_exec(bench.handle, text, NULL, NULL, NULL) == SQLITE_OK);
}

static sqlite3_stmt *prepared(const char *text)
{
    sqlite3_stmt *statement = NULL;
    fuzz_check(sqlite3_prepare_v2(bench.handle, text, -1, &statement, NULL) == SQLITE_OK);
    return statement;
}

static void set_up(void)
{
    struct dm_error err = {0};
    struct sqlite_options options = {.path = ":memory:", .relaxed = true};
    struct store_index index = {
        .name = STR("ggg"), .schema = {.hash = {STR("g"), DM_N}}, .global = true};
    struct store_create create = {
        .table = STR("ttt"), .schema = &schema, .indexes = &index, .index_count = 1};
    fuzz_check(sqlite_file_open(&options, &bench.file, &err) == DM_OK);
    fuzz_check(sqlite_prepare(bench.file, &create, NULL, &err) == DM_OK);
    fuzz_check(sqlite3_open(sqlite_file_path(bench.file), &bench.handle) == SQLITE_OK);
    execute("PRAGMA synchronous = OFF");
    bench.add_item = prepared("INSERT OR REPLACE INTO items"
                              " SELECT id, ?1, ?2, CAST(?3 AS TEXT) FROM tables");
    bench.add_entry = prepared("INSERT OR REPLACE INTO entries"
                               " SELECT table_id, index_id, ?1, ?2, ?3, ?4 FROM indexes");
    fuzz_check(dm_loop_new(&bench.loop, &err) == DM_OK);
    fuzz_check(sqlite_new(bench.file, bench.loop, &bench.store, &err) == DM_OK);
}

/* --- damaging --- */

static void add_row(struct dm_str row)
{
    bool is_item = str_starts(row, STR("i"));
    sqlite3_stmt *statement = is_item ? bench.add_item : bench.add_entry;
    str_split(&row, '\t');
    for (int i = 1; i <= (is_item ? COLUMNS - 1 : COLUMNS); i++) {
        struct dm_str column = row.ptr ? str_split(&row, '\t') : STR("");
        sqlite3_bind_blob(statement, i, column.ptr, (int)column.len, SQLITE_STATIC);
    }
    fuzz_check(sqlite3_step(statement) == SQLITE_DONE);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

static void fill(struct dm_str text)
{
    execute("BEGIN");
    execute("DELETE FROM items");
    execute("DELETE FROM entries");
    for (unsigned rows = 0; text.ptr && rows < ROWS_MAX; rows++)
        add_row(str_split(&text, '\n'));
    execute("COMMIT");
}

/* --- reading --- */

struct answer {
    bool ended;
    enum dm_code code;
};

static void check_item(const struct dm_value *item)
{
    DM_AUTO_DONE(dm_buf) out;
    buf_init(&out, FUZZ_MEMORY_MAX);
    ddb_json_write_item(item, &out);
    fuzz_check(!out.failed && item->type == DM_M);
}

static void on_answer(enum dm_code code, const struct store_result *result,
                      const struct dm_error *err, void *ctx)
{
    struct answer *answer = ctx;
    fuzz_check(!answer->ended);
    *answer = (struct answer){true, code};
    if (code) {
        fuzz_check(err->code == code && err->message[0]);
        fuzz_check(code == DM_E_UPSTREAM || code == DM_E_VALIDATION ||
                   code == DM_E_NOMEM);
        return;
    }
    if (result->item)
        check_item(result->item);
    for (size_t i = 0; i < result->item_count; i++)
        check_item(&result->items[i]);
    if (result->last)
        check_item(result->last);
}

static struct store_base base_in(struct arena *arena)
{
    return (struct store_base){.deadline_ms = INT64_MAX, .arena = arena};
}

static void await(enum dm_code code, const struct answer *answer)
{
    struct dm_error err = {0};
    if (code)
        return;
    for (unsigned turns = 0; !answer->ended; turns++)
        fuzz_check(turns < 100 && dm_loop_turn(bench.loop, 0, &err) == DM_OK);
}

static void get(struct arena *arena)
{
    struct answer answer = {false, DM_OK};
    struct key key = {.hash_attribute = schema.hash,
                      .hash = {.type = DM_S, .as.text = STR("a")}};
    struct store_get get = {base_in(arena), STR("ttt"), &key, NULL, true, false};
    struct store_call *call = NULL;
    struct dm_error err = {0};
    await(bench.store->ops->get(bench.store, &get, on_answer, &answer, &call, &err),
          &answer);
}

static void scan(struct arena *arena, struct dm_str index, unsigned limit)
{
    struct answer answer = {false, DM_OK};
    struct store_scan scan = {.base = base_in(arena),
                              .table = STR("ttt"),
                              .index = index,
                              .consistent = !index.len,
                              .limit = limit};
    struct store_call *call = NULL;
    struct dm_error err = {0};
    await(bench.store->ops->scan(bench.store, &scan, on_answer, &answer, &call, &err),
          &answer);
}

static void query(struct arena *arena)
{
    struct answer answer = {false, DM_OK};
    struct key_condition keys = {.hash_name = STR("g"),
                                 .hash = {.type = DM_N, .as.text = STR("1")}};
    struct store_query query = {
        .base = base_in(arena), .table = STR("ttt"), .index = STR("ggg"), .keys = &keys};
    struct store_call *call = NULL;
    struct dm_error err = {0};
    await(bench.store->ops->query(bench.store, &query, on_answer, &answer, &call, &err),
          &answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, ARENA_MAX);
    if (!bench.store)
        set_up();
    fill(fuzz_text(bytes, len));
    get(&arena);
    scan(&arena, STR(""), 0);
    scan(&arena, STR(""), 1);
    scan(&arena, STR("ggg"), 0);
    query(&arena);
    return 0;
}
