/* The chain: order, waiting, rejection. */
#include "aws/cred_chain.h"
#include "chain_fixture.h"
#include "support/test.h"

static const struct fake_environment with_keys = {
    .environment = {fake_get},
    .variables = {{"AWS_ACCESS_KEY_ID", "ENVID"},
                  {"AWS_SECRET_ACCESS_KEY", "envsecret"},
                  {"AWS_SESSION_TOKEN", "envtoken"}}};

static const struct fake_environment nothing = {.environment = {fake_get}};

static const struct cred_keys configured = {.access_key_id = {"CONFID", 6},
                                            .secret_access_key = {"confsecret", 10}};

TEST(cred_chain, asks_the_configuration_first)
{
    DM_AUTO_DONE(fixture) fixture;
    fixture_init_with(&fixture, &with_keys, &configured);
    assert_found(&fixture, "CONFID", "confsecret", NULL);
}

TEST(cred_chain, passes_the_configured_session_token_on)
{
    struct cred_keys keys = configured;
    keys.session_token = STR("conftoken");
    DM_AUTO_DONE(fixture) fixture;
    fixture_init_with(&fixture, &nothing, &keys);
    assert_found(&fixture, "CONFID", "confsecret", "conftoken");
}

TEST(cred_chain, then_asks_the_environment)
{
    DM_AUTO_DONE(fixture) fixture;
    fixture_init(&fixture, &with_keys);
    assert_found(&fixture, "ENVID", "envsecret", "envtoken");
}

TEST(cred_chain, takes_empty_variables_for_none)
{
    struct fake_environment fake =
        FAKE({"AWS_ACCESS_KEY_ID", ""}, {"AWS_SECRET_ACCESS_KEY", ""},
             {"AWS_SESSION_TOKEN", "left over"});
    DM_AUTO_DONE(fixture) fixture;
    fixture_init(&fixture, &fake);
    assert_failed(&fixture, NOBODY);
}

TEST(cred_chain, then_asks_the_shared_file)
{
    struct fake_environment fake =
        FAKE({"AWS_SHARED_CREDENTIALS_FILE", TEST_DATA "/shared/credentials"});
    DM_AUTO_DONE(fixture) fixture;
    fixture_init(&fixture, &fake);
    assert_found(&fixture, "FILEID", "filesecret", NULL);
}

TEST(cred_chain, asks_the_environment_before_the_shared_file)
{
    struct fake_environment fake = with_keys;
    fake.variables[3] = (struct fake_variable){"AWS_SHARED_CREDENTIALS_FILE",
                                               TEST_DATA "/shared/credentials"};
    DM_AUTO_DONE(fixture) fixture;
    fixture_init(&fixture, &fake);
    assert_found(&fixture, "ENVID", "envsecret", "envtoken");
}

TEST(cred_chain, asks_the_shared_file_first_when_a_profile_is_named)
{
    struct fake_environment fake = with_keys;
    fake.variables[3] = (struct fake_variable){"AWS_SHARED_CREDENTIALS_FILE",
                                               TEST_DATA "/shared/credentials"};
    fake.variables[4] = (struct fake_variable){"AWS_PROFILE", "work"};
    DM_AUTO_DONE(fixture) fixture;
    fixture_init(&fixture, &fake);
    assert_found(&fixture, "WORKID", "worksecret", "worktoken");
}

TEST(cred_chain, says_where_it_looked_when_nobody_has_any)
{
    DM_AUTO_DONE(fixture) fixture;
    fixture_init(&fixture, &nothing);
    assert_failed(&fixture, NOBODY);
}

TEST(cred_chain, stops_when_the_named_profile_is_nowhere)
{
    struct fake_environment fake = with_keys;
    fake.variables[3] = (struct fake_variable){"AWS_PROFILE", "nobody"};
    DM_AUTO_DONE(fixture) fixture;
    fixture_init(&fixture, &fake);
    assert_failed(&fixture, "there is no profile of the name that is set");
}

