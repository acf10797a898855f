/* A chain on a loop, and who waits for it. */
#ifndef DYNAMOD_TESTS_CHAIN_FIXTURE_H
#define DYNAMOD_TESTS_CHAIN_FIXTURE_H

#include "aws/cred_chain.h"
#include "aws/profile.h"
#include "fake_environment.h"

/* What a waiter was told. */
struct told {
    struct cred_waiter waiter;
    unsigned times;
    enum dm_code code;
    struct dm_error err;
};

#define NOBODY                                                                           \
    "no credentials: looked at configuration, environment, role, web identity, "         \
    "profile's web identity, shared credentials file, credential_process, "              \
    "shared config file, container, imds"

struct fixture {
    struct environment environment; /* the fake's, where there is no instance to ask */
    const struct fake_environment *fake;
    struct dm_loop *loop;
    struct profiles *profiles;
    struct cred_chain *chain;
};

/* What a chain on its loop is made of. */
struct cred_sources fixture_sources(const struct fixture *fixture);

/* All but the chain; may run out of memory. */
DM_MUST_USE enum dm_code fixture_prepare(struct fixture *fixture,
                                         const struct fake_environment *fake,
                                         struct dm_error *err);

/* With nothing configured, or with those keys. The fake outlives it. */
void fixture_init(struct fixture *fixture, const struct fake_environment *fake);
void fixture_init_with(struct fixture *fixture, const struct fake_environment *fake,
                       const struct cred_keys *configured);
void fixture_done(struct fixture *fixture);
DM_AUTO_DONE_DEFINE(fixture, fixture_done)

void wait_for(struct fixture *fixture, struct told *told);
void turn(struct fixture *fixture);

/* Loads, and asserts what comes of it. */
void assert_found(struct fixture *fixture, const char *id, const char *secret,
                  const char *token);
void assert_failed(struct fixture *fixture, const char *message);

#endif
