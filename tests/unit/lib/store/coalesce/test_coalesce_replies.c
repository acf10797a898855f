/* What becomes of a batch that DynamoDB does not answer well. */
#include "unit/lib/store/coalesce/coalesce_fixture.h"

#include <stdio.h>

#include "base/mem.h"

enum { BACKOFF_MAX_MS = 1000, MINUTES_5_MS = 5 * 60 * 1000 };

/* Has "x" under way, and a batch of these behind it. */
static struct coalesce_fixture *batch_of(size_t count)
{
    static char keys[READERS][8];
    struct coalesce_fixture *f = coalesce_fixture(1);
    coalesce_get(f, 0, "x");
    for (size_t i = 1; i <= count; i++) {
        snprintf(keys[i], sizeof keys[i], "%zu", i);
        coalesce_get(f, i, keys[i]);
    }
    coalesce_answer(f, 0, "x", "");
    cr_assert_eq(f->asked[1].count, count);
    return f;
}

static void refuse_at_once(enum dm_code code, const char *type, enum dm_code expected)
{
    struct coalesce_fixture *f = batch_of(2);
    coalesce_refuse(f, 1, code, type);
    expect_code(f, 1, expected);
    expect_code(f, 2, expected);
    expect_asked(f, 2, "batch 1 2");
    coalesce_fixture_free(f);
}

TEST(coalesce_replies, tells_all_what_would_befall_each)
{
    refuse_at_once(DM_E_THROTTLED, "ThrottlingException", DM_E_THROTTLED);
    refuse_at_once(DM_E_TIMEOUT, "", DM_E_TIMEOUT);
    refuse_at_once(DM_E_UNAVAILABLE, "", DM_E_UNAVAILABLE);
    refuse_at_once(DM_E_UPSTREAM, "InternalServerError", DM_E_UPSTREAM);
    refuse_at_once(DM_E_TABLE_NOT_FOUND, "ResourceNotFoundException",
                   DM_E_TABLE_NOT_FOUND);
    refuse_at_once(DM_E_REFUSED, "ExpiredTokenException", DM_E_REFUSED);
}

/* --- left unprocessed --- */

TEST(coalesce_replies, asks_again_for_what_was_left)
{
    struct coalesce_fixture *f = batch_of(3);
    coalesce_answer(f, 1, "2", "1 3");
    expect_value(f, 2, "2");
    cr_assert_eq(f->readers[2].capacity, 0.5);
    expect_nothing(f, 1);
    coalesce_pass(f, BACKOFF_MAX_MS);
    expect_asked(f, 3, "get 1");
    coalesce_answer(f, 2, "1", "");
    expect_asked(f, 4, "get 3");
    coalesce_answer(f, 3, "", "");
    expect_value(f, 1, "1");
    expect_value(f, 3, "");
    coalesce_fixture_free(f);
}

TEST(coalesce_replies, lets_others_leave_while_it_waits_to_ask_again)
{
    struct coalesce_fixture *f = batch_of(2);
    coalesce_get(f, 3, "other");
    coalesce_answer(f, 1, "", "1 2");
    expect_asked(f, 3, "get other");
    f->consistent = false;
    coalesce_get(f, 4, "1");
    expect_asked(f, 3, "get other");
    coalesce_cancel(f, 1);
    coalesce_cancel(f, 2);
    coalesce_pass(f, BACKOFF_MAX_MS);
    coalesce_answer(f, 2, "other", "");
    expect_asked(f, 4, "get 1");
    coalesce_answer(f, 3, "1", "");
    expect_value(f, 4, "1");
    coalesce_fixture_free(f);
}

TEST(coalesce_replies, forgets_what_was_left_once_nobody_waits_for_it)
{
    struct coalesce_fixture *f = batch_of(2);
    coalesce_answer(f, 1, "", "1 2");
    coalesce_cancel(f, 1);
    coalesce_cancel(f, 2);
    coalesce_pass(f, BACKOFF_MAX_MS);
    expect_asked(f, 2, "batch 1 2");
    coalesce_fixture_free(f);
}

TEST(coalesce_replies, does_not_ask_again_for_what_was_left_and_had_been_abandoned)
{
    struct coalesce_fixture *f = batch_of(2);
    coalesce_cancel(f, 1);
    coalesce_answer(f, 1, "2", "1");
    expect_value(f, 2, "2");
    coalesce_pass(f, BACKOFF_MAX_MS);
    expect_asked(f, 2, "batch 1 2");
    coalesce_fixture_free(f);
}

