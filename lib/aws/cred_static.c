/* Credentials of the app's configuration. */
#include "aws/providers.h"

#include "base/error.h"
#include "base/mem.h"

static void static_free(void *provider)
{
    credentials_done(provider);
    mem_free(provider);
}

static void static_load(void *provider, struct cred_load *load);

static const struct cred_provider_ops static_ops = {
    .name = "configuration", .load = static_load, .free = static_free};

static void static_load(void *provider, struct cred_load *load)
{
    const struct credentials *kept = provider;
    struct cred_keys keys = {.access_key_id = dm_str(kept->access_key_id),
                             .secret_access_key = dm_str(kept->secret_access_key),
                             .session_token = dm_str(kept->session_token)};
    load_keys(load, static_ops.name, &keys);
}

static bool configured(const struct cred_keys *keys)
{
    return !str_empty(keys->access_key_id) || !str_empty(keys->secret_access_key) ||
           !str_empty(keys->session_token);
}

enum dm_code cred_static_new(const struct cred_sources *sources,
                             struct cred_provider *ret_provider, struct dm_error *err)
{
    DM_AUTO_DONE(credentials) keys = {0};
    if (configured(&sources->configured))
        DM_TRY(credentials_make(static_ops.name, &sources->configured, &keys, err));

    struct credentials *kept = mem_new(sizeof *kept);
    if (!kept)
        return error_nomem(err);
    *kept = keys;
    keys = (struct credentials){0};
    *ret_provider = (struct cred_provider){&static_ops, kept};
    return DM_OK;
}
