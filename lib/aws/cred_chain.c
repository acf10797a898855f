/* The chain of credential providers. */
#include "aws/cred_chain.h"

#include <stdio.h>

#include "aws/cred_refresh.h"
#include "aws/profile.h"
#include "base/error.h"
#include "base/mem.h"

/* In the order asked. */
static const cred_provider_new_fn order[] = {
    cred_static_new,       cred_environment_new,          cred_role_new,
    cred_web_identity_new, cred_profile_web_identity_new, cred_shared_file_new,
    cred_process_new,      cred_config_file_new,          cred_container_new,
    cred_imds_new};

/* The same when a profile is named. */
static const cred_provider_new_fn order_with_profile[] = {
    cred_static_new,      cred_role_new,         cred_profile_web_identity_new,
    cred_shared_file_new, cred_process_new,      cred_config_file_new,
    cred_environment_new, cred_web_identity_new, cred_container_new,
    cred_imds_new};

enum { PROVIDER_COUNT = DM_COUNT(order) };
_Static_assert(DM_COUNT(order_with_profile) == PROVIDER_COUNT, "the same providers");

enum {
    LOOK_MS = 1000,        /* between two looks at the shared files */
    HOLD_MS = 1000,        /* how long a service's failure stands, at most */
    REJECT_AFTER_MS = 1000 /* what a service gave is not asked for anew before that */
};

struct asked_provider {
    struct cred_provider provider;
    uint64_t loads, failures;
};

struct cred_chain {
    struct cred_sources sources;
    struct cred_member member;
    struct asked_provider providers[PROVIDER_COUNT];

    struct credentials current; /* access_key_id NULL: none */
    struct cred_refresh refresh;
    uint64_t generation; /* the highest there was */
    int64_t looked_ms;   /* when the files were looked at; this and below monotonic */
    int64_t loaded_ms;
    int64_t failed_ms;
    bool loaded_afar, failed_afar; /* by a service, which is not to be asked too often */

    struct cred_load load;
    bool running; /* until the waiters are told */
    bool inside;  /* a provider is being called */
    bool waiting; /* for another thread's load */
    size_t asked; /* place of the provider that is to answer */
    const char *failed;
    struct dm_error err; /* of the last load */
    uint64_t loads, failures;

    struct loop_task begin, tell;
    struct cred_waiter waiters; /* a ring */
};

static int64_t now_ms(const struct cred_chain *chain)
{
    return loop_now_ms(chain->sources.loop);
}

static int64_t wall_ms(const struct cred_chain *chain)
{
    return clock_wall_ms(loop_clock(chain->sources.loop));
}

/* --- who waits --- */

static void ring_init(struct cred_waiter *ring)
{
    ring->next = ring->previous = ring;
}

static void ring_add(struct cred_waiter *ring, struct cred_waiter *waiter)
{
    waiter->next = ring;
    waiter->previous = ring->previous;
    ring->previous->next = waiter;
    ring->previous = waiter;
}

void cred_chain_unwait(struct cred_waiter *waiter)
{
    if (!waiter->next)
        return;
    waiter->next->previous = waiter->previous;
    waiter->previous->next = waiter->next;
    waiter->next = waiter->previous = NULL;
}

/* Empties `from` into `to`, in its order. */
static void ring_move(struct cred_waiter *from, struct cred_waiter *to)
{
    ring_init(to);
    ring_add(from, to);
    cred_chain_unwait(from);
    ring_init(from);
}

static enum cred_need need(const struct cred_chain *chain)
{
    if (!chain->current.access_key_id)
        return CRED_EXPIRED;
    return cred_refresh_need(&chain->refresh, wall_ms(chain), now_ms(chain));
}

/* Those who wait by now: one that waits anew waits for the next load. The chain is not
 * looked at once they are called, for they may free it. */
static void tell_waiters(void *ctx)
{
    struct cred_chain *chain = ctx;
    struct dm_error err = {0};
    struct cred_waiter told;
    if (need(chain) == CRED_EXPIRED)
        err = chain->err;
    chain->running = false;
    ring_move(&chain->waiters, &told);

    while (told.next != &told) {
        struct cred_waiter *waiter = told.next;
        cred_chain_unwait(waiter);
        waiter->done(err.code, &err, waiter->ctx);
    }
}

/* --- how a load ends --- */

static const struct cred_provider_ops *ops_of(const struct cred_chain *chain,
                                              const char *name)
{
    size_t i = 0;
    while (strcmp(chain->providers[i].provider.ops->name, name) != 0)
        i++;
    return chain->providers[i].provider.ops;
}

static bool outlives(const struct cred_chain *chain)
{
    return chain->current.access_key_id &&
           ops_of(chain, chain->current.provider)->outlive;
}

