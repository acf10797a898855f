/* Entrances. */
#include "daemon/listen/entrance.h"

#include "daemon/config.h"
#include "daemon/listen/tls_credentials.h"

const struct listen_config *entrance_listen(const struct entrance *entrance,
                                            const struct config *config)
{
    if (entrance->is_admin)
        return &config->admin;
    return entrance->socket->is_inherited ? &config->inherited
                                          : &config->listen[entrance->socket->entry];
}

void entrance_configure(struct entrance *entrance, const struct config *config)
{
    const struct listen_config *listen = entrance_listen(entrance, config);
    struct tls_credentials *former = entrance->credentials;
    entrance->credentials =
        listen->has_tls ? tls_credentials_ref(listen->tls.credentials) : NULL;
    tls_credentials_unref(former);
}

void entrance_done(struct entrance *entrance)
{
    tls_credentials_unref(entrance->credentials);
    entrance->credentials = NULL;
}
