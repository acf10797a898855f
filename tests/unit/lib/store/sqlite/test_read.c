/* Reads: what is seen at once, and what all that wait see together. */
#include "store/sqlite/sqlite.h"

#include "store/sqlite/file.h"
#include "store/sqlite/items.h"
#include "unit/lib/store/sqlite/store_fixture.h"

static const struct dm_value *now(struct store_fixture *f, bool consistent)
{
    struct store_get request = {.base = soon(f),
                                .table = STR("ttt"),
                                .key = key(f, "a"),
                                .consistent = consistent};
    bool given = false;
    struct store_result result = {0};
    assert_ok(f->store->ops->get_now(f->store, &request, &given, &result, &f->err),
              f->err);
    cr_assert(given);
    return result.item;
}

static void write_beside(struct store_fixture *beside)
{
    struct answer put = DO(beside, put, .table = STR("ttt"),
                           .item = item(beside, "{\"id\":{\"S\":\"a\"}}"));
    cr_assert_eq(put.code, DM_OK, "%s", put.err.message);
}

TEST(read, at_once_sees_what_this_process_has_written)
{
    struct store_fixture f, beside;
    store_up(&f, ":memory:");
    store_beside(&beside, &f);

    cr_assert_null(now(&f, false));
    write_beside(&beside);
    cr_assert_not_null(now(&f, false));

    store_beside_down(&beside);
    store_down(&f);
}

/* As another process does: not through this one's writer. */
static void write_behind(struct store_fixture *f)
{
    DM_AUTO(database) *database = NULL;
    const struct table *table;
    double units;
    assert_ok(database_open(sqlite_file_path(f->file), DATABASE_WRITE, true, &database,
                            &f->err),
              f->err);
    assert_ok(database_begin(database, &f->err), f->err);
    assert_ok(database_table(database, STR("ttt"), &table, &f->err), f->err);
    assert_ok(items_replace(database, table, NULL, item(f, "{\"id\":{\"S\":\"a\"}}"),
                            &units, &f->err),
              f->err);
    assert_ok(database_commit(database, &f->err), f->err);
}

TEST(read, at_once_sees_another_processs_writes_where_it_is_strong)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    cr_assert_null(now(&f, false));
    write_behind(&f);
    cr_assert_null(now(&f, false), "an eventual read shares the snapshot of its turn");
    cr_assert_not_null(now(&f, true));
    cr_assert_not_null(now(&f, false), "never back in time");
    store_down(&f);
}

TEST(read, at_once_sees_another_processs_writes_in_the_next_turn)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    cr_assert_null(now(&f, false));
    write_behind(&f);
    assert_ok(dm_loop_turn(f.loop, 0, &f.err), f.err);
    cr_assert_not_null(now(&f, false));
    store_down(&f);
}

/* A callback that asks and waits, as a blocking call does. */
struct nested {
    struct store_fixture *f;
    bool done, inner_found;
};

static void ask_again(enum dm_code code, const struct store_result *result,
                      const struct dm_error *err, void *ctx)
{
    (void)result;
    struct nested *nested = ctx;
    cr_assert_eq(code, DM_OK, "%s", err->message);
    struct answer inner =
        DO(nested->f, get, .table = STR("ttt"), .key = key(nested->f, "a"));
    cr_assert_eq(inner.code, DM_OK, "%s", inner.err.message);
    nested->inner_found = inner.result.item != NULL;
    nested->done = true;
}

TEST(read, goes_on_when_a_callback_reads_and_waits)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    write_behind(&f);
    struct store_get request = {
        .base = soon(&f), .table = STR("ttt"), .key = key(&f, "a")};
    struct nested nested = {.f = &f};
    struct answer after[2] = {{.done = false}};
    struct store_call *call;
    assert_ok(f.store->ops->get(f.store, &request, ask_again, &nested, &call, &f.err),
              f.err);
    START(&f, get, &request, &after[0], &call);
    START(&f, get, &request, &after[1], &call);
    turn_until(&f, &nested.done);
    cr_assert(nested.inner_found && after[0].done && after[1].done);
    cr_assert_not_null(after[1].result.item);
    store_down(&f);
}

TEST(read, that_waits_sees_what_was_written_until_its_turn)
{
    struct store_fixture f, beside;
    store_up(&f, ":memory:");
    store_beside(&beside, &f);

    cr_assert_null(now(&f, false));
    struct store_get request = {
        .base = soon(&f), .table = STR("ttt"), .key = key(&f, "a")};
    struct answer answers[3] = {{.done = false}};
    struct store_call *calls[3];
    for (size_t i = 0; i < DM_COUNT(answers); i++)
        START(&f, get, &request, &answers[i], &calls[i]);
    write_beside(&beside);
    f.store->ops->cancel(calls[1]);
    turn_until(&f, &answers[2].done);
    cr_assert(answers[0].done && !answers[1].done);
    cr_assert_not_null(answers[0].result.item);
    cr_assert_not_null(answers[2].result.item);

    store_beside_down(&beside);
    store_down(&f);
}

TEST(read, survives_the_cancelling_of_all_that_wait)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct store_get request = {
        .base = soon(&f), .table = STR("ttt"), .key = key(&f, "a")};
    struct answer answer = {.done = false};
    struct store_call *call;
    START(&f, get, &request, &answer, &call);
    f.store->ops->cancel(call);
    assert_ok(dm_loop_turn(f.loop, 0, &f.err), f.err);
    cr_assert_not(answer.done);
    START(&f, get, &request, &answer, &call);
    turn_until(&f, &answer.done);
    cr_assert_null(answer.result.item);
    store_down(&f);
}
