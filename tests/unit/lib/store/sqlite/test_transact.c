/* TransactGetItems, TransactWriteItems and their tokens. */
#include "store_fixture.h"

static struct store_transact_entry put(struct store_fixture *f, const char *text)
{
    return (struct store_transact_entry){
        .kind = TRANSACT_PUT, .table = STR("ttt"), .item = item(f, text)};
}

static struct answer two(struct store_fixture *f, struct store_transact_entry first,
                         struct store_transact_entry second, const char *token)
{
    struct store_transact_entry entries[] = {first, second};
    return DO(f, transact_write, .entries = entries, .count = 2, .token = dm_str(token));
}

TEST(sqlite_transact, all_entries_happen)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    assert_code(
        DO(&f, put, .table = STR("ttt"), .item = item(&f, "{\"id\":{\"S\":\"4\"}}")),
        DM_OK);
    struct store_transact_entry entries[] = {
        put(&f, "{\"id\":{\"S\":\"1\"}}"),
        {.kind = TRANSACT_UPDATE,
         .table = STR("ttt"),
         .key = key(&f, "2"),
         .update = set(&f, "a", "{\"N\":\"1\"}")},
        {.kind = TRANSACT_DELETE, .table = STR("ttt"), .key = key(&f, "4")},
        {.kind = TRANSACT_CHECK,
         .table = STR("ccc"),
         .key = key2(&f, "1", "1"),
         .condition = absent(&f, "id")},
    };
    struct answer answer = DO(&f, transact_write, .entries = entries, .count = 4);
    assert_code(answer, DM_OK);
    cr_assert_eq(answer.result.consumed_capacity, 8);
    cr_assert_str_eq(stored(&f, "1"), "{\"id\":{\"S\":\"1\"}}");
    cr_assert_str_eq(stored(&f, "2"), "{\"id\":{\"S\":\"2\"},\"a\":{\"N\":\"1\"}}");
    cr_assert_str_eq(stored(&f, "4"), "none");
    store_down(&f);
}

TEST(sqlite_transact, one_failing_entry_undoes_all_and_each_has_its_reason)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct store_transact_entry entries[] = {
        put(&f, "{\"id\":{\"S\":\"1\"}}"),
        put(&f, "{\"id\":{\"S\":\"2\"}}"),
        put(&f, "{\"id\":{\"N\":\"3\"}}"),
        {.kind = TRANSACT_CHECK,
         .table = STR("ttt"),
         .key = key(&f, "4"),
         .condition = present(&f, "id")},
    };
    struct answer answer = DO(&f, transact_write, .entries = entries, .count = 4);
    assert_code(answer, DM_E_CONFLICT);
    cr_assert_str_eq(answer.err.upstream_type, "TransactionCanceledException");
    cr_assert_str_eq(answer.err.message,
                     "Transaction cancelled, please refer cancellation reasons for "
                     "specific reasons [None, None, ValidationError, "
                     "ConditionalCheckFailed]");
    cr_assert_eq(answer.result.reason_count, 4);
    cr_assert_eq(answer.result.reasons[0].code, DM_OK);
    cr_assert_eq(answer.result.reasons[2].code, DM_E_VALIDATION);
    cr_assert_eq(answer.result.reasons[3].code, DM_E_CONDITION);
    assert_str(answer.result.reasons[3].message, "The conditional request failed");
    cr_assert_str_eq(stored(&f, "1"), "none");
    cr_assert_str_eq(stored(&f, "2"), "none");
    store_down(&f);
}

TEST(sqlite_transact, an_item_may_be_in_it_once)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct store_transact_entry gone = {
        .kind = TRANSACT_DELETE, .table = STR("ttt"), .key = key(&f, "1")};
    struct answer answer = two(&f, put(&f, "{\"id\":{\"S\":\"1\"}}"), gone, NULL);
    assert_code(answer, DM_E_VALIDATION);
    cr_assert_str_eq(
        answer.err.message,
        "Transaction request cannot include multiple operations on one item");
    struct store_transact_get_entry twice[] = {{STR("ttt"), key(&f, "1"), NULL},
                                               {STR("ttt"), key(&f, "1"), NULL}};
    assert_code(DO(&f, transact_get, .entries = twice, .count = 2), DM_E_VALIDATION);
    store_down(&f);
}

