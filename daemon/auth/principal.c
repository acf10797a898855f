/* Finding a principal. */
#include "daemon/auth/principal.h"

/* All of them are looked at, so that the time says nothing of which it was. */
static const struct principal *find_token(const struct auth_config *config,
                                          const struct digest *digest)
{
    const struct principal *found = NULL;
    for (size_t i = 0; i < config->token_count; i++)
        if (digest_equal(&config->tokens[i].digest, digest))
            found = config->tokens[i].principal;
    return found;
}

static const struct principal *find_certificate(const struct auth_config *config,
                                                const struct certificate_names *names)
{
    for (size_t i = 0; i < config->certificate_count; i++)
        if (certificate_name_fits(names, &config->certificates[i]))
            return config->certificates[i].principal;
    return NULL;
}

static const struct principal *find_peer(const struct auth_config *config,
                                         const struct peer *peer)
{
    for (size_t i = 0; i < config->peer_count; i++)
        if (config->peers[i].id == (config->peers[i].is_group ? peer->gid : peer->uid))
            return config->peers[i].principal;
    return NULL;
}

const struct principal *principal_find(const struct auth_config *config,
                                       const struct evidence *evidence)
{
    const struct peer *peer = evidence->peer;
    const struct principal *found = NULL;
    if (evidence->has_token)
        return find_token(config, &evidence->token);
    if (peer && peer->certificate)
        found = find_certificate(config, peer->certificate);
    if (!found && peer && peer->has_ids)
        found = find_peer(config, peer);
    return found;
}
