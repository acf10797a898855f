/* Deep copies: everything is there, and nothing of the original is needed. */

#include "base/buf.h"
#include "codec/ddb_json.h"
#include "expr/render.h"
#include "store/copy.h"
#include "support/test.h"

enum { ARENA_SIZE = 1024 * 1024 };

static const char every_type[] =
    "{\"id\":{\"S\":\"1\"},\"n\":{\"N\":\"1.50\"},\"b\":{\"B\":\"AP8=\"},"
    "\"t\":{\"BOOL\":true},\"z\":{\"NULL\":true},\"l\":{\"L\":[{\"S\":\"\"},{\"L\":[]}]},"
    "\"m\":{\"M\":{\"k\":{\"N\":\"1E2\"}}},\"ss\":{\"SS\":[\"a\",\"b\"]},"
    "\"ns\":{\"NS\":[\"1.0\",\"2\"]},\"bs\":{\"BS\":[\"AA==\"]}}";

static struct path path_of(const char *text, struct arena *arena)
{
    struct path path;
    struct dm_str rest = dm_str(text);
    cr_assert_eq(path_parse(&rest, arena, &path, NULL), DM_OK);
    return path;
}

static struct dm_value text_value(enum dm_type type, const char *text,
                                  struct arena *arena)
{
    return (struct dm_value){.type = type, .as.text = arena_str(arena, dm_str(text))};
}

static void *keep(const void *from, size_t size, struct arena *arena)
{
    void *to = arena_alloc(arena, size);
    cr_assert(to);
    return memcpy(to, from, size);
}

static struct operand of_value(const char *text, struct arena *arena)
{
    return (struct operand){.kind = OPERAND_VALUE,
                            .value = text_value(DM_N, text, arena)};
}

static struct operand of_path(enum operand_kind kind, const char *text,
                              struct arena *arena)
{
    return (struct operand){.kind = kind, .path = path_of(text, arena)};
}

/* NOT (size(a.b[1]) > 1.0 AND l = 2) */
static const struct condition *make_condition(struct arena *arena)
{
    struct operand greater[] = {of_path(OPERAND_SIZE, "a.b[1]", arena),
                                of_value("1.0", arena)};
    struct operand equal[] = {of_path(OPERAND_PATH, "l", arena), of_value("2", arena)};
    struct condition both[] = {
        {.kind = CONDITION_GT,
         .operands = keep(greater, sizeof greater, arena),
         .operand_count = 2},
        {.kind = CONDITION_EQ,
         .operands = keep(equal, sizeof equal, arena),
         .operand_count = 2},
    };
    struct condition all = {.kind = CONDITION_AND,
                            .children = keep(both, sizeof both, arena),
                            .child_count = 2};
    struct condition not = {.kind = CONDITION_NOT,
                            .children = keep(&all, sizeof all, arena),
                            .child_count = 1};
    return keep(&not, sizeof not, arena);
}

/* SET x = if_not_exists(x, 1) + 2, y = list_append(l, m) REMOVE z */
static const struct update *make_update(struct arena *arena)
{
    struct operand one = of_value("1", arena), two = of_value("2", arena);
    struct operand l = of_path(OPERAND_PATH, "l", arena);
    struct operand m = of_path(OPERAND_PATH, "m", arena);
    struct operand if_new = of_path(OPERAND_IF_NOT_EXISTS, "x", arena);
    if_new.first = keep(&one, sizeof one, arena);
    struct operand sum = {.kind = OPERAND_PLUS,
                          .first = keep(&if_new, sizeof if_new, arena),
                          .second = keep(&two, sizeof two, arena)};
    struct operand append = {.kind = OPERAND_LIST_APPEND,
                             .first = keep(&l, sizeof l, arena),
                             .second = keep(&m, sizeof m, arena)};
    struct update_action actions[] = {
        {.kind = UPDATE_SET, .path = path_of("x", arena), .operand = sum},
        {.kind = UPDATE_SET, .path = path_of("y", arena), .operand = append},
        {.kind = UPDATE_REMOVE, .path = path_of("z", arena)},
    };
    struct update update = {keep(actions, sizeof actions, arena), DM_COUNT(actions)};
    return keep(&update, sizeof update, arena);
}

static struct store_transact_entry make_entry(struct arena *arena)
{
    struct json_reader reader;
    struct dm_value item;
    struct key key = {.hash_attribute = {arena_str(arena, STR("id")), DM_S},
                      .range_attribute = {arena_str(arena, STR("r")), DM_N},
                      .hash = text_value(DM_S, "1", arena),
                      .range = text_value(DM_N, "1.0", arena)};
    reader_init(&reader, arena_str(arena, dm_str(every_type)), DDB_JSON_DEPTH, arena);
    cr_assert_eq(ddb_json_read_item(&reader, arena, &item, NULL), DM_OK);
    return (struct store_transact_entry){
        .kind = TRANSACT_UPDATE,
        .table = arena_str(arena, STR("table")),
        .item = keep(&item, sizeof item, arena),
        .key = keep(&key, sizeof key, arena),
        .update = make_update(arena),
        .condition = make_condition(arena),
    };
}

