/* The writer: what gathers, what fails alone, and what fails together. */
#include <semaphore.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/error.h"
#include "store/sqlite/file.h"
#include "store_fixture.h"

/* Work that holds the writer's thread until it is let go. */
struct gate {
    struct work work;
    sem_t reached, open, done;
};

static enum dm_code wait_at_gate(struct work *work, struct database *database,
                                 struct dm_error *err)
{
    struct gate *gate = DM_CONTAINER(work, struct gate, work);
    (void)database;
    (void)err;
    sem_post(&gate->reached);
    sem_wait(&gate->open);
    return DM_OK;
}

static void gate_done(struct work *work)
{
    sem_post(&DM_CONTAINER(work, struct gate, work)->done);
}

/* On return the writer stands at the gate. */
static void gate_close(struct gate *gate, struct store_fixture *f)
{
    *gate = (struct gate){.work = {.run = wait_at_gate,
                                   .done = gate_done,
                                   .clock = &f->clock.clock,
                                   .deadline_ms = INT64_MAX}};
    sem_init(&gate->reached, 0, 0);
    sem_init(&gate->open, 0, 0);
    sem_init(&gate->done, 0, 0);
    assert_ok(writer_put(sqlite_file_writer(f->file), &gate->work, &f->err), f->err);
    sem_wait(&gate->reached);
}

static void gate_open(struct gate *gate)
{
    sem_post(&gate->open);
    sem_wait(&gate->done);
}

enum { GATHERED = 5 };

/* Puts that wait behind the gate: id 0, 0 (on condition that it is new), 1, 2, 3. */
struct gathered {
    struct store_put put[GATHERED];
    struct answer answer[GATHERED];
    struct store_call *call[GATHERED];
};

static void gather(struct gathered *g, struct store_fixture *f, size_t pad)
{
    char *text = arena_alloc(&f->arena, pad + 1);
    memset(text, 'x', pad);
    memset(g, 0, sizeof *g);
    for (size_t i = 0; i < GATHERED; i++) {
        struct value_member *at = arena_new(&f->arena, 2 * sizeof *at);
        struct dm_value *it = arena_new(&f->arena, sizeof *it);
        at[0] = (struct value_member){
            STR("id"),
            {.type = DM_S, .as.text = arena_printf(&f->arena, "%zu", i ? i - 1 : 0)}};
        at[1] = (struct value_member){STR("a"), {.type = DM_S, .as.text = {text, pad}}};
        *it = (struct dm_value){.type = DM_M, .as.map = {at, 2}};
        g->put[i] = (struct store_put){
            .base = soon(f), .table = STR("ttt"), .item = it, .return_old = true};
        if (i == 1)
            g->put[i].condition = absent(f, "id");
        START(f, put, &g->put[i], &g->answer[i], &g->call[i]);
    }
}

static void await(struct gathered *g, struct store_fixture *f)
{
    for (size_t i = 0; i < GATHERED; i++)
        turn_until(f, &g->answer[i].done);
}

TEST(sqlite_writer, what_fails_in_a_transaction_fails_alone)
{
    struct store_fixture f;
    struct gathered g;
    struct gate gate;
    store_up(&f, ":memory:");
    gate_close(&gate, &f);
    gather(&g, &f, 10);
    gate_open(&gate);
    await(&g, &f);
    for (size_t i = 0; i < GATHERED; i++)
        assert_code(g.answer[i], i == 1 ? DM_E_CONDITION : DM_OK);
    cr_assert_str_eq(stored(&f, "3"),
                     "{\"id\":{\"S\":\"3\"},\"a\":{\"S\":\"xxxxxxxxxx\"}}");
    store_down(&f);
}

/* Puts id 9, and checks what does not hold. */
static void start_doomed(struct store_fixture *f, struct store_transact_entry *entries,
                         struct store_transact_write *request, struct answer *answer)
{
    struct store_call *call;
    entries[0] = (struct store_transact_entry){.kind = TRANSACT_PUT,
                                               .table = STR("ttt"),
                                               .item = item(f, "{\"id\":{\"S\":\"9\"}}")};
    entries[1] = (struct store_transact_entry){.kind = TRANSACT_CHECK,
                                               .table = STR("ttt"),
                                               .key = key(f, "8"),
                                               .condition = present(f, "id")};
    *request =
        (struct store_transact_write){.base = soon(f), .entries = entries, .count = 2};
    START(f, transact_write, request, answer, &call);
}

TEST(sqlite_writer, what_fails_half_way_is_undone_and_what_stands_beside_it_is_not)
{
    struct store_fixture f;
    struct gathered g;
    struct gate gate;
    struct store_transact_entry entries[2];
    struct store_transact_write request;
    struct answer doomed = {.done = false};
    store_up(&f, ":memory:");
    gate_close(&gate, &f);
    start_doomed(&f, entries, &request, &doomed);
    gather(&g, &f, 10);
    gate_open(&gate);
    await(&g, &f);
    turn_until(&f, &doomed.done);
    assert_code(doomed, DM_E_CONFLICT);
    assert_code(g.answer[0], DM_OK);
    cr_assert_str_eq(stored(&f, "9"), "none");
    cr_assert_str_neq(stored(&f, "0"), "none");
    store_down(&f);
}