TEST(sqlite_transact, what_cannot_be_a_transaction_is_refused)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct store_transact_entry check = {
        .kind = TRANSACT_CHECK, .table = STR("ttt"), .key = key(&f, "1")};
    struct store_transact_entry first = put(&f, "{\"id\":{\"S\":\"1\"}}");
    struct store_transact_entry elsewhere = put(&f, "{\"id\":{\"S\":\"2\"}}");
    elsewhere.table = STR("no-table");
    static const char long_token[] = "0123456789012345678901234567890123456";
    assert_code(two(&f, first, check, NULL), DM_E_VALIDATION);
    assert_code(two(&f, first, elsewhere, NULL), DM_E_TABLE_NOT_FOUND);
    assert_code(two(&f, first, put(&f, "{\"id\":{\"S\":\"2\"}}"), long_token),
                DM_E_VALIDATION);
    assert_code(DO(&f, transact_write, .entries = &first), DM_E_VALIDATION);
    assert_code(DO(&f, transact_write, .entries = &first, .count = 101), DM_E_VALIDATION);
    struct store_transact_get_entry get = {STR("ttt"), key(&f, "1"), NULL};
    assert_code(DO(&f, transact_get, .entries = &get), DM_E_VALIDATION);
    assert_code(DO(&f, transact_get, .entries = &get, .count = 101), DM_E_VALIDATION);
    cr_assert_str_eq(stored(&f, "1"), "none");
    store_down(&f);
}

TEST(sqlite_transact, get_answers_each_entry_in_its_place)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    assert_code(
        DO(&f, put, .table = STR("ttt"), .item = item(&f, "{\"id\":{\"S\":\"1\"}}")),
        DM_OK);
    struct store_transact_get_entry entries[] = {{STR("ttt"), key(&f, "0"), NULL},
                                                 {STR("ttt"), key(&f, "1"), NULL}};
    struct answer answer = DO(&f, transact_get, .entries = entries, .count = 2);
    assert_code(answer, DM_OK);
    cr_assert_eq(answer.result.item_count, 2);
    assert_json(&f, &answer.result.items[0], "{}");
    assert_json(&f, &answer.result.items[1], "{\"id\":{\"S\":\"1\"}}");
    cr_assert_eq(answer.result.consumed_capacity, 4);
    entries[0].key = key2(&f, "0", "0");
    answer = DO(&f, transact_get, .entries = entries, .count = 2);
    assert_code(answer, DM_E_CONFLICT);
    cr_assert_eq(answer.result.reason_count, 2);
    cr_assert_eq(answer.result.reasons[0].code, DM_E_VALIDATION);
    store_down(&f);
}

static const char *seen(struct store_fixture *f)
{
    return stored(f, "n");
}

static struct answer count_up(struct store_fixture *f, const char *by, const char *token)
{
    struct dm_value step = {.type = DM_N, .as.text = dm_str(by)};
    struct path_step name = {.name = STR("n")};
    struct update_action add = {
        UPDATE_ADD, {&name, 1}, {.kind = OPERAND_VALUE, .value = step}};
    struct update update = {&add, 1};
    struct store_transact_entry entry = {.kind = TRANSACT_UPDATE,
                                         .table = STR("ttt"),
                                         .key = key(f, "n"),
                                         .update = &update};
    return DO(f, transact_write, .entries = &entry, .count = 1, .token = dm_str(token));
}

TEST(sqlite_transact, a_token_lets_it_happen_once)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    assert_code(count_up(&f, "1", "token"), DM_OK);
    struct answer again = count_up(&f, "1.0", "token");
    assert_code(again, DM_OK);
    cr_assert_eq(again.result.consumed_capacity, 2);
    cr_assert_str_eq(seen(&f), "{\"id\":{\"S\":\"n\"},\"n\":{\"N\":\"1\"}}");
    assert_code(count_up(&f, "1", "another"), DM_OK);
    cr_assert_str_eq(seen(&f), "{\"id\":{\"S\":\"n\"},\"n\":{\"N\":\"2\"}}");
    store_down(&f);
}

TEST(sqlite_transact, a_token_is_for_one_request)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    assert_code(count_up(&f, "1", "token"), DM_OK);
    struct answer other = count_up(&f, "2", "token");
    assert_code(other, DM_E_CONFLICT);
    cr_assert_str_eq(other.err.upstream_type, "IdempotentParameterMismatchException");
    cr_assert_eq(other.result.reason_count, 0);
    cr_assert_str_eq(seen(&f), "{\"id\":{\"S\":\"n\"},\"n\":{\"N\":\"1\"}}");
    store_down(&f);
}

