/* Credentials of a role that a profile names, assumed over STS. */
#include "aws/providers.h"

#include "aws/profile.h"
#include "aws/role_plan.h"
#include "aws/sts.h"
#include "base/error.h"
#include "base/mem.h"

enum { PLAN_MAX = 64 * 1024, SOURCES_MAX = 4 };

/* One load is under way at a time: first some provider's, then one of STS for each step.
 */
struct cred_role {
    const struct cred_sources *sources;
    struct cred_load *load;

    struct arena arena;
    struct role_plan plan;
    struct role_step *step; /* that is being assumed */

    struct cred_sources first;               /* of those who provide what comes first */
    const cred_provider_new_fn *order;       /* of them, the next to ask; NULL ends it */
    struct cred_provider asked[SOURCES_MAX]; /* of them, until the next load: none may be
                                                freed while it answers */
    size_t asked_count;
    struct cred_load first_load;
    struct sts *sts;
};

static void role_load(void *provider, struct cred_load *load);
static void role_free(void *provider);

static const struct cred_provider_ops role_ops = {
    .name = "role", .load = role_load, .free = role_free};

static const cred_provider_new_fn of_a_profile[] = {
    cred_profile_web_identity_new, cred_shared_file_new, cred_process_new,
    cred_config_file_new, NULL};
_Static_assert(DM_COUNT(of_a_profile) == SOURCES_MAX + 1, "as many as may be asked");

static const struct {
    const char *name;
    cred_provider_new_fn order[2];
} credential_sources[] = {
    {"Environment", {cred_environment_new, NULL}},
    {"Ec2InstanceMetadata", {cred_imds_new, NULL}},
    {"EcsContainer", {cred_container_new, NULL}},
};

/* --- how a load ends --- */

static void drop_asked(struct cred_role *self)
{
    while (self->asked_count) {
        struct cred_provider *provider = &self->asked[--self->asked_count];
        provider->ops->free(provider->object);
    }
}

static void fail(struct cred_role *self, const struct dm_error *err)
{
    sts_free(DM_TAKE(self->sts));
    load_failed(self->load, err);
}

/* --- the steps over STS --- */

static void assume(struct cred_role *self, const struct credentials *signer);

static void on_keys(enum dm_code code, const struct cred_keys *keys,
                    const struct dm_error *err, void *ctx)
{
    struct cred_role *self = ctx;
    struct dm_error problem = {0};
    DM_AUTO_DONE(credentials) found = {0};
    if (code || credentials_make(role_ops.name, keys, &found, &problem)) {
        fail(self, code ? err : &problem);
        return;
    }
    self->step = self->step->next;
    if (self->step) {
        assume(self, &found);
        return;
    }
    sts_free(DM_TAKE(self->sts));
    load_done(self->load, &found);
}

static void assume(struct cred_role *self, const struct credentials *signer)
{
    sts_assume_role(self->sts, &self->step->role, signer, on_keys, self);
}

/* --- what comes first --- */

static void ask_next(struct cred_role *self);

static void nobody_has_any(struct cred_role *self)
{
    struct dm_error err = {0};
    error_set(&err, DM_E_CREDENTIALS, "role: %s has no credentials",
              self->plan.source_profile.ptr ? "source_profile" : "credential_source");
    fail(self, &err);
}

static void first_ended(struct cred_load *load, enum load_end end,
                        struct credentials *found, const struct dm_error *err)
{
    struct cred_role *self = DM_CONTAINER(load, struct cred_role, first_load);
    if (end == LOAD_ABSENT) {
        ask_next(self);
        return;
    }
    if (end == LOAD_FAILED) {
        fail(self, err);
        return;
    }
    struct dm_error problem = {0};
    if (sts_new(self->sources, role_ops.name, &self->sts, &problem))
        fail(self, &problem);
    else
        assume(self, found);
    credentials_done(found);
}

static void ask_next(struct cred_role *self)
{
    struct dm_error err = {0};
    struct cred_provider *provider = &self->asked[self->asked_count];
    if (!*self->order) {
        nobody_has_any(self);
        return;
    }
    if ((*self->order++)(&self->first, provider, &err)) {
        fail(self, &err);
        return;
    }
    self->asked_count++;
    self->first_load.ended = first_ended;
    provider->ops->load(provider->object, &self->first_load);
}

static enum dm_code choose_order(struct cred_role *self, struct dm_error *err)
{
    self->first = *self->sources;
    self->first.profile = self->plan.source_profile;
    self->order = of_a_profile;
    if (self->plan.source_profile.ptr)
        return DM_OK;
    for (size_t i = 0; i < DM_COUNT(credential_sources); i++)
        if (str_equal(self->plan.credential_source, dm_str(credential_sources[i].name))) {
            self->order = credential_sources[i].order;
            return DM_OK;
        }
    return error_set(err, DM_E_CREDENTIALS,
                     "role: credential_source: expected Environment, "
                     "Ec2InstanceMetadata or EcsContainer");
}

/* --- a load --- */

static enum dm_code make_plan(struct cred_role *self, struct dm_error *err)
{
    const struct cred_sources *sources = self->sources;
    drop_asked(self);
    arena_done(&self->arena);
    arena_init_secret(&self->arena, PLAN_MAX);
    self->plan = (struct role_plan){0};
    DM_TRY(profiles_refresh(sources->profiles, err));
    if (!str_empty(sources->profile) &&
        !profiles_have(sources->profiles, sources->profile))
        return error_set(err, DM_E_CREDENTIALS,
                         "there is no profile of the name that is set");
    DM_TRY(role_plan_make(sources->profiles, profile_or_default(sources->profile),
                          &self->arena, &self->plan, err));
    self->step = self->plan.steps;
    return self->step ? choose_order(self, err) : DM_OK;
}

static void role_load(void *provider, struct cred_load *load)
{
    struct cred_role *self = provider;
    struct dm_error err = {0};
    self->load = load;
    if (make_plan(self, &err))
        load_failed(load, &err);
    else if (self->step)
        ask_next(self);
    else
        load_absent(load);
}

static void role_free(void *provider)
{
    struct cred_role *self = provider;
    drop_asked(self);
    sts_free(self->sts);
    arena_done(&self->arena);
    mem_free(self);
}

enum dm_code cred_role_new(const struct cred_sources *sources,
                           struct cred_provider *ret_provider, struct dm_error *err)
{
    struct cred_role *self = mem_new(sizeof *self);
    if (!self)
        return error_nomem(err);
    self->sources = sources;
    arena_init_secret(&self->arena, PLAN_MAX);
    *ret_provider = (struct cred_provider){&role_ops, self};
    return DM_OK;
}
