/* TLS of one connection: what it offers, and who its client shows to be. */
#ifndef DYNAMOD_DAEMON_HTTP_TLS_H
#define DYNAMOD_DAEMON_HTTP_TLS_H

#include <gnutls/gnutls.h>
#include <stdint.h>

#include "daemon/auth/certificate_name.h"
#include "daemon/listen/entrance.h"

struct sockaddr;
struct tls;

/* How handshakes ended: whole, or given up by either side. Embedded in a service. */
struct tls_handshakes {
    uint64_t done, failed;
};

/* Before the handshake, which fails without it: NULL out of memory. It is given the
 * entrance's credentials, and keeps them; how it ends is counted. */
struct tls *tls_new(gnutls_session_t session, const struct entrance *entrance,
                    const struct sockaddr *client, struct tls_handshakes *handshakes);
void tls_free(struct tls *tls);
DM_AUTO_DEFINE(tls, tls_free)

/* The handshake is under way, and it is the client's turn. */
bool tls_waits_for_client(const struct tls *tls);
bool tls_is_done(const struct tls *tls);

/* What is in the client's certificate, which is verified; NULL: it showed none. */
const struct certificate_names *tls_names(const struct tls *tls);

/* After the handshake, as far as the socket takes it. */
void tls_send(gnutls_session_t session, struct dm_str text);

/* After the handshake: false where a certificate is required and there is none. */
bool tls_is_good(const struct tls *tls);

#endif
