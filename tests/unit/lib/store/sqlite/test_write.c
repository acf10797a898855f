/* Put, update and delete through the store. */
#include "store_fixture.h"

TEST(sqlite_write, a_put_item_is_there_once_it_is_answered)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct answer put =
        DO(&f, put, .table = STR("ttt"),
           .item = item(&f, "{\"id\":{\"S\":\"1\"},\"n\":{\"N\":\"1\"}}"));
    assert_code(put, DM_OK);
    cr_assert_null(put.result.item);
    cr_assert_eq(put.result.consumed_capacity, 1);
    cr_assert_str_eq(stored(&f, "1"), "{\"id\":{\"S\":\"1\"},\"n\":{\"N\":\"1\"}}");
    store_down(&f);
}

TEST(sqlite_write, numbers_are_stored_as_dynamodb_stores_them)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct answer put =
        DO(&f, put, .table = STR("ttt"),
           .item = item(&f, "{\"id\":{\"S\":\"1\"},\"n\":{\"N\":\"1.50\"},"
                            "\"m\":{\"M\":{\"l\":{\"L\":[{\"N\":\"+7e1\"}]}}}}"));
    assert_code(put, DM_OK);
    cr_assert_str_eq(stored(&f, "1"), "{\"id\":{\"S\":\"1\"},\"n\":{\"N\":\"1.5\"},"
                                      "\"m\":{\"M\":{\"l\":{\"L\":[{\"N\":\"70\"}]}}}}");
    store_down(&f);
}

TEST(sqlite_write, put_returns_what_was_there_when_asked)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    const struct dm_value *first = item(&f, "{\"id\":{\"S\":\"1\"},\"n\":{\"N\":\"1\"}}");
    const struct dm_value *second = item(&f, "{\"id\":{\"S\":\"1\"}}");
    struct answer put =
        DO(&f, put, .table = STR("ttt"), .item = first, .return_old = true);
    assert_json(&f, put.result.item, "none");
    put = DO(&f, put, .table = STR("ttt"), .item = second, .return_old = true);
    assert_json(&f, put.result.item, "{\"id\":{\"S\":\"1\"},\"n\":{\"N\":\"1\"}}");
    store_down(&f);
}

TEST(sqlite_write, a_condition_is_judged_on_the_item_that_is_there)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    const struct dm_value *it = item(&f, "{\"id\":{\"S\":\"1\"}}");
    assert_code(
        DO(&f, put, .table = STR("ttt"), .item = it, .condition = absent(&f, "id")),
        DM_OK);
    struct answer again =
        DO(&f, put, .table = STR("ttt"), .item = it, .condition = absent(&f, "id"));
    assert_code(again, DM_E_CONDITION);
    cr_assert_str_eq(again.err.message, "The conditional request failed");
    cr_assert_str_eq(again.err.upstream_type, "ConditionalCheckFailedException");
    cr_assert_null(again.result.item);
    store_down(&f);
}

TEST(sqlite_write, what_stands_there_is_given_when_a_condition_fails)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    const struct dm_value *it = item(&f, "{\"id\":{\"S\":\"1\"},\"n\":{\"N\":\"1\"}}");
    assert_code(DO(&f, put, .table = STR("ttt"), .item = it), DM_OK);
    struct answer put = DO(&f, put, .table = STR("ttt"), .item = it,
                           .condition = absent(&f, "id"), .return_present = true);
    struct answer update =
        DO(&f, update, .table = STR("ttt"), .key = key(&f, "1"),
           .update = set(&f, "n", "{\"N\":\"2\"}"), .condition = absent(&f, "id"),
           .return_values = RETURN_ALL_NEW, .return_present = true);
    struct answer delete = DO(&f, delete, .table = STR("ttt"), .key = key(&f, "1"),
                              .condition = absent(&f, "id"), .return_present = true);
    struct answer none = DO(&f, delete, .table = STR("ttt"), .key = key(&f, "2"),
                            .condition = present(&f, "id"), .return_present = true);
    assert_code(put, DM_E_CONDITION);
    assert_code(update, DM_E_CONDITION);
    assert_code(delete, DM_E_CONDITION);
    assert_code(none, DM_E_CONDITION);
    cr_assert_str_eq(json(&f, put.result.item), json(&f, it));
    cr_assert_str_eq(json(&f, update.result.item), json(&f, it));
    cr_assert_str_eq(json(&f, delete.result.item), json(&f, it));
    cr_assert_null(none.result.item);
    store_down(&f);
}

