/* Chains on several threads: one load for all of them. */
#include "aws/cred_share.h"

#include <pthread.h>
#include <stdatomic.h>

#include "aws/cred_chain.h"
#include "aws/profile.h"
#include "base/error.h"
#include "fake_environment.h"
#include "support/loop_fixture.h"

/* A member on a loop of its own, turned by the test's one thread. */
struct member {
    struct dm_loop *loop;
    struct cred_member member;
    unsigned woken;
};

struct pair {
    struct cred_share *share;
    struct member first, second;
    struct dm_error err;
};

static void on_woken(void *ctx)
{
    ((struct member *)ctx)->woken++;
}

static void join(struct pair *p, struct member *member)
{
    *member = (struct member){.loop = NULL};
    assert_ok(dm_loop_new(&member->loop, &p->err), p->err);
    assert_ok(cred_share_join(p->share, member->loop, on_woken, member, &member->member,
                              &p->err),
              p->err);
}

static void pair_init(struct pair *p)
{
    *p = (struct pair){.share = NULL};
    assert_ok(cred_share_new(&p->share, &p->err), p->err);
    join(p, &p->first);
    join(p, &p->second);
}

static void pair_done(struct pair *p)
{
    cred_share_leave(&p->first.member);
    cred_share_leave(&p->second.member);
    cred_share_leave(&p->second.member);
    dm_loop_free(p->first.loop);
    dm_loop_free(p->second.loop);
    cred_share_free(p->share);
}
DM_AUTO_DONE_DEFINE(pair, pair_done)

static void assert_turn(struct member *member, bool woken, uint64_t generation,
                        enum share_turn expected)
{
    struct dm_error err = {0};
    DM_AUTO_DONE(credentials) found = {0};
    enum share_turn turn =
        cred_share_ask(&member->member, woken, generation, &found, &err);
    cr_assert_eq(turn, expected, "%d, not %d", turn, expected);
    if (turn == SHARE_TAKEN)
        assert_str(dm_str(found.access_key_id), "ID");
    if (turn == SHARE_FAILED)
        assert_str(dm_str(err.message), "why");
}

static void assert_woken(struct member *member, unsigned times)
{
    struct dm_error err = {0};
    assert_ok(dm_loop_turn(member->loop, 0, &err), err);
    cr_assert_eq(member->woken, times);
}

static uint64_t end_well(struct member *member)
{
    struct dm_error err = {0};
    struct cred_keys keys = {.access_key_id = STR("ID"), .secret_access_key = STR("s")};
    DM_AUTO_DONE(credentials) found = {0};
    assert_ok(credentials_make("test", &keys, &found, &err), err);
    cred_share_end(&member->member, &found, NULL);
    return found.generation;
}

static void end_badly(struct member *member)
{
    struct dm_error err = {0};
    error_set(&err, DM_E_CREDENTIALS, "why");
    cred_share_end(&member->member, NULL, &err);
}

TEST(cred_share, lets_one_load_and_the_others_take)
{
    DM_AUTO_DONE(pair) p;
    pair_init(&p);
    assert_turn(&p.first, false, 0, SHARE_LOAD);
    assert_turn(&p.second, false, 0, SHARE_WAIT);
    uint64_t generation = end_well(&p.first);
    assert_woken(&p.first, 0);
    assert_woken(&p.second, 1);
    assert_turn(&p.second, true, 0, SHARE_TAKEN);
    assert_turn(&p.second, false, generation, SHARE_LOAD);
    cr_assert_eq(end_well(&p.second), generation + 1);
}

TEST(cred_share, tells_a_failure_to_those_who_waited_for_it_alone)
{
    DM_AUTO_DONE(pair) p;
    pair_init(&p);
    assert_turn(&p.first, false, 0, SHARE_LOAD);
    assert_turn(&p.second, false, 0, SHARE_WAIT);
    end_badly(&p.first);
    assert_woken(&p.second, 1);
    assert_turn(&p.second, true, 0, SHARE_FAILED);
    assert_turn(&p.second, false, 0, SHARE_LOAD);
    end_badly(&p.second);
    assert_turn(&p.first, false, 0, SHARE_LOAD);
}

TEST(cred_share, passes_the_load_on_when_a_member_leaves)
{
    DM_AUTO_DONE(pair) p;
    pair_init(&p);
    assert_turn(&p.first, false, 0, SHARE_LOAD);
    assert_turn(&p.second, false, 0, SHARE_WAIT);
    cred_share_leave(&p.first.member);
    assert_woken(&p.second, 1);
    assert_turn(&p.second, true, 0, SHARE_LOAD);
}