static void write_entry(const struct store_transact_entry *entry, struct dm_buf *out)
{
    DM_AUTO_DONE(arena) arena;
    struct render render;
    arena_init(&arena, ARENA_SIZE);
    render_init(&render, &arena);
    buf_add_str(out, entry->table);
    ddb_json_write_item(entry->item, out);
    buf_add_str(out, entry->key->hash_attribute.name);
    ddb_json_write_value(&entry->key->hash, out);
    buf_add_str(out, entry->key->range_attribute.name);
    ddb_json_write_value(&entry->key->range, out);
    render_condition(&render, entry->condition, out);
    render_update(&render, entry->update, out);
    render_placeholders(&render, out);
}

TEST(sqlite_copy, an_entry_is_whole_after_its_original_is_gone)
{
    DM_AUTO_DONE(arena) original;
    DM_AUTO_DONE(arena) own;
    DM_AUTO_DONE(dm_buf) before;
    DM_AUTO_DONE(dm_buf) after;
    arena_init(&original, ARENA_SIZE);
    arena_init(&own, ARENA_SIZE);
    buf_init(&before, ARENA_SIZE);
    buf_init(&after, ARENA_SIZE);
    struct copy first = {.arena = &original}, second = {.arena = &own};
    struct store_transact_entry entry = make_entry(&original);
    const struct store_transact_entry *canonical = copy_entries(&first, &entry, 1);
    write_entry(canonical, &before);
    const struct store_transact_entry *copy = copy_entries(&second, canonical, 1);
    cr_assert_eq(copy_check(&second, NULL), DM_OK);
    arena_done(&original);
    write_entry(copy, &after);
    cr_assert_gt(after.len, 0);
    cr_assert(str_equal(buf_str(&after), buf_str(&before)), "%.*s",
              STR_ARG(buf_str(&after)));
}

TEST(sqlite_copy, numbers_become_canonical_and_all_else_stays)
{
    DM_AUTO_DONE(arena) arena;
    DM_AUTO_DONE(dm_buf) text;
    arena_init(&arena, ARENA_SIZE);
    buf_init(&text, ARENA_SIZE);
    struct copy copy = {.arena = &arena};
    struct store_transact_entry entry = make_entry(&arena);
    struct dm_value item = copy_value(&copy, entry.item);
    ddb_json_write_item(&item, &text);
    assert_str(buf_str(&text),
               "{\"id\":{\"S\":\"1\"},\"n\":{\"N\":\"1.5\"},\"b\":{\"B\":\"AP8=\"},"
               "\"t\":{\"BOOL\":true},\"z\":{\"NULL\":true},\"l\":{\"L\":[{\"S\":\"\"},"
               "{\"L\":[]}]},\"m\":{\"M\":{\"k\":{\"N\":\"100\"}}},\"ss\":{\"SS\":[\"a\","
               "\"b\"]},"
               "\"ns\":{\"NS\":[\"1\",\"2\"]},\"bs\":{\"BS\":[\"AA==\"]}}");
}

TEST(sqlite_copy, a_result_is_copied_with_all_it_points_at)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, ARENA_SIZE);
    struct copy copy = {.arena = &arena};
    struct store_reason reasons[] = {{DM_OK, {NULL, 0}}, {DM_E_CONDITION, STR("no")}};
    struct dm_str included[] = {STR("a")};
    struct store_index index = {.name = STR("i"),
                                .schema = {{STR("g"), DM_N}, {STR("r"), DM_B}},
                                .projection = PROJECT_INCLUDE,
                                .included = included,
                                .included_count = 1};
    struct store_result result = {.consumed_capacity = 1.5,
                                  .indexes = &index,
                                  .index_count = 1,
                                  .reasons = reasons,
                                  .reason_count = 2};
    struct store_result copied = copy_result(&copy, &result);
    cr_assert_eq(copy_check(&copy, NULL), DM_OK);
    cr_assert_eq(copied.consumed_capacity, 1.5);
    cr_assert_null(copied.item);
    cr_assert_neq(copied.reasons, reasons);
    assert_str(copied.reasons[1].message, "no");
    cr_assert_neq(copied.indexes, &index);
    cr_assert(key_schema_equal(&copied.indexes[0].schema, &index.schema));
    assert_str(copied.indexes[0].included[0], "a");
}

static void copy_or_fail(const struct store_transact_entry *entry)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, ARENA_SIZE);
    struct copy copy = {.arena = &arena};
    copy_entries(&copy, entry, 1);
    cr_assert_eq(copy_check(&copy, NULL), mem_failed() ? DM_E_NOMEM : DM_OK);
}

TEST(sqlite_copy, a_copy_without_memory_says_so)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, ARENA_SIZE);
    struct store_transact_entry entry = make_entry(&arena);
    WITH_EACH_ALLOCATION_FAILING copy_or_fail(&entry);
}