TEST(sqlite_write, a_table_that_is_not_there_is_said_so)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    const struct dm_value *it = item(&f, "{\"id\":{\"S\":\"1\"}}");
    struct answer put = DO(&f, put, .table = STR("nope"), .item = it);
    assert_code(put, DM_E_TABLE_NOT_FOUND);
    cr_assert_str_eq(put.err.upstream_type, "ResourceNotFoundException");
    store_down(&f);
}

TEST(sqlite_write, a_key_of_another_type_is_refused)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    const struct dm_value *it = item(&f, "{\"id\":{\"N\":\"1\"}}");
    struct answer put = DO(&f, put, .table = STR("ttt"), .item = it);
    assert_code(put, DM_E_VALIDATION);
    cr_assert_str_eq(put.err.upstream_type, "ValidationException");
    store_down(&f);
}

TEST(sqlite_write, an_update_makes_the_item_that_is_missing)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct answer update =
        DO(&f, update, .table = STR("ttt"), .key = key(&f, "1"),
           .update = set(&f, "a", "{\"N\":\"1.0\"}"), .return_values = RETURN_ALL_NEW);
    assert_code(update, DM_OK);
    assert_json(&f, update.result.item, "{\"id\":{\"S\":\"1\"},\"a\":{\"N\":\"1\"}}");
    update = DO(&f, update, .table = STR("ttt"), .key = key(&f, "2"));
    assert_code(update, DM_OK);
    cr_assert_str_eq(stored(&f, "2"), "{\"id\":{\"S\":\"2\"}}");
    store_down(&f);
}

TEST(sqlite_write, an_update_of_a_key_is_refused)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct answer update = DO(&f, update, .table = STR("ttt"), .key = key(&f, "1"),
                              .update = set(&f, "id", "{\"S\":\"2\"}"));
    assert_code(update, DM_E_VALIDATION);
    cr_assert_str_eq(update.err.message,
                     "One or more parameter values were invalid: Cannot update attribute "
                     "id. This attribute is part of the key");
    cr_assert_str_eq(stored(&f, "1"), "none");
    store_down(&f);
}

TEST(sqlite_write, updated_attributes_are_those_that_the_update_names)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    const struct dm_value *it =
        item(&f, "{\"id\":{\"S\":\"1\"},\"m\":{\"M\":{\"a\":{\"N\":\"1\"}}},"
                 "\"x\":{\"N\":\"1\"}}");
    assert_code(DO(&f, put, .table = STR("ttt"), .item = it), DM_OK);
    const struct update *change = set(&f, "m.a", "{\"N\":\"2\"}");
    struct answer update = DO(&f, update, .table = STR("ttt"), .key = key(&f, "1"),
                              .update = change, .return_values = RETURN_UPDATED_OLD);
    assert_json(&f, update.result.item, "{\"m\":{\"M\":{\"a\":{\"N\":\"1\"}}}}");
    update = DO(&f, update, .table = STR("ttt"), .key = key(&f, "1"), .update = change,
                .return_values = RETURN_UPDATED_NEW);
    assert_json(&f, update.result.item, "{\"m\":{\"M\":{\"a\":{\"N\":\"2\"}}}}");
    update = DO(&f, update, .table = STR("ttt"), .key = key(&f, "1"),
                .update = set(&f, "new", "{\"N\":\"2\"}"),
                .return_values = RETURN_UPDATED_OLD);
    assert_json(&f, update.result.item, "none");
    store_down(&f);
}