TEST(cred_chain, stops_at_half_a_pair_in_the_environment)
{
    struct fake_environment id = FAKE({"AWS_ACCESS_KEY_ID", "ENVID"});
    struct fake_environment secret = FAKE({"AWS_SECRET_ACCESS_KEY", "envsecret"});
    DM_AUTO_DONE(fixture) id_only, secret_only;
    fixture_init(&id_only, &id);
    fixture_init(&secret_only, &secret);
    assert_failed(&id_only,
                  "environment: there is an access key id, but no secret access key");
    assert_failed(&secret_only, "environment: the access key id is missing");
}

static void assert_not_made(struct cred_keys keys, const char *message)
{
    struct dm_error err = {0};
    struct cred_chain *chain = NULL;
    DM_AUTO_DONE(fixture) fixture;
    fixture_init(&fixture, &nothing);
    struct cred_sources sources = fixture_sources(&fixture);
    sources.configured = keys;
    cr_assert_eq(cred_chain_new(&sources, &chain, &err), DM_E_CREDENTIALS);
    assert_str(dm_str(err.message), message);
    cr_assert_null(chain);
}

TEST(cred_chain, is_not_made_of_half_a_pair_in_the_configuration)
{
    assert_not_made((struct cred_keys){.access_key_id = STR("CONFID")},
                    "configuration: there is an access key id, but no secret access key");
    assert_not_made((struct cred_keys){.secret_access_key = STR("confsecret")},
                    "configuration: the access key id is missing");
    assert_not_made((struct cred_keys){.session_token = STR("conftoken")},
                    "configuration: the access key id is missing");
}

TEST(cred_chain, answers_from_the_loop_alone)
{
    struct told told = {0};
    DM_AUTO_DONE(fixture) fixture;
    fixture_init(&fixture, &with_keys);
    cr_assert_null(cred_chain_current(fixture.chain));
    wait_for(&fixture, &told);
    cr_assert_eq(told.times, 0);
    turn(&fixture);
    cr_assert_eq(told.times, 1);
    turn(&fixture);
    cr_assert_eq(told.times, 1);
}

TEST(cred_chain, answers_all_waiters_with_one_load)
{
    unsigned loads = 0;
    struct told told[3] = {0};
    struct fake_environment fake = with_keys;
    fake.reads_of_key = &loads;
    DM_AUTO_DONE(fixture) fixture;
    fixture_init(&fixture, &fake);
    for (size_t i = 0; i < DM_COUNT(told); i++)
        wait_for(&fixture, &told[i]);
    wait_for(&fixture, &told[0]);
    turn(&fixture);
    for (size_t i = 0; i < DM_COUNT(told); i++)
        cr_assert_eq(told[i].times, 1);
    cr_assert_eq(loads, 1);
}

TEST(cred_chain, does_not_answer_who_waits_no_more)
{
    struct told first = {0}, second = {0}, third = {0};
    DM_AUTO_DONE(fixture) fixture;
    fixture_init(&fixture, &with_keys);
    wait_for(&fixture, &first);
    wait_for(&fixture, &second);
    wait_for(&fixture, &third);
    cred_chain_unwait(&second.waiter);
    cred_chain_unwait(&second.waiter);
    turn(&fixture);
    cr_assert_eq(first.times, 1);
    cr_assert_eq(second.times, 0);
    cr_assert_eq(third.times, 1);
    cred_chain_unwait(&first.waiter);
}

TEST(cred_chain, does_not_answer_once_freed)
{
    struct told told = {0};
    DM_AUTO_DONE(fixture) fixture;
    fixture_init(&fixture, &with_keys);
    wait_for(&fixture, &told);
    cred_chain_free(fixture.chain);
    fixture.chain = NULL;
    turn(&fixture);
    cr_assert_eq(told.times, 0);
    cred_chain_unwait(&told.waiter);
}

