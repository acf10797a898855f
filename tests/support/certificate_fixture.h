/* Certificates and keys of a test's own making. */
#ifndef DYNAMOD_TESTS_CERTIFICATE_FIXTURE_H
#define DYNAMOD_TESTS_CERTIFICATE_FIXTURE_H

#include <gnutls/x509.h>
#include <stdio.h>
#include <time.h>

#include "support/test.h"

static inline gnutls_x509_privkey_t make_key(void)
{
    gnutls_x509_privkey_t key;
    cr_assert_eq(gnutls_x509_privkey_init(&key), 0);
    cr_assert_eq(
        gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                     GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
        0);
    return key;
}

/* Of that subject, not signed yet; valid for so many seconds from yesterday on. */
static inline gnutls_x509_crt_t begin_certificate(const char *subject,
                                                  gnutls_x509_privkey_t key, long seconds)
{
    const unsigned char serial[] = {1};
    time_t yesterday = time(NULL) - 86400;
    gnutls_x509_crt_t certificate;
    cr_assert_eq(gnutls_x509_crt_init(&certificate), 0);
    cr_assert_eq(gnutls_x509_crt_set_dn(certificate, subject, NULL), 0);
    cr_assert_eq(gnutls_x509_crt_set_version(certificate, 3), 0);
    cr_assert_eq(gnutls_x509_crt_set_serial(certificate, serial, sizeof serial), 0);
    cr_assert_eq(gnutls_x509_crt_set_activation_time(certificate, yesterday), 0);
    cr_assert_eq(gnutls_x509_crt_set_expiration_time(certificate, yesterday + seconds),
                 0);
    cr_assert_eq(gnutls_x509_crt_set_key(certificate, key), 0);
    return certificate;
}

static inline void sign_certificate(gnutls_x509_crt_t certificate,
                                    gnutls_x509_privkey_t key)
{
    cr_assert_eq(
        gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0), 0);
}

#endif