TEST(sqlite_write, an_update_that_makes_the_item_too_large_changes_nothing)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct operand large = {.kind = OPERAND_VALUE, .value.type = DM_S};
    char *text = arena_alloc(&f.arena, 410000);
    memset(text, 'x', 410000);
    large.value.as.text = (struct dm_str){text, 410000};
    struct path_step step = {.name = STR("a")};
    struct update_action action = {UPDATE_SET, {&step, 1}, large};
    struct update change = {&action, 1};
    struct answer update =
        DO(&f, update, .table = STR("ttt"), .key = key(&f, "1"), .update = &change);
    assert_code(update, DM_E_VALIDATION);
    cr_assert_str_eq(update.err.message,
                     "Item size to update has exceeded the maximum allowed size");
    cr_assert_str_eq(stored(&f, "1"), "none");
    store_down(&f);
}

TEST(sqlite_write, delete_returns_what_was_there_when_asked)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    const struct dm_value *it = item(&f, "{\"id\":{\"S\":\"1\"}}");
    assert_code(DO(&f, put, .table = STR("ttt"), .item = it), DM_OK);
    struct answer gone =
        DO(&f, delete, .table = STR("ttt"), .key = key(&f, "1"), .return_old = true);
    assert_code(gone, DM_OK);
    assert_json(&f, gone.result.item, "{\"id\":{\"S\":\"1\"}}");
    gone = DO(&f, delete, .table = STR("ttt"), .key = key(&f, "1"), .return_old = true);
    assert_code(gone, DM_OK);
    assert_json(&f, gone.result.item, "none");
    gone = DO(&f, delete, .table = STR("ttt"), .key = key(&f, "1"),
              .condition = present(&f, "id"));
    assert_code(gone, DM_E_CONDITION);
    store_down(&f);
}

TEST(sqlite_write, nothing_is_answered_before_the_call_has_returned)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct store_put put = {.base = soon(&f),
                            .table = STR("ttt"),
                            .item = item(&f, "{\"id\":{\"S\":\"1\"}}")};
    struct store_get get = {.base = soon(&f), .table = STR("ttt"), .key = key(&f, "1")};
    struct answer written = {.done = false}, read = {.done = false};
    struct store_call *call;
    START(&f, put, &put, &written, &call);
    START(&f, get, &get, &read, &call);
    cr_assert_not(written.done);
    cr_assert_not(read.done);
    turn_until(&f, &written.done);
    turn_until(&f, &read.done);
    store_down(&f);
}

TEST(sqlite_write, the_request_may_go_once_its_write_is_cancelled)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    for (int i = 0; i < 50; i++) {
        DM_AUTO_DONE(arena) own;
        arena_init(&own, 1024 * 1024);
        struct dm_value id = {.type = DM_S, .as.text = arena_str(&own, STR("1"))};
        struct value_member member = {arena_str(&own, STR("id")), id};
        struct dm_value value = {.type = DM_M, .as.map = {&member, 1}};
        struct store_put put = {
            .base = {.deadline_ms = loop_now_ms(f.loop) + 5000, .arena = &own},
            .table = arena_str(&own, STR("ttt")),
            .item = &value};
        struct answer answer = {.done = false};
        struct store_call *call;
        START(&f, put, &put, &answer, &call);
        store_cancel(call);
        cr_assert_not(answer.done);
    }
    cr_assert(stored(&f, "1"));
    store_down(&f);
}

TEST(sqlite_write, a_store_may_go_while_its_writes_are_under_way)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct answer answers[20] = {{.done = false}};
    struct store_put put = {.base = soon(&f),
                            .table = STR("ttt"),
                            .item = item(&f, "{\"id\":{\"S\":\"1\"}}")};
    struct store_get get = {.base = soon(&f), .table = STR("ttt"), .key = key(&f, "1")};
    struct store_call *call;
    for (size_t i = 0; i < 20; i += 2) {
        START(&f, put, &put, &answers[i], &call);
        START(&f, get, &get, &answers[i + 1], &call);
    }
    store_down(&f);
    for (size_t i = 0; i < 20; i++)
        cr_assert_not(answers[i].done);
}

