/* Credentials of the process's environment. */
#include "aws/providers.h"

#include "base/error.h"
#include "base/mem.h"

struct cred_environment {
    const struct environment *environment;
};

static void environment_load(void *provider, struct cred_load *load);

static const struct cred_provider_ops environment_ops = {
    .name = "environment", .load = environment_load, .free = mem_free};

static void environment_load(void *provider, struct cred_load *load)
{
    const struct cred_environment *self = provider;
    const struct environment *environment = self->environment;
    struct cred_keys keys = {
        .access_key_id = environment_str(environment, "AWS_ACCESS_KEY_ID"),
        .secret_access_key = environment_str(environment, "AWS_SECRET_ACCESS_KEY"),
        .session_token = environment_str(environment, "AWS_SESSION_TOKEN")};
    load_keys(load, environment_ops.name, &keys);
}

enum dm_code cred_environment_new(const struct cred_sources *sources,
                                  struct cred_provider *ret_provider,
                                  struct dm_error *err)
{
    struct cred_environment *self = mem_new(sizeof *self);
    if (!self)
        return error_nomem(err);
    self->environment = sources->environment;
    *ret_provider = (struct cred_provider){&environment_ops, self};
    return DM_OK;
}
