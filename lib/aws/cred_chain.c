/* The chain of credential providers. */
#include "aws/cred_chain.h"

#include <stdio.h>

#include "aws/providers.h"
#include "base/error.h"
#include "base/mem.h"

typedef enum dm_code (*provider_new_fn)(const struct cred_sources *sources,
                                        struct cred_provider *ret_provider,
                                        struct dm_error *err);

/* In the order asked. */
static const provider_new_fn order[] = {cred_static_new, cred_environment_new,
                                        cred_shared_file_new};

/* The same when AWS_PROFILE names a profile. */
static const provider_new_fn order_with_profile[] = {
    cred_static_new, cred_shared_file_new, cred_environment_new};

enum { PROVIDER_COUNT = DM_COUNT(order) };
_Static_assert(DM_COUNT(order_with_profile) == PROVIDER_COUNT, "the same providers");

/* A load under way, and what came of it. */
struct cred_load {
    struct cred_chain *chain;
    bool running;
    size_t asked; /* place of the provider that is to answer */
    struct dm_error err;
};

struct cred_chain {
    struct dm_loop *loop;
    struct cred_provider providers[PROVIDER_COUNT];
    struct credentials current; /* access_key_id NULL: none */
    uint64_t generation;
    struct cred_load load;
    struct loop_task tell;
    struct cred_waiter waiters; /* a ring */
};

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

/* Those who wait by now: one that waits anew waits for the next load. The chain is not
 * looked at once they are called, for they may free it. */
static void tell_waiters(void *ctx)
{
    struct cred_chain *chain = ctx;
    struct dm_error err = chain->load.err;
    struct cred_waiter told;
    chain->load.running = false;
    ring_move(&chain->waiters, &told);

    while (told.next != &told) {
        struct cred_waiter *waiter = told.next;
        cred_chain_unwait(waiter);
        waiter->done(err.code, &err, waiter->ctx);
    }
}

static void end_load(struct cred_load *load)
{
    struct cred_chain *chain = load->chain;
    loop_post(chain->loop, &chain->tell, tell_waiters, chain);
}

static void name_providers(const struct cred_chain *chain, char *names, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < PROVIDER_COUNT && len < size; i++)
        len += (size_t)snprintf(names + len, size - len, "%s%s", i ? ", " : "",
                                chain->providers[i].ops->name);
}

static void nobody_has_any(struct cred_load *load)
{
    char names[256];
    name_providers(load->chain, names, sizeof names);
    error_set(&load->err, DM_E_CREDENTIALS, "no credentials: looked at %s", names);
    end_load(load);
}

static void ask(struct cred_load *load)
{
    struct cred_provider *provider = &load->chain->providers[load->asked];
    provider->ops->load(provider->object, load);
}

void load_absent(struct cred_load *load)
{
    load->asked++;
    if (load->asked < PROVIDER_COUNT)
        ask(load);
    else
        nobody_has_any(load);
}

void load_failed(struct cred_load *load, const struct dm_error *err)
{
    load->err = *err;
    end_load(load);
}

void load_done(struct cred_load *load, struct credentials *found)
{
    struct cred_chain *chain = load->chain;
    credentials_done(&chain->current);
    chain->current = *found;
    chain->current.generation = ++chain->generation;
    *found = (struct credentials){0};
    end_load(load);
}

void load_keys(struct cred_load *load, const char *source, const struct cred_keys *keys)
{
    struct dm_error err = {0};
    DM_AUTO_DONE(credentials) found = {0};
    if (str_empty(keys->access_key_id) && str_empty(keys->secret_access_key))
        load_absent(load);
    else if (credentials_make(source, keys, &found, &err))
        load_failed(load, &err);
    else
        load_done(load, &found);
}

static enum dm_code make_providers(struct cred_chain *chain,
                                   const struct cred_sources *sources,
                                   struct dm_error *err)
{
    bool profile = !str_empty(environment_str(sources->environment, "AWS_PROFILE"));
    const provider_new_fn *make = profile ? order_with_profile : order;
    for (size_t i = 0; i < PROVIDER_COUNT; i++)
        DM_TRY(make[i](sources, &chain->providers[i], err));
    return DM_OK;
}

enum dm_code cred_chain_new(struct dm_loop *loop, const struct environment *environment,
                            struct dm_str access_key_id, struct dm_str secret_access_key,
                            struct dm_str session_token, struct cred_chain **ret_chain,
                            struct dm_error *err)
{
    struct cred_sources sources = {
        .environment = environment,
        .configured = {access_key_id, secret_access_key, session_token}};
    DM_AUTO(cred_chain) *chain = mem_new(sizeof *chain);
    if (!chain)
        return error_nomem(err);
    chain->loop = loop;
    chain->load.chain = chain;
    ring_init(&chain->waiters);
    DM_TRY(make_providers(chain, &sources, err));

    *ret_chain = DM_TAKE(chain);
    return DM_OK;
}

void cred_chain_free(struct cred_chain *chain)
{
    if (!chain)
        return;
    loop_task_cancel(&chain->tell);
    while (chain->waiters.next != &chain->waiters)
        cred_chain_unwait(chain->waiters.next);
    for (size_t i = 0; i < PROVIDER_COUNT; i++)
        if (chain->providers[i].ops)
            chain->providers[i].ops->free(chain->providers[i].object);
    credentials_done(&chain->current);
    mem_free(chain);
}

const struct credentials *cred_chain_current(struct cred_chain *chain)
{
    return chain->current.access_key_id ? &chain->current : NULL;
}

void cred_chain_wait(struct cred_chain *chain, struct cred_waiter *waiter)
{
    struct cred_load *load = &chain->load;
    if (!waiter->next)
        ring_add(&chain->waiters, waiter);
    if (load->running)
        return;
    *load = (struct cred_load){.chain = chain, .running = true};
    ask(load);
}

void cred_chain_reject(struct cred_chain *chain, uint64_t generation)
{
    if (chain->current.generation == generation)
        credentials_done(&chain->current);
}