TEST(coalesce_replies, asks_for_fewer_after_some_were_left)
{
    struct coalesce_fixture *f = batch_of(6);
    coalesce_answer(f, 1, "1 2 3", "4 5 6");
    coalesce_pass(f, BACKOFF_MAX_MS);
    expect_asked(f, 3, "batch 4 5 6");
    static char keys[READERS][8];
    for (size_t i = 10; i < 15; i++) {
        snprintf(keys[i], sizeof keys[i], "%zu", i);
        coalesce_get(f, i, keys[i]);
    }
    coalesce_answer(f, 2, "", "");
    expect_asked(f, 4, "batch 10 11 12 13");
    coalesce_fixture_free(f);
}

TEST(coalesce_replies, gives_up_where_no_time_is_left)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    coalesce_get(f, 0, "x");
    f->timeout_ms = 1;
    coalesce_get(f, 1, "a");
    coalesce_get(f, 2, "b");
    coalesce_answer(f, 0, "x", "");
    for (unsigned round = 1; !f->readers[1].times && round < 40; round++) {
        f->clock.now_ms = 1000;
        coalesce_answer(f, f->asked_count - 1, "", "a b");
        coalesce_pass(f, 0);
    }
    expect_code(f, 1, DM_E_THROTTLED);
    expect_code(f, 2, DM_E_THROTTLED);
    cr_assert_eq(f->readers[1].err.retry_after_s, 1);
    coalesce_fixture_free(f);
}

/* --- refused as a whole --- */

static void take_apart(enum dm_code code, const char *type)
{
    struct coalesce_fixture *f = batch_of(3);
    coalesce_cancel(f, 2);
    coalesce_refuse(f, 1, code, type);
    expect_asked(f, 4, "get 3");
    cr_assert_str_eq(f->asked[2].text, "get 1");
    coalesce_answer(f, 2, "1", "");
    coalesce_refuse(f, 3, DM_E_VALIDATION, "ValidationException");
    expect_value(f, 1, "1");
    expect_code(f, 3, DM_E_VALIDATION);
    cr_assert_eq(coalesce_figures(f).apart, 1);
    coalesce_fixture_free(f);
}

TEST(coalesce_replies, takes_a_batch_apart_that_is_refused)
{
    take_apart(DM_E_VALIDATION, "ValidationException");
    take_apart(DM_E_UPSTREAM, "");
    take_apart(DM_E_REFUSED, "AccessDeniedException");
}

TEST(coalesce_replies, tells_those_who_cannot_be_sent_apart)
{
    struct coalesce_fixture *f = batch_of(2);
    f->refuse = DM_E_OVERLOADED;
    coalesce_refuse(f, 1, DM_E_VALIDATION, "ValidationException");
    expect_code(f, 1, DM_E_OVERLOADED);
    expect_code(f, 2, DM_E_OVERLOADED);
    coalesce_fixture_free(f);
}

TEST(coalesce_replies, takes_a_batch_apart_that_has_what_nobody_asked_for)
{
    struct coalesce_fixture *f = batch_of(2);
    coalesce_answer(f, 1, "1 stray", "");
    expect_asked(f, 4, "get 2");
    coalesce_fixture_free(f);
    f = batch_of(2);
    coalesce_answer(f, 1, "1", "stray");
    expect_asked(f, 4, "get 2");
    coalesce_fixture_free(f);
}

static void get_two_more(struct coalesce_fixture *f, size_t reader, size_t expected)
{
    coalesce_get(f, reader, "y");
    coalesce_get(f, reader + 1, "z");
    cr_assert_eq(f->asked_count, expected);
    coalesce_cancel(f, reader);
    coalesce_cancel(f, reader + 1);
}

TEST(coalesce_replies, remembers_for_a_while_where_batches_are_denied)
{
    struct coalesce_fixture *f = batch_of(2);
    coalesce_get(f, 3, "3");
    coalesce_refuse(f, 1, DM_E_REFUSED, "AccessDeniedException");
    expect_asked(f, 5, "get 3");
    for (size_t i = 2; i < 5; i++)
        coalesce_answer(f, i, "", "");
    get_two_more(f, 4, 7);
    f->consistent = true;
    get_two_more(f, 6, 9);
    f->table = "u";
    get_two_more(f, 8, 10);
    f->table = "t";
    coalesce_pass(f, MINUTES_5_MS);
    get_two_more(f, 10, 12);
    coalesce_fixture_free(f);
}