/* An instance's are taken by DynamoDB beyond their end, while nobody gives it others. */
static void let_outlive(struct cred_chain *chain)
{
    if (need(chain) == CRED_EXPIRED && outlives(chain))
        cred_refresh_outlive(&chain->refresh, wall_ms(chain), now_ms(chain));
}

static void end_load(struct cred_chain *chain)
{
    loop_post(chain->sources.loop, &chain->tell, tell_waiters, chain);
}

/* What there is goes on being used while it is good, an instance's even longer. */
static void fail(struct cred_chain *chain, const char *provider,
                 const struct dm_error *err)
{
    chain->failures++;
    chain->failed = provider;
    chain->err = *err;
    chain->failed_ms = now_ms(chain);
    chain->failed_afar = !chain->inside && !chain->waiting;
    if (need(chain) != CRED_EXPIRED)
        cred_refresh_failed(&chain->refresh, wall_ms(chain), now_ms(chain));
    let_outlive(chain);
    end_load(chain);
}

static void adopt(struct cred_chain *chain, struct credentials *found)
{
    credentials_done(&chain->current);
    chain->current = *found;
    chain->generation = found->generation;
    chain->loaded_ms = now_ms(chain);
    chain->loaded_afar = !chain->inside;
    chain->failed = NULL;
    chain->err = (struct dm_error){0};
    cred_refresh_loaded(&chain->refresh, found->expires_ms, found->loaded_ms);
    let_outlive(chain);
    end_load(chain);
}

static void end_with_failure(struct cred_chain *chain, const char *provider,
                             const struct dm_error *err)
{
    struct dm_error copy = *err;
    if (chain->member.share)
        cred_share_end(&chain->member, NULL, &copy);
    fail(chain, provider, &copy);
}

static bool expired(const struct cred_chain *chain, const struct credentials *found)
{
    return found->expires_ms && found->expires_ms <= wall_ms(chain);
}

static void end_with_expired(struct cred_chain *chain, const char *provider)
{
    struct dm_error err = {0};
    error_set(&err, DM_E_CREDENTIALS, "%s: what it gave has expired", provider);
    end_with_failure(chain, provider, &err);
}

static void end_with(struct cred_chain *chain, const struct cred_provider_ops *ops,
                     struct credentials *found)
{
    if (expired(chain, found) && !ops->outlive) {
        credentials_done(found);
        end_with_expired(chain, ops->name);
        return;
    }
    found->provider = ops->name;
    found->loaded_ms = wall_ms(chain);
    found->generation = chain->generation + 1;
    if (chain->member.share)
        cred_share_end(&chain->member, found, NULL);
    adopt(chain, found);
}

/* --- a load --- */

static void name_providers(const struct cred_chain *chain, char *names, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < PROVIDER_COUNT && len < size; i++)
        len += (size_t)snprintf(names + len, size - len, "%s%s", i ? ", " : "",
                                chain->providers[i].provider.ops->name);
}

static void nobody_has_any(struct cred_chain *chain)
{
    char names[256];
    struct dm_error err = {0};
    name_providers(chain, names, sizeof names);
    error_set(&err, DM_E_CREDENTIALS, "no credentials: looked at %s", names);
    end_with_failure(chain, NULL, &err);
}

static void ask(struct cred_chain *chain)
{
    struct cred_provider *provider = &chain->providers[chain->asked].provider;
    provider->ops->load(provider->object, &chain->load);
}

static void on_answer(struct cred_load *load, enum load_end end,
                      struct credentials *found, const struct dm_error *err)
{
    struct cred_chain *chain = DM_CONTAINER(load, struct cred_chain, load);
    struct asked_provider *asked = &chain->providers[chain->asked];
    asked->loads += end == LOAD_DONE;
    asked->failures += end == LOAD_FAILED;
    if (end == LOAD_DONE)
        end_with(chain, asked->provider.ops, found);
    else if (end == LOAD_FAILED)
        end_with_failure(chain, asked->provider.ops->name, err);
    else if (++chain->asked < PROVIDER_COUNT)
        ask(chain);
    else
        nobody_has_any(chain);
}

static void load_ourselves(struct cred_chain *chain)
{
    chain->loads++;
    chain->asked = 0;
    chain->inside = true;
    ask(chain);
    chain->inside = false;
}

static void ask_share(struct cred_chain *chain, bool woken)
{
    struct credentials found;
    struct dm_error err = {0};
    enum share_turn turn =
        cred_share_ask(&chain->member, woken, chain->generation, &found, &err);
    if (turn == SHARE_FAILED)
        fail(chain, NULL, &err); /* while it still waits: it was not ours */
    chain->waiting = turn == SHARE_WAIT;
    if (turn == SHARE_LOAD)
        load_ourselves(chain);
    if (turn == SHARE_TAKEN)
        adopt(chain, &found);
}

static void on_woken(void *ctx)
{
    struct cred_chain *chain = ctx;
    if (chain->waiting)
        ask_share(chain, true);
}