/* The file may not grow any more, as on a disk that is full. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit = {bytes, RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

TEST(sqlite_writer, when_the_transaction_fails_none_of_it_has_happened)
{
    struct store_fixture f;
    struct gathered g;
    struct gate gate;
    store_up(&f, ":memory:");
    gate_close(&gate, &f);
    gather(&g, &f, 300000);
    limit_files(400000);
    gate_open(&gate);
    await(&g, &f);
    for (size_t i = 0; i < GATHERED; i++)
        cr_assert(g.answer[i].code == DM_E_UPSTREAM ||
                      g.answer[i].code == DM_E_OVERLOADED,
                  "%zu: %s", i, g.answer[i].err.message);
    limit_files(RLIM_INFINITY);
    for (size_t i = 0; i < GATHERED - 1; i++)
        cr_assert_str_eq(stored(&f, arena_printf(&f.arena, "%zu", i).ptr), "none");
    gather(&g, &f, 300000);
    await(&g, &f);
    assert_code(g.answer[0], DM_OK);
    store_down(&f);
}

TEST(sqlite_writer, a_write_that_waits_too_long_times_out_and_is_not_done)
{
    struct store_fixture f;
    struct gathered g;
    struct gate gate;
    store_up(&f, ":memory:");
    gate_close(&gate, &f);
    gather(&g, &f, 10);
    atomic_fetch_add(&f.clock.now_ms, 5000);
    await(&g, &f);
    for (size_t i = 0; i < GATHERED; i++)
        assert_code(g.answer[i], DM_E_TIMEOUT);
    gate_open(&gate);
    cr_assert_eq(DO(&f, put, .table = STR("ttt"), .item = g.put[1].item,
                    .condition = g.put[1].condition)
                     .code,
                 DM_OK);
    cr_assert_str_eq(stored(&f, "3"), "none");
    store_down(&f);
}

TEST(sqlite_writer, a_cancelled_write_that_has_not_begun_is_not_done)
{
    struct store_fixture f;
    struct gathered g;
    struct gate gate;
    store_up(&f, ":memory:");
    gate_close(&gate, &f);
    gather(&g, &f, 10);
    store_cancel(g.call[4]);
    gate_open(&gate);
    for (size_t i = 0; i < GATHERED - 1; i++)
        turn_until(&f, &g.answer[i].done);
    cr_assert_str_eq(stored(&f, "3"), "none");
    cr_assert_not(g.answer[4].done);
    store_down(&f);
}

static void count_done(struct work *work)
{
    (void)work;
}

static enum dm_code do_nothing(struct work *work, struct database *database,
                               struct dm_error *err)
{
    (void)work;
    (void)database;
    (void)err;
    return DM_OK;
}

static enum dm_code must_not_run(struct work *work, struct database *database,
                                 struct dm_error *err)
{
    (void)work;
    (void)database;
    return error_set(err, DM_E_INTERNAL, "it ran");
}

TEST(sqlite_writer, work_is_begun_before_its_deadline_or_not_at_all)
{
    struct store_fixture f;
    store_up(&f, ":memory:");
    struct gate late = {.work = {.run = must_not_run,
                                 .done = gate_done,
                                 .clock = &f.clock.clock,
                                 .deadline_ms = loop_now_ms(f.loop)}};
    sem_init(&late.done, 0, 0);
    assert_ok(writer_put(sqlite_file_writer(f.file), &late.work, &f.err), f.err);
    sem_wait(&late.done);
    cr_assert_eq(late.work.code, DM_E_TIMEOUT);
    store_down(&f);
}

TEST(sqlite_writer, too_much_that_waits_is_refused)
{
    enum { MANY = 4097 };
    struct store_fixture f;
    struct gate gate;
    static struct work works[MANY];
    store_up(&f, ":memory:");
    gate_close(&gate, &f);
    struct writer *writer = sqlite_file_writer(f.file);
    for (size_t i = 0; i < MANY; i++) {
        works[i] = (struct work){.run = do_nothing,
                                 .done = count_done,
                                 .clock = &f.clock.clock,
                                 .deadline_ms = INT64_MAX};
        enum dm_code code = writer_put(writer, &works[i], &f.err);
        cr_assert_eq(code, i < MANY - 1 ? DM_OK : DM_E_OVERLOADED);
    }
    cr_assert_gt(f.err.retry_after_s, 0);
    gate_open(&gate);
    store_down(&f);
}

TEST(sqlite_writer, too_many_bytes_that_wait_are_refused)
{
    struct store_fixture f;
    struct gate gate;
    store_up(&f, ":memory:");
    gate_close(&gate, &f);
    struct work large = {.run = do_nothing,
                         .done = count_done,
                         .clock = &f.clock.clock,
                         .deadline_ms = INT64_MAX,
                         .size = SIZE_MAX};
    cr_assert_eq(writer_put(sqlite_file_writer(f.file), &large, &f.err), DM_E_OVERLOADED);
    gate_open(&gate);
    store_down(&f);
}

TEST(sqlite_writer, a_store_may_go_while_the_writer_is_stuck)
{
    struct store_fixture f, beside;
    struct gathered g;
    struct gate gate;
    store_up(&f, ":memory:");
    store_beside(&beside, &f);
    gate_close(&gate, &f);
    gather(&g, &beside, 10);
    store_beside_down(&beside);
    gate_open(&gate);
    cr_assert_str_eq(stored(&f, "3"), "none");
    store_down(&f);
    for (size_t i = 0; i < GATHERED; i++)
        cr_assert_not(g.answer[i].done);
}