TEST(coalesce_replies, lets_equal_keys_share_where_batches_are_denied)
{
    struct coalesce_fixture *f = batch_of(2);
    coalesce_refuse(f, 1, DM_E_REFUSED, "AccessDeniedException");
    coalesce_get(f, 3, "1");
    expect_asked(f, 4, "get 2");
    coalesce_answer(f, 2, "1", "");
    expect_value(f, 3, "1");
    coalesce_fixture_free(f);
}

TEST(coalesce_replies, survives_denials_without_memory)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        mem_fail_at(0);
        struct coalesce_fixture *f = batch_of(2);
        mem_fail_at(nth_);
        coalesce_refuse(f, 1, DM_E_REFUSED, "AccessDeniedException");
        for (size_t i = 2; i < f->asked_count; i++)
            coalesce_answer(f, i, "1 2", "");
        for (size_t i = 1; i < 3; i++)
            cr_assert(f->readers[i].times == 1 &&
                      (!f->readers[i].code || f->readers[i].code == DM_E_NOMEM));
        coalesce_fixture_free(f);
    }
}

/* --- other kinds of keys --- */

static void on_number(enum dm_code code, const struct store_result *result,
                      const struct dm_error *err, void *ctx)
{
    (void)err;
    cr_assert_eq(code, DM_OK);
    *(bool *)ctx = result->item != NULL;
}

TEST(coalesce_replies, know_a_number_again_in_another_spelling)
{
    struct coalesce_fixture *f = coalesce_fixture(1);
    struct key keys[] = {{{STR("h"), DM_S},
                          {STR("r"), DM_N},
                          {DM_S, {.text = STR("a")}},
                          {DM_N, {.text = STR("1.5")}}},
                         {{STR("h"), DM_S},
                          {STR("r"), DM_N},
                          {DM_S, {.text = STR("a")}},
                          {DM_N, {.text = STR("2")}}}};
    struct store_call *calls[2];
    bool found[2] = {false};
    coalesce_get(f, 0, "x");
    for (size_t i = 0; i < 2; i++) {
        struct store_get request = {.base = {.deadline_ms = f->clock.now_ms + FAR_MS,
                                             .arena = &f->readers[i + 1].arena},
                                    .table = STR("t"),
                                    .key = &keys[i]};
        assert_ok(f->store->ops->get(f->store, &request, on_number, &found[i], &calls[i],
                                     &f->err),
                  f->err);
    }
    coalesce_answer(f, 0, "x", "");
    cr_assert_eq(f->asked[1].count, 2);

    struct value_member members[] = {{STR("h"), {DM_S, {.text = STR("a")}}},
                                     {STR("r"), {DM_N, {.text = STR("1.50")}}}};
    struct dm_value item = {DM_M, {.map = {members, 2}}};
    struct store_result result = {.items = &item, .item_count = 1};
    struct dm_error err = {0};
    f->asked[1].open = false;
    f->asked[1].done(DM_OK, &result, &err, f->asked[1].ctx);
    cr_assert(found[0]);
    cr_assert_not(found[1]);
    coalesce_fixture_free(f);
}

/* --- full replies --- */

TEST(coalesce_replies, ask_at_once_for_what_a_full_one_had_no_room_for)
{
    enum { LARGE = 16 * 1024 * 1024 };
    struct coalesce_fixture *f = batch_of(3);
    char *large = mem_new(LARGE);
    struct value_member members[] = {{STR("id"), {DM_S, {.text = STR("1")}}},
                                     {STR("v"), {DM_B, {.text = {large, LARGE}}}}};
    struct dm_value item = {DM_M, {.map = {members, 2}}};
    const struct key *left = &f->asked[1].keys[1];
    struct store_result result = {.items = &item,
                                  .item_count = 1,
                                  .unprocessed_keys = left,
                                  .unprocessed_key_count = 2};
    struct dm_error err = {0};
    f->asked[1].open = false;
    f->asked[1].done(DM_OK, &result, &err, f->asked[1].ctx);
    mem_free(large);
    cr_assert_eq(f->readers[1].times, 1);
    expect_asked(f, 3, "get 2");
    coalesce_answer(f, 2, "2", "");
    expect_asked(f, 4, "get 3");
    coalesce_fixture_free(f);
}
