/* A chain on a loop, and who waits for it. */
#include "chain_fixture.h"

#include "support/test.h"

static const char *get(const struct environment *environment, const char *name)
{
    const struct fixture *fixture = (const void *)environment;
    if (strcmp(name, "AWS_EC2_METADATA_DISABLED") == 0)
        return "true";
    return environment_get(&fixture->fake->environment, name);
}

struct cred_sources fixture_sources(const struct fixture *fixture)
{
    return (struct cred_sources){
        .environment = &fixture->environment,
        .loop = fixture->loop,
        .profiles = fixture->profiles,
        .profile = profile_named(&fixture->environment, (struct dm_str){NULL, 0})};
}

enum dm_code fixture_prepare(struct fixture *fixture, const struct fake_environment *fake,
                             struct dm_error *err)
{
    *fixture = (struct fixture){.environment = {get}, .fake = fake};
    DM_TRY(dm_loop_new(&fixture->loop, err));
    return profiles_new(&fixture->environment, &fixture->profiles, err);
}

void fixture_init_with(struct fixture *fixture, const struct fake_environment *fake,
                       const struct cred_keys *configured)
{
    struct dm_error err = {0};
    assert_ok(fixture_prepare(fixture, fake, &err), err);
    struct cred_sources sources = fixture_sources(fixture);
    sources.configured = *configured;
    assert_ok(cred_chain_new(&sources, &fixture->chain, &err), err);
}

void fixture_init(struct fixture *fixture, const struct fake_environment *fake)
{
    static const struct cred_keys nothing;
    fixture_init_with(fixture, fake, &nothing);
}

void fixture_done(struct fixture *fixture)
{
    cred_chain_free(fixture->chain);
    profiles_free(fixture->profiles);
    dm_loop_free(fixture->loop);
}

static void tell(enum dm_code code, const struct dm_error *err, void *ctx)
{
    struct told *told = ctx;
    told->times++;
    told->code = code;
    told->err = *err;
}

void wait_for(struct fixture *fixture, struct told *told)
{
    told->waiter.done = tell;
    told->waiter.ctx = told;
    cred_chain_wait(fixture->chain, &told->waiter);
}

void turn(struct fixture *fixture)
{
    struct dm_error err = {0};
    assert_ok(dm_loop_turn(fixture->loop, 0, &err), err);
}

void assert_found(struct fixture *fixture, const char *id, const char *secret,
                  const char *token)
{
    struct told told = {0};
    wait_for(fixture, &told);
    turn(fixture);
    cr_assert_eq(told.times, 1);
    assert_ok(told.code, told.err);

    const struct credentials *found = cred_chain_current(fixture->chain);
    cr_assert_not_null(found);
    assert_str(dm_str(found->access_key_id), id);
    assert_str(dm_str(found->secret_access_key), secret);
    cr_assert_eq(found->session_token == NULL, token == NULL);
    if (token)
        assert_str(dm_str(found->session_token), token);
}

void assert_failed(struct fixture *fixture, const char *message)
{
    struct told told = {0};
    wait_for(fixture, &told);
    turn(fixture);
    cr_assert_eq(told.times, 1);
    cr_assert_eq(told.code, DM_E_CREDENTIALS);
    assert_str(dm_str(told.err.message), message);
    cr_assert_null(cred_chain_current(fixture->chain));
}
