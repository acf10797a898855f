/* BatchGetItem and BatchWriteItem. */

#include "store_fixture.h"

static const struct key *keys(struct store_fixture *f, size_t count)
{
    struct key *made = arena_new(&f->arena, count * sizeof *made);
    for (size_t i = 0; i < count; i++)
        made[i] = *key(f, arena_printf(&f->arena, "%zu", i).ptr);
    return made;
}

static const struct dm_value *items(struct store_fixture *f, size_t count)
{
    struct dm_value *made = arena_new(&f->arena, count * sizeof *made);
    for (size_t i = 0; i < count; i++)
        made[i] = *item(f, arena_printf(&f->arena, "{\"id\":{\"S\":\"%zu\"}}", i).ptr);
    return made;
}

TEST(sqlite_batch, what_was_written_is_got_in_the_order_asked)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct answer put =
        DO(&f, batch_write, .table = STR("ttt"), .puts = items(&f, 25), .put_count = 25);
    assert_code(put, DM_OK);
    cr_assert_eq(put.result.consumed_capacity, 25);
    struct answer got =
        DO(&f, batch_get, .table = STR("ttt"), .keys = keys(&f, 100), .key_count = 100);
    assert_code(got, DM_OK);
    cr_assert_eq(got.result.item_count, 25);
    cr_assert_eq(got.result.consumed_capacity, 50);
    cr_assert_eq(got.result.unprocessed_key_count, 0);
    assert_json(&f, &got.result.items[7], "{\"id\":{\"S\":\"7\"}}");
    store_down(&f);
}

TEST(sqlite_batch, puts_and_deletes_go_together)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    assert_code(
        DO(&f, batch_write, .table = STR("ttt"), .puts = items(&f, 2), .put_count = 2),
        DM_OK);
    const struct dm_value *two = item(&f, "{\"id\":{\"S\":\"2\"}}");
    assert_code(DO(&f, batch_write, .table = STR("ttt"), .puts = two, .put_count = 1,
                   .deletes = keys(&f, 2), .delete_count = 2),
                DM_OK);
    cr_assert_str_eq(stored(&f, "0"), "none");
    cr_assert_str_eq(stored(&f, "2"), "{\"id\":{\"S\":\"2\"}}");
    store_down(&f);
}

TEST(sqlite_batch, a_projection_leaves_what_was_asked_for)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    const struct dm_value *it =
        item(&f, "{\"id\":{\"S\":\"0\"},\"a\":{\"N\":\"1\"},\"b\":{\"N\":\"2\"}}");
    struct projection projection;
    assert_ok(projection_parse(STR("a"), &f.arena, &projection, &f.err), f.err);
    assert_code(DO(&f, put, .table = STR("ttt"), .item = it), DM_OK);
    struct answer got = DO(&f, batch_get, .table = STR("ttt"), .keys = keys(&f, 1),
                           .key_count = 1, .projection = &projection);
    assert_json(&f, &got.result.items[0], "{\"a\":{\"N\":\"1\"}}");
    store_down(&f);
}

TEST(sqlite_batch, too_many_none_and_twice_are_refused)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct answer answer =
        DO(&f, batch_get, .table = STR("ttt"), .keys = keys(&f, 101), .key_count = 101);
    assert_code(answer, DM_E_VALIDATION);
    cr_assert_str_eq(answer.err.message,
                     "Too many items requested for the BatchGetItem call");
    answer = DO(&f, batch_get, .table = STR("ttt"), .keys = keys(&f, 1));
    assert_code(answer, DM_E_VALIDATION);
    struct key twice[2] = {*key2(&f, "1", "1"), *key2(&f, "1", "1.0")};
    answer = DO(&f, batch_get, .table = STR("ccc"), .keys = twice, .key_count = 2);
    assert_code(answer, DM_E_VALIDATION);
    cr_assert_str_eq(answer.err.message,
                     "Provided list of item keys contains duplicates");
    answer =
        DO(&f, batch_write, .table = STR("ttt"), .puts = items(&f, 26), .put_count = 26);
    assert_code(answer, DM_E_VALIDATION);
    cr_assert_str_eq(answer.err.message,
                     "Too many items requested for the BatchWriteItem call");
    answer = DO(&f, batch_write, .table = STR("ttt"));
    assert_code(answer, DM_E_VALIDATION);
    answer = DO(&f, batch_write, .table = STR("ttt"), .puts = items(&f, 1),
                .put_count = 1, .deletes = keys(&f, 1), .delete_count = 1);
    assert_code(answer, DM_E_VALIDATION);
    cr_assert_str_eq(answer.err.message,
                     "Provided list of item keys contains duplicates");
    store_down(&f);
}

