/*
 * What a listener's TLS files hold: its certificate and key, and the authorities of its
 * clients. Immutable and counted by reference, from any thread: a connection goes on with
 * those that it began with.
 */
#ifndef DYNAMOD_DAEMON_LISTEN_TLS_CREDENTIALS_H
#define DYNAMOD_DAEMON_LISTEN_TLS_CREDENTIALS_H

#include <gnutls/gnutls.h>
#include <stdint.h>

#include "daemon/listen/tls_config.h"

struct tls_credentials;

/* TLS 1.2 and 1.3 with forward secrecy and authenticated encryption, and nothing else. */
extern const char tls_priorities[];

/* Reads the files; the caller has one reference. Logs what is odd about them.
 * DM_E_CONFIG: "FILE:LINE: key: expected …" */
DM_MUST_USE enum dm_code tls_credentials_load(const struct tls_config *config,
                                              struct tls_credentials **ret_credentials,
                                              struct dm_error *err);

struct tls_credentials *tls_credentials_ref(struct tls_credentials *credentials);
void tls_credentials_unref(struct tls_credentials *credentials); /* NULL is nothing */
DM_AUTO_DEFINE(tls_credentials, tls_credentials_unref)

gnutls_certificate_credentials_t tls_credentials_gnutls(
    const struct tls_credentials *credentials);
enum client_certificate_mode tls_credentials_mode(
    const struct tls_credentials *credentials);

/* When the certificate, or the first one of its chain to do so, expires: Unix time. */
int64_t tls_credentials_expiry(const struct tls_credentials *credentials);

#endif