/* --- a chain beside a member that loads --- */

static void note_code(enum dm_code code, const struct dm_error *err, void *ctx)
{
    enum dm_code *told = ctx;
    (void)err;
    *told = code;
}

TEST(cred_share, keeps_nobody_waiting_whose_keys_are_configured)
{
    struct fake_environment nothing = FAKE({NULL, NULL});
    struct dm_error err = {0};
    DM_AUTO_DONE(pair) p;
    pair_init(&p);
    assert_turn(&p.first, false, 0, SHARE_LOAD);

    DM_AUTO(profiles) *profiles = NULL;
    DM_AUTO(cred_chain) *chain = NULL;
    assert_ok(profiles_new(&nothing.environment, &profiles, &err), err);
    struct cred_sources sources = {
        .environment = &nothing.environment,
        .loop = p.second.loop,
        .profiles = profiles,
        .configured = {.access_key_id = STR("ID"), .secret_access_key = STR("secret")},
        .share = p.share};
    assert_ok(cred_chain_new(&sources, &chain, &err), err);
    enum dm_code told = DM_E_INTERNAL;
    struct cred_waiter waiter = {.done = note_code, .ctx = &told};
    cred_chain_wait(chain, &waiter);
    cr_assert_not_null(cred_chain_current(chain));
    assert_ok(dm_loop_turn(p.second.loop, 0, &err), err);
    cr_assert_eq(told, DM_OK);
}

/* --- chains on threads of their own --- */

enum { THREADS = 4 };

struct together {
    struct cred_share *share;
    atomic_uint reads; /* of the environment's key: one a load */
    atomic_uint ended;
};

struct worker {
    struct environment environment;
    struct together *together;
    pthread_t thread;
    bool told;
    enum dm_code code;
};

static const char *get(const struct environment *environment, const char *name)
{
    struct worker *worker = (void *)(uintptr_t)environment;
    if (strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0)
        return "secret";
    if (strcmp(name, "AWS_ACCESS_KEY_ID") != 0)
        return NULL;
    worker->together->reads++;
    return "ID";
}

static void on_told(enum dm_code code, const struct dm_error *err, void *ctx)
{
    struct worker *worker = ctx;
    (void)err;
    worker->told = true;
    worker->code = code;
}

static enum dm_code work(struct worker *worker, struct dm_error *err)
{
    DM_AUTO(dm_loop) *loop = NULL;
    DM_AUTO(profiles) *profiles = NULL;
    DM_AUTO(cred_chain) *chain = NULL;
    DM_TRY(dm_loop_new(&loop, err));
    DM_TRY(profiles_new(&worker->environment, &profiles, err));
    struct cred_sources sources = {.environment = &worker->environment,
                                   .loop = loop,
                                   .profiles = profiles,
                                   .share = worker->together->share};
    struct cred_waiter waiter = {.done = on_told, .ctx = worker};
    DM_TRY(cred_chain_new(&sources, &chain, err));
    for (int round = 0; round < 100; round++) {
        worker->told = false;
        cred_chain_wait(chain, &waiter);
        while (!worker->told)
            DM_TRY(dm_loop_turn(loop, -1, err));
        DM_TRY(worker->code);
        const struct credentials *current = cred_chain_current(chain);
        if (!current || strcmp(current->access_key_id, "ID") != 0)
            return error_set(err, DM_E_INTERNAL, "nothing there");
        cred_chain_reject(chain, current->generation);
    }
    return DM_OK;
}

static void *run(void *ctx)
{
    struct worker *worker = ctx;
    struct dm_error err = {0};
    worker->code = work(worker, &err);
    return NULL;
}

TEST(cred_share, serves_chains_on_several_threads)
{
    struct dm_error err = {0};
    struct together together = {.share = NULL};
    struct worker workers[THREADS];
    assert_ok(cred_share_new(&together.share, &err), err);
    for (size_t i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.environment = {get}, .together = &together};
        cr_assert_eq(pthread_create(&workers[i].thread, NULL, run, &workers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        cr_assert_eq(workers[i].code, DM_OK);
    }
    cr_assert_leq(together.reads, THREADS * 100);
    cred_share_free(together.share);
}

TEST(cred_share, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        DM_AUTO(cred_share) *share = NULL;
        DM_AUTO(dm_loop) *loop = NULL;
        struct cred_member member = {.share = NULL};
        enum dm_code code = cred_share_new(&share, &err);
        if (!code)
            code = dm_loop_new(&loop, &err);
        if (!code)
            code = cred_share_join(share, loop, on_woken, NULL, &member, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
        cred_share_leave(&member);
    }
}