TEST(sqlite_batch, one_bad_write_and_none_is_done)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct dm_value both[2] = {*item(&f, "{\"id\":{\"S\":\"0\"}}"),
                               *item(&f, "{\"id\":{\"N\":\"1\"}}")};
    assert_code(DO(&f, batch_write, .table = STR("ttt"), .puts = both, .put_count = 2),
                DM_E_VALIDATION);
    struct dm_value put = both[0];
    struct key wrong = *key(&f, "1");
    wrong.hash.type = DM_N;
    assert_code(DO(&f, batch_write, .table = STR("ttt"), .puts = &put, .put_count = 1,
                   .deletes = &wrong, .delete_count = 1),
                DM_E_VALIDATION);
    cr_assert_str_eq(stored(&f, "0"), "none");
    assert_code(
        DO(&f, batch_write, .table = STR("no-table"), .puts = &put, .put_count = 1),
        DM_E_TABLE_NOT_FOUND);
    store_down(&f);
}

TEST(sqlite_batch, what_is_past_16_mb_is_left_for_the_next_call)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    char *large = arena_alloc(&f.arena, 390000);
    memset(large, 'x', 390000);
    for (int i = 0; i < 45; i++) {
        struct value_member members[2] = {
            {STR("id"), {.type = DM_S, .as.text = arena_printf(&f.arena, "%d", i)}},
            {STR("a"), {.type = DM_S, .as.text = {large, 390000}}}};
        struct dm_value it = {.type = DM_M, .as.map = {members, 2}};
        DM_AUTO_DONE(arena) own;
        arena_init(&own, 1024 * 1024);
        struct store_put put = {
            .base = {.deadline_ms = loop_now_ms(f.loop) + 5000, .arena = &own},
            .table = STR("ttt"),
            .item = &it};
        struct answer answer = {.done = false};
        struct store_call *call;
        START(&f, put, &put, &answer, &call);
        turn_until(&f, &answer.done);
        assert_code(answer, DM_OK);
    }
    struct answer got =
        DO(&f, batch_get, .table = STR("ttt"), .keys = keys(&f, 45), .key_count = 45);
    assert_code(got, DM_OK);
    cr_assert_eq(got.result.item_count, 43);
    cr_assert_eq(got.result.unprocessed_key_count, 2);
    assert_str(got.result.unprocessed_keys[0].hash.as.text, "43");
    store_down(&f);
}

static void batch_or_fail(struct store_fixture *f, const struct dm_value *puts,
                          const struct key *gets)
{
    DM_AUTO_DONE(arena) own;
    struct answer put = {.done = false}, get = {.done = false};
    struct store_call *call;
    arena_init(&own, 1024 * 1024);
    struct store_base base = {.deadline_ms = loop_now_ms(f->loop) + 5000, .arena = &own};
    struct store_batch_write write = {
        .base = base, .table = STR("ttt"), .puts = puts, .put_count = 3};
    struct store_batch_get read = {
        .base = base, .table = STR("ttt"), .keys = gets, .key_count = 3};
    put.code =
        f->store->ops->batch_write(f->store, &write, on_answer, &put, &call, &f->err);
    if (put.code == DM_OK)
        turn_until(f, &put.done);
    get.code = f->store->ops->batch_get(f->store, &read, on_answer, &get, &call, &f->err);
    if (get.code == DM_OK)
        turn_until(f, &get.done);
    cr_assert_eq(get.code, mem_failed() ? DM_E_NOMEM : DM_OK);
}

TEST(sqlite_batch, whatever_memory_is_missing_a_batch_ends)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    const struct dm_value *puts = items(&f, 3);
    const struct key *gets = keys(&f, 3);
    batch_or_fail(&f, puts, gets);
    WITH_EACH_ALLOCATION_FAILING batch_or_fail(&f, puts, gets);
    store_down(&f);
}