static void begin_load(struct cred_chain *chain)
{
    chain->running = true;
    loop_task_cancel(&chain->begin);
    if (chain->member.share)
        ask_share(chain, false);
    else
        load_ourselves(chain);
}

static void begin_in_background(void *ctx)
{
    struct cred_chain *chain = ctx;
    if (!chain->running)
        begin_load(chain);
}

/* --- the chain --- */

static enum dm_code make_providers(struct cred_chain *chain, struct dm_error *err)
{
    const cred_provider_new_fn *make =
        str_empty(chain->sources.profile) ? order : order_with_profile;
    for (size_t i = 0; i < PROVIDER_COUNT; i++)
        DM_TRY(make[i](&chain->sources, &chain->providers[i].provider, err));
    return DM_OK;
}

enum dm_code cred_chain_new(const struct cred_sources *sources,
                            struct cred_chain **ret_chain, struct dm_error *err)
{
    DM_AUTO(cred_chain) *chain = mem_new(sizeof *chain);
    if (!chain)
        return error_nomem(err);
    chain->sources = *sources;
    chain->load.ended = on_answer;
    ring_init(&chain->waiters);
    chain->looked_ms = now_ms(chain);
    chain->refresh.random = (uint64_t)wall_ms(chain) ^ (uintptr_t)chain;
    DM_TRY(make_providers(chain, err));
    /* Configured keys are at hand: nobody need wait for another thread's load. */
    if (sources->share && str_empty(sources->configured.access_key_id))
        DM_TRY(cred_share_join(sources->share, sources->loop, on_woken, chain,
                               &chain->member, err));
    *ret_chain = DM_TAKE(chain);
    return DM_OK;
}

void cred_chain_free(struct cred_chain *chain)
{
    if (!chain)
        return;
    loop_task_cancel(&chain->begin);
    loop_task_cancel(&chain->tell);
    while (chain->waiters.next != &chain->waiters)
        cred_chain_unwait(chain->waiters.next);
    for (size_t i = 0; i < PROVIDER_COUNT; i++)
        if (chain->providers[i].provider.ops)
            chain->providers[i].provider.ops->free(chain->providers[i].provider.object);
    cred_share_leave(&chain->member);
    credentials_done(&chain->current);
    mem_free(chain);
}

static bool files_changed(struct cred_chain *chain)
{
    int64_t now = now_ms(chain);
    if (now - chain->looked_ms < LOOK_MS)
        return false;
    chain->looked_ms = now;
    return profiles_changed(chain->sources.profiles);
}

const struct credentials *cred_chain_current(struct cred_chain *chain)
{
    if (!chain->current.access_key_id)
        return NULL;
    bool changed = files_changed(chain);
    enum cred_need now = need(chain);
    if (now == CRED_EXPIRED || now == CRED_NEEDED)
        return NULL;
    if ((changed || now == CRED_ADVISED) && !chain->running)
        loop_post(chain->sources.loop, &chain->begin, begin_in_background, chain);
    return &chain->current;
}

/* A failure of a service stands for a while, so that it is not asked for each of our
 * clients' requests. */
static bool failure_stands(const struct cred_chain *chain)
{
    return chain->err.code && chain->failed_afar &&
           now_ms(chain) - chain->failed_ms < HOLD_MS;
}

void cred_chain_wait(struct cred_chain *chain, struct cred_waiter *waiter)
{
    if (!waiter->next)
        ring_add(&chain->waiters, waiter);
    if (chain->running)
        return;
    if (!failure_stands(chain)) {
        begin_load(chain);
        return;
    }
    chain->running = true;
    let_outlive(chain); /* the failure may be from just before their end */
    end_load(chain);
}

void cred_chain_reject(struct cred_chain *chain, uint64_t generation)
{
    bool fresh = chain->loaded_afar && now_ms(chain) - chain->loaded_ms < REJECT_AFTER_MS;
    if (chain->current.generation == generation && !fresh)
        credentials_done(&chain->current);
}

/* --- what there is to tell --- */

struct cred_status cred_chain_status(const struct cred_chain *chain)
{
    bool usable = need(chain) != CRED_EXPIRED;
    return (struct cred_status){.usable = usable,
                                .provider = usable ? chain->current.provider : NULL,
                                .failed = chain->failed,
                                .message = chain->err.message,
                                .expires_ms = usable ? chain->refresh.expires_ms : 0,
                                .loads = chain->loads,
                                .failures = chain->failures};
}

bool cred_chain_provider(const struct cred_chain *chain, size_t index,
                         struct cred_provider_status *ret_status)
{
    if (index >= PROVIDER_COUNT)
        return false;
    const struct asked_provider *asked = &chain->providers[index];
    *ret_status = (struct cred_provider_status){asked->provider.ops->name, asked->loads,
                                                asked->failures};
    return true;
}