TEST(sqlite_transact, a_token_lives_ten_minutes)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    assert_code(count_up(&f, "1", "token"), DM_OK);
    atomic_fetch_add(&f.clock.now_ms, 10 * 60 * 1000 - 1);
    assert_code(count_up(&f, "1", "token"), DM_OK);
    cr_assert_str_eq(seen(&f), "{\"id\":{\"S\":\"n\"},\"n\":{\"N\":\"1\"}}");
    atomic_fetch_add(&f.clock.now_ms, 1);
    assert_code(count_up(&f, "5", "token"), DM_OK);
    cr_assert_str_eq(seen(&f), "{\"id\":{\"S\":\"n\"},\"n\":{\"N\":\"6\"}}");
    store_down(&f);
}

TEST(sqlite_transact, a_cancelled_transaction_leaves_no_token)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct store_transact_entry first = put(&f, "{\"id\":{\"S\":\"1\"}}");
    struct store_transact_entry check = {.kind = TRANSACT_CHECK,
                                         .table = STR("ttt"),
                                         .key = key(&f, "2"),
                                         .condition = present(&f, "id")};
    assert_code(two(&f, first, check, "token"), DM_E_CONFLICT);
    assert_code(count_up(&f, "1", "token"), DM_OK);
    store_down(&f);
}

TEST(sqlite_transact, more_than_4_mb_are_refused)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    char *large = arena_alloc(&f.arena, 390000);
    memset(large, 'x', 390000);
    struct store_transact_entry entries[12];
    for (size_t i = 0; i < DM_COUNT(entries); i++) {
        struct value_member *at = arena_new(&f.arena, 2 * sizeof *at);
        struct dm_value *it = arena_new(&f.arena, sizeof *it);
        at[0] = (struct value_member){
            STR("id"), {.type = DM_S, .as.text = arena_printf(&f.arena, "%zu", i)}};
        at[1] =
            (struct value_member){STR("a"), {.type = DM_S, .as.text = {large, 390000}}};
        *it = (struct dm_value){.type = DM_M, .as.map = {at, 2}};
        entries[i] = (struct store_transact_entry){
            .kind = TRANSACT_PUT, .table = STR("ttt"), .item = it};
    }
    struct answer answer = DO(&f, transact_write, .entries = entries, .count = 12);
    assert_code(answer, DM_E_VALIDATION);
    cr_assert(strstr(answer.err.message, "Transaction payload size cannot exceed 4MB"));
    assert_code(DO(&f, transact_write, .entries = entries, .count = 10), DM_OK);
    store_down(&f);
}

static void transact_or_fail(struct store_fixture *f,
                             const struct store_transact_entry *entries,
                             const struct store_transact_get_entry *gets)
{
    DM_AUTO_DONE(arena) own;
    struct answer put_answer = {.done = false}, get_answer = {.done = false};
    struct store_call *call;
    arena_init(&own, 1024 * 1024);
    struct store_base base = {.deadline_ms = loop_now_ms(f->loop) + 5000, .arena = &own};
    struct store_transact_write write = {
        .base = base, .entries = entries, .count = 2, .token = STR("token")};
    struct store_transact_get read = {.base = base, .entries = gets, .count = 2};
    put_answer.code = f->store->ops->transact_write(f->store, &write, on_answer,
                                                    &put_answer, &call, &f->err);
    if (put_answer.code == DM_OK)
        turn_until(f, &put_answer.done);
    get_answer.code = f->store->ops->transact_get(f->store, &read, on_answer, &get_answer,
                                                  &call, &f->err);
    if (get_answer.code == DM_OK)
        turn_until(f, &get_answer.done);
    if (mem_failed())
        cr_assert_eq(get_answer.code, DM_E_NOMEM);
    else
        cr_assert_eq(put_answer.code, DM_E_CONFLICT);
}

TEST(sqlite_transact, whatever_memory_is_missing_a_transaction_ends)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct store_transact_entry entries[] = {
        put(&f, "{\"id\":{\"S\":\"1\"}}"),
        {.kind = TRANSACT_CHECK,
         .table = STR("ttt"),
         .key = key(&f, "2"),
         .condition = present(&f, "id")},
    };
    struct store_transact_get_entry gets[] = {{STR("ttt"), key(&f, "0"), NULL},
                                              {STR("ttt"), key(&f, "1"), NULL}};
    transact_or_fail(&f, entries, gets);
    WITH_EACH_ALLOCATION_FAILING transact_or_fail(&f, entries, gets);
    store_down(&f);
}