TEST(sqlite_write, a_write_whose_deadline_passed_before_it_began_is_not_done)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct store_put put = {
        .base = {.deadline_ms = loop_now_ms(f.loop), .arena = &f.arena},
        .table = STR("ttt"),
        .item = item(&f, "{\"id\":{\"S\":\"1\"}}")};
    struct answer answer = {.done = false};
    struct store_call *call;
    START(&f, put, &put, &answer, &call);
    turn_until(&f, &answer.done);
    assert_code(answer, DM_E_TIMEOUT);
    cr_assert_str_eq(stored(&f, "1"), "none");
    store_down(&f);
}

TEST(sqlite_write, a_read_whose_deadline_passed_times_out)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct store_get get = {
        .base = {.deadline_ms = loop_now_ms(f.loop), .arena = &f.arena},
        .table = STR("ttt"),
        .key = key(&f, "1")};
    struct answer answer = {.done = false};
    struct store_call *call;
    START(&f, get, &get, &answer, &call);
    turn_until(&f, &answer.done);
    assert_code(answer, DM_E_TIMEOUT);
    store_down(&f);
}

TEST(sqlite_write, a_cancelled_read_is_not_answered)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct store_get get = {.base = soon(&f), .table = STR("ttt"), .key = key(&f, "1")};
    struct answer answer = {.done = false};
    struct store_call *call;
    START(&f, get, &get, &answer, &call);
    store_cancel(call);
    cr_assert_str_eq(stored(&f, "1"), "none");
    cr_assert_not(answer.done);
    store_down(&f);
}

TEST(sqlite_write, a_write_is_seen_by_the_store_beside_it)
{
    struct store_fixture f, g;
    store_up(&f, ":memory:");
    store_beside(&g, &f);
    const struct dm_value *it = item(&f, "{\"id\":{\"S\":\"1\"}}");
    assert_code(DO(&f, put, .table = STR("ttt"), .item = it), DM_OK);
    cr_assert_str_eq(stored(&g, "1"), "{\"id\":{\"S\":\"1\"}}");
    store_beside_down(&g);
    store_down(&f);
}

struct requests {
    struct store_put put;
    struct store_update update;
};

static void write_or_fail(struct store_fixture *f, const struct requests *requests)
{
    DM_AUTO_DONE(arena) own;
    struct requests r = *requests;
    struct answer put = {.done = false}, update = {.done = false};
    struct store_call *call;
    arena_init(&own, 1024 * 1024);
    r.put.base = r.update.base =
        (struct store_base){.deadline_ms = loop_now_ms(f->loop) + 5000, .arena = &own};
    put.code = f->store->ops->put(f->store, &r.put, on_answer, &put, &call, &f->err);
    if (put.code == DM_OK)
        turn_until(f, &put.done);
    update.code =
        f->store->ops->update(f->store, &r.update, on_answer, &update, &call, &f->err);
    if (update.code == DM_OK)
        turn_until(f, &update.done);
    enum dm_code expected = mem_failed() ? DM_E_NOMEM : DM_OK;
    cr_assert_eq(update.code, expected, "%s", dm_code_name(update.code));
}

TEST(sqlite_write, whatever_memory_is_missing_a_write_ends)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    const struct dm_value *it =
        item(&f, "{\"id\":{\"S\":\"1\"},\"g\":{\"N\":\"1\"},\"s\":{\"NS\":[\"1\"]},"
                 "\"m\":{\"M\":{\"l\":{\"L\":[{\"N\":\"1\"}]}}}}");
    struct requests requests = {
        .put = {.table = STR("ttt"),
                .item = it,
                .return_old = true,
                .condition = present(&f, "id")},
        .update = {.table = STR("ttt"),
                   .key = key(&f, "1"),
                   .update = set(&f, "m.l[0]", "{\"N\":\"2\"}"),
                   .return_values = RETURN_UPDATED_NEW},
    };
    assert_code(DO(&f, put, .table = STR("ttt"), .item = it), DM_OK);
    WITH_EACH_ALLOCATION_FAILING write_or_fail(&f, &requests);
    store_down(&f);
}
