/*
 * The chain: providers in order, the credentials that the first of them had, when they
 * are loaded anew, and who waits.
 *
 * Credentials that expire are loaded anew in the background from 15 minutes before their
 * end on; from 10 minutes on, who needs them waits for that (cred_refresh.h). A load that
 * fails is tolerated, and tried again after a minute, as long as they are valid. A shared
 * file that has changed is read in the background too.
 */
#ifndef DYNAMOD_AWS_CRED_CHAIN_H
#define DYNAMOD_AWS_CRED_CHAIN_H

#include "aws/cred_share.h"
#include "aws/providers.h"
#include "net/loop.h"

struct cred_chain;

/* Who waits for credentials. Embedded; zero it once, set done and ctx. */
struct cred_waiter {
    struct cred_waiter *next, *previous; /* the chain's; NULL: does not wait */
    void (*done)(enum dm_code code, const struct dm_error *err, void *ctx);
    void *ctx;
};

/*
 * The app's configuration; the environment; the profile (role, web identity, shared
 * files, process); the container's endpoint; the instance's. A named profile beats the
 * environment. All that the sources point at outlives the chain; they are copied
 * themselves. DM_E_CREDENTIALS when the configured keys cannot be used.
 */
DM_MUST_USE enum dm_code cred_chain_new(const struct cred_sources *sources,
                                        struct cred_chain **ret_chain,
                                        struct dm_error *err);

/* Waiters are dropped without a call. */
void cred_chain_free(struct cred_chain *chain);
DM_AUTO_DEFINE(cred_chain, cred_chain_free)

/* What may be used now, lent until the loop turns; NULL: wait for them. May start a load
 * in the background. */
const struct credentials *cred_chain_current(struct cred_chain *chain);

/*
 * Calls waiter->done once, from the loop, when a load ends; starts one unless one runs.
 * DM_OK: cred_chain_current has some. DM_E_CREDENTIALS when no provider has any, or one
 * has what cannot be used; such an answer of a service stands for a second. err is lent
 * until return. A waiter that waits already keeps its place.
 */
void cred_chain_wait(struct cred_chain *chain, struct cred_waiter *waiter);

/* Nothing when it does not wait. */
void cred_chain_unwait(struct cred_waiter *waiter);

/* DynamoDB called those of that generation expired or unknown: the next use loads anew.
 * Nothing while a service has only just given them. */
void cred_chain_reject(struct cred_chain *chain, uint64_t generation);

/* For readiness and metrics. The texts are static or lent until the loop turns. */
struct cred_status {
    bool usable;              /* there are some, not expired or outliving that */
    const char *provider;     /* which has them; NULL: none */
    const char *failed;       /* the provider that failed last, NULL: none since the last
                                 success, or none had any */
    const char *message;      /* of that failure; "" for none */
    int64_t expires_ms;       /* wall clock; 0: never, or none */
    uint64_t loads, failures; /* that ended since the start */
};
struct cred_status cred_chain_status(const struct cred_chain *chain);

/* A provider of those that the chain asks, for metrics by name. */
struct cred_provider_status {
    const char *name; /* static */
    uint64_t loads, failures;
};

/* The one at `index`, false past the last. */
bool cred_chain_provider(const struct cred_chain *chain, size_t index,
                         struct cred_provider_status *ret_status);

#endif
