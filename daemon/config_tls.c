/* Certificates and keys of listeners. */
#include "daemon/config_tls.h"

#include "base/error.h"
#include "daemon/listen/tls_credentials.h"

static void release(void *credentials)
{
    tls_credentials_unref(credentials);
}

static enum dm_code hold(struct config *config, struct tls_credentials *credentials,
                         struct dm_error *err)
{
    if (arena_hold(&config->arena, release, credentials))
        return DM_OK;
    tls_credentials_unref(credentials);
    return error_nomem(err);
}

static enum dm_code load(struct config *config, struct listen_config *listen,
                         struct dm_error *err)
{
    struct tls_credentials *credentials = NULL;
    if (!listen->has_tls || listen->tls.credentials)
        return DM_OK;
    DM_TRY(tls_credentials_load(&listen->tls, &credentials, err));
    DM_TRY(hold(config, credentials, err));
    listen->tls.credentials = credentials;
    return DM_OK;
}

enum dm_code config_load_tls(struct config *config, struct dm_error *err)
{
    for (size_t i = 0; i < config->listen_count; i++)
        DM_TRY(load(config, &config->listen[i], err));
    DM_TRY(load(config, &config->inherited, err));
    return load(config, &config->admin, err);
}

/* Texts of the configuration that is served would not outlive it. */
enum dm_code config_keep_listen(struct config *config, const struct listen_config *served,
                                const struct listen_config *said,
                                struct listen_config *ret_listen, struct dm_error *err)
{
    struct listen_config listen = {.insecure = served->insecure};
    if (said)
        listen = *said;
    listen.address = served->address;
    listen.has_tls = served->has_tls;
    if (served->has_tls && !(said && said->has_tls)) {
        listen.tls = (struct tls_config){
            .client_certificate = served->tls.client_certificate,
            .credentials = tls_credentials_ref(served->tls.credentials)};
        DM_TRY(hold(config, listen.tls.credentials, err));
    }
    *ret_listen = listen;
    return DM_OK;
}
