/* The names in a client's certificate. */
#ifndef DYNAMOD_DAEMON_HTTP_CLIENT_CERTIFICATE_H
#define DYNAMOD_DAEMON_HTTP_CLIENT_CERTIFICATE_H

#include <gnutls/gnutls.h>

#include "base/arena.h"
#include "daemon/auth/certificate_name.h"

/* der: an X.509 certificate. Texts are in the arena. DM_E_INVALID: it cannot be
 * read, or its names are too many. */
DM_MUST_USE enum dm_code client_certificate_read(const gnutls_datum_t *der,
                                                 struct arena *arena,
                                                 struct certificate_names *ret_names,
                                                 struct dm_error *err);

#endif
