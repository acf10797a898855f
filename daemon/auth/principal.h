/* Which principal of an `auth` group shows what a request came with. */
#ifndef DYNAMOD_DAEMON_AUTH_PRINCIPAL_H
#define DYNAMOD_DAEMON_AUTH_PRINCIPAL_H

#include "daemon/auth/peer.h"
#include "model/auth_config.h"

/* What a request came with. */
struct evidence {
    const struct peer *peer; /* NULL: nothing is known of it */
    bool has_token;
    struct digest token; /* its digest */
};

/* A token that is shown decides alone; else the certificate, then the peer. NULL: nobody
 * of the group. */
const struct principal *principal_find(const struct auth_config *config,
                                       const struct evidence *evidence);

#endif
