/* Credentials of a profile of AWS's shared files: keys as they are. */
#include "aws/providers.h"

#include "aws/profile.h"
#include "base/error.h"
#include "base/mem.h"

struct cred_shared_file {
    const struct cred_sources *sources;
    const struct cred_provider_ops *ops;
    enum profiles_file file;
};

static void shared_file_load(void *provider, struct cred_load *load);

static const struct cred_provider_ops shared_file_ops = {
    .name = "shared credentials file", .load = shared_file_load, .free = mem_free};

static const struct cred_provider_ops config_file_ops = {
    .name = "shared config file", .load = shared_file_load, .free = mem_free};

static struct dm_str property(const struct cred_shared_file *self, const char *name)
{
    return profile_property_in(self->sources->profiles, self->file,
                               profile_or_default(self->sources->profile), name);
}

static void shared_file_load(void *provider, struct cred_load *load)
{
    const struct cred_shared_file *self = provider;
    struct dm_error err = {0};
    if (profiles_refresh(self->sources->profiles, &err)) {
        load_failed(load, &err);
        return;
    }
    struct cred_keys keys = {.access_key_id = property(self, "aws_access_key_id"),
                             .secret_access_key = property(self, "aws_secret_access_key"),
                             .session_token = property(self, "aws_session_token")};
    load_keys(load, self->ops->name, &keys);
}

static enum dm_code make(const struct cred_sources *sources, enum profiles_file file,
                         const struct cred_provider_ops *ops,
                         struct cred_provider *ret_provider, struct dm_error *err)
{
    struct cred_shared_file *self = mem_new(sizeof *self);
    if (!self)
        return error_nomem(err);
    *self = (struct cred_shared_file){sources, ops, file};
    *ret_provider = (struct cred_provider){ops, self};
    return DM_OK;
}

enum dm_code cred_shared_file_new(const struct cred_sources *sources,
                                  struct cred_provider *ret_provider,
                                  struct dm_error *err)
{
    return make(sources, PROFILES_CREDENTIALS, &shared_file_ops, ret_provider, err);
}

enum dm_code cred_config_file_new(const struct cred_sources *sources,
                                  struct cred_provider *ret_provider,
                                  struct dm_error *err)
{
    return make(sources, PROFILES_CONFIG, &config_file_ops, ret_provider, err);
}
