/* A chain on a loop, and who waits for it. */
#include "chain_fixture.h"

#include "support/test.h"

void fixture_init_with(struct fixture *fixture, const struct fake_environment *fake,
                       const struct cred_keys *configured)
{
    struct dm_error err = {0};
    *fixture = (struct fixture){NULL, NULL};
    assert_ok(dm_loop_new(&fixture->loop, &err), err);
    assert_ok(cred_chain_new(fixture->loop, &fake->environment, configured->access_key_id,
                             configured->secret_access_key, configured->session_token,
                             &fixture->chain, &err),
              err);
}

void fixture_init(struct fixture *fixture, const struct fake_environment *fake)
{
    static const struct cred_keys nothing;
    fixture_init_with(fixture, fake, &nothing);
}

void fixture_done(struct fixture *fixture)
{
    cred_chain_free(fixture->chain);
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
