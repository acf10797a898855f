/* Gets that become one: what is left when some of them are cancelled. */
#include "unit/lib/store/coalesce/coalesce_fixture.h"

TEST(coalesce_leaving, forgets_one_that_leaves_its_place_in_the_queue)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    const char *const keys[] = {"x", "a", "b", "c", "b"};
    for (size_t i = 0; i < DM_COUNT(keys); i++)
        coalesce_get(f, i, keys[i]);
    coalesce_cancel(f, 2);
    coalesce_cancel(f, 3);
    coalesce_answer(f, 0, "x", "");
    expect_asked(f, 2, "batch a b");
    coalesce_answer(f, 1, "a b", "");
    expect_value(f, 1, "a");
    expect_value(f, 4, "b");
    expect_nothing(f, 2);
    coalesce_fixture_free(f);
}

TEST(coalesce_leaving, keeps_a_batch_that_one_has_left)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    const char *const keys[] = {"x", "a", "b"};
    for (size_t i = 0; i < DM_COUNT(keys); i++)
        coalesce_get(f, i, keys[i]);
    coalesce_answer(f, 0, "x", "");
    coalesce_cancel(f, 1);
    cr_assert_eq(f->cancelled, 0);
    coalesce_answer(f, 1, "a b", "");
    expect_nothing(f, 1);
    expect_value(f, 2, "b");
    coalesce_fixture_free(f);
}

TEST(coalesce_leaving, has_one_join_a_place_that_all_had_left)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    const char *const keys[] = {"x", "a", "b"};
    for (size_t i = 0; i < DM_COUNT(keys); i++)
        coalesce_get(f, i, keys[i]);
    coalesce_answer(f, 0, "x", "");
    coalesce_cancel(f, 1);
    coalesce_get(f, 3, "a");
    coalesce_cancel(f, 2);
    cr_assert_eq(f->cancelled, 0);
    coalesce_answer(f, 1, "a b", "");
    expect_value(f, 3, "a");
    coalesce_fixture_free(f);
}

TEST(coalesce_leaving, ends_a_batch_that_all_have_left)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    const char *const keys[] = {"x", "a", "b"};
    for (size_t i = 0; i < DM_COUNT(keys); i++)
        coalesce_get(f, i, keys[i]);
    coalesce_answer(f, 0, "x", "");
    coalesce_get(f, 3, "c");
    coalesce_cancel(f, 1);
    coalesce_cancel(f, 2);
    cr_assert_eq(f->cancelled, 1);
    expect_asked(f, 3, "get c");
    coalesce_fixture_free(f);
}

TEST(coalesce_leaving, asks_again_when_the_one_that_asked_leaves)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    coalesce_get(f, 0, "a");
    coalesce_get(f, 1, "a");
    coalesce_get(f, 2, "b");
    coalesce_cancel(f, 0);
    cr_assert_eq(f->cancelled, 1);
    expect_asked(f, 2, "batch a b");
    coalesce_answer(f, 1, "a", "");
    expect_value(f, 1, "a");
    expect_value(f, 2, "");
    coalesce_fixture_free(f);
}

static void cancel_others(enum dm_code code, const struct store_result *result,
                          const struct dm_error *err, void *ctx)
{
    (void)code, (void)result, (void)err;
    struct coalesce_fixture *f = ctx;
    f->readers[1].call = NULL;
    for (size_t i = 2; i < 4; i++) {
        store_cancel(DM_TAKE(f->readers[i].call));
        arena_done(&f->readers[i].arena);
    }
}

/* DynamoDB refuses a batch that has a key twice. */
TEST(coalesce_leaving, asks_again_together_with_those_who_wait_for_the_same)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    coalesce_get(f, 0, "a");
    coalesce_get(f, 1, "a");
    f->anew = true;
    coalesce_get(f, 2, "b");
    coalesce_get(f, 3, "a");
    coalesce_cancel(f, 0);
    coalesce_pass(f, 0);
    expect_asked(f, 2, "batch a b");
    coalesce_answer(f, 1, "a b", "");
    expect_value(f, 1, "a");
    expect_value(f, 2, "b");
    expect_value(f, 3, "a");
    coalesce_fixture_free(f);
}

TEST(coalesce_leaving, lets_one_that_is_told_cancel_those_that_are_not_yet)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    struct key key = {.hash_attribute = {{"id", 2}, DM_S},
                      .hash = {DM_S, {.text = {"a", 1}}}};
    struct store_get request = {
        .base = {.deadline_ms = f->clock.now_ms + FAR_MS, .arena = &f->readers[1].arena},
        .table = STR("t"),
        .key = &key};
    coalesce_get(f, 0, "x");
    assert_ok(f->store->ops->get(f->store, &request, cancel_others, f,
                                 &f->readers[1].call, &f->err),
              f->err);
    coalesce_get(f, 2, "b");
    coalesce_get(f, 3, "a");
    coalesce_get(f, 4, "c");
    coalesce_answer(f, 0, "x", "");
    coalesce_answer(f, 1, "a b c", "");
    expect_nothing(f, 2);
    expect_nothing(f, 3);
    expect_value(f, 4, "c");
    coalesce_fixture_free(f);
}
