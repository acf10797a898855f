/* The chain: providers in order, the credentials that the first of them had, and who
 * waits. */
#ifndef DYNAMOD_AWS_CRED_CHAIN_H
#define DYNAMOD_AWS_CRED_CHAIN_H

#include "aws/credentials.h"
#include "net/loop.h"

struct cred_chain;

/* Who waits for credentials. Embedded; zero it once, set done and ctx. */
struct cred_waiter {
    struct cred_waiter *next, *previous; /* the chain's; NULL: does not wait */
    void (*done)(enum dm_code code, const struct dm_error *err, void *ctx);
    void *ctx;
};

/*
 * The app's configuration, then the environment, then the shared credentials file (a
 * profile that AWS_PROFILE names beats the environment). The three strs are the app's
 * configured keys, copied; the environment outlives the chain. DM_E_CREDENTIALS when the
 * configured keys cannot be used.
 */
DM_MUST_USE enum dm_code cred_chain_new(
    struct dm_loop *loop, const struct environment *environment,
    struct dm_str access_key_id, struct dm_str secret_access_key,
    struct dm_str session_token, struct cred_chain **ret_chain, struct dm_error *err);

/* Waiters are dropped without a call. */
void cred_chain_free(struct cred_chain *chain);
DM_AUTO_DEFINE(cred_chain, cred_chain_free)

/* What is valid now, lent until the loop turns; NULL: wait for them. */
const struct credentials *cred_chain_current(struct cred_chain *chain);

/* Calls waiter->done once, from the loop, when a load ends; starts one unless one runs.
 * DM_E_CREDENTIALS when no provider has any, or one has what cannot be used. err is lent
 * until return. A waiter that waits already keeps its place. */
void cred_chain_wait(struct cred_chain *chain, struct cred_waiter *waiter);

/* Nothing when it does not wait. */
void cred_chain_unwait(struct cred_waiter *waiter);

/* DynamoDB called those of that generation expired or unknown: the next use loads anew.
 */
void cred_chain_reject(struct cred_chain *chain, uint64_t generation);

#endif