TEST(cred_chain, loads_anew_what_was_rejected)
{
    DM_AUTO_DONE(fixture) fixture;
    fixture_init(&fixture, &with_keys);
    assert_found(&fixture, "ENVID", "envsecret", "envtoken");
    uint64_t first = cred_chain_current(fixture.chain)->generation;
    cred_chain_reject(fixture.chain, first);
    cr_assert_null(cred_chain_current(fixture.chain));

    assert_found(&fixture, "ENVID", "envsecret", "envtoken");
    uint64_t second = cred_chain_current(fixture.chain)->generation;
    cr_assert_neq(first, second);
    cred_chain_reject(fixture.chain, first);
    cr_assert_not_null(cred_chain_current(fixture.chain));
}

TEST(cred_chain, finds_later_what_was_not_there_at_first)
{
    struct fake_environment fake = {.environment = {fake_get}};
    DM_AUTO_DONE(fixture) fixture;
    fixture_init(&fixture, &fake);
    assert_failed(&fixture, NOBODY);
    memcpy(fake.variables, with_keys.variables, sizeof fake.variables);
    assert_found(&fixture, "ENVID", "envsecret", "envtoken");
}

/* A waiter that does something to the chain or to another waiter when it is told. */
struct meddler {
    struct cred_waiter waiter;
    struct fixture *fixture;
    struct told *other;
};

static void free_chain(enum dm_code code, const struct dm_error *err, void *ctx)
{
    struct meddler *meddler = ctx;
    (void)code, (void)err;
    cred_chain_unwait(&meddler->other->waiter);
    cred_chain_free(meddler->fixture->chain);
    meddler->fixture->chain = NULL;
}

static void wait_again(enum dm_code code, const struct dm_error *err, void *ctx)
{
    struct meddler *meddler = ctx;
    (void)code, (void)err;
    wait_for(meddler->fixture, meddler->other);
}

TEST(cred_chain, may_be_freed_by_a_waiter)
{
    struct told other = {0};
    DM_AUTO_DONE(fixture) fixture;
    struct meddler meddler = {.fixture = &fixture, .other = &other};
    fixture_init(&fixture, &with_keys);
    meddler.waiter.done = free_chain;
    meddler.waiter.ctx = &meddler;
    cred_chain_wait(fixture.chain, &meddler.waiter);
    wait_for(&fixture, &other);
    turn(&fixture);
    cr_assert_null(fixture.chain);
    cr_assert_eq(other.times, 0);
}

TEST(cred_chain, loads_anew_for_who_waits_when_told)
{
    unsigned loads = 0;
    struct told other = {0};
    struct fake_environment fake = with_keys;
    DM_AUTO_DONE(fixture) fixture;
    struct meddler meddler = {.fixture = &fixture, .other = &other};
    fake.reads_of_key = &loads;
    fixture_init(&fixture, &fake);
    meddler.waiter.done = wait_again;
    meddler.waiter.ctx = &meddler;
    cred_chain_wait(fixture.chain, &meddler.waiter);
    turn(&fixture);
    turn(&fixture);
    cr_assert_eq(other.times, 1);
    cr_assert_eq(loads, 2);
}

static enum dm_code load_with(struct fixture *fixture,
                              const struct fake_environment *fake, struct told *told)
{
    DM_TRY(fixture_prepare(fixture, fake, &told->err));
    struct cred_sources sources = fixture_sources(fixture);
    DM_TRY(cred_chain_new(&sources, &fixture->chain, &told->err));
    wait_for(fixture, told);
    turn(fixture);
    return told->code;
}

TEST(cred_chain, survives_each_allocation_failing)
{
    struct fake_environment fake =
        FAKE({"AWS_SHARED_CREDENTIALS_FILE", TEST_DATA "/shared/credentials"});
    WITH_EACH_ALLOCATION_FAILING
    {
        struct told told = {0};
        DM_AUTO_DONE(fixture) fixture;
        enum dm_code code = load_with(&fixture, &fake, &told);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", told.err.message);
    }
}
