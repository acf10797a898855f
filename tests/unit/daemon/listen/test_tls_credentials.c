/* What is read of a listener's certificate, key and authorities. */
#include "daemon/listen/tls_credentials.h"

#include <stdlib.h>
#include <unistd.h>

#include "support/certificate_fixture.h"

/* A folder with the files of one certificate. */
struct pair {
    char folder[32], certificate[64], key[64];
    int64_t expiry;
};

static void write_pem(const char *path, gnutls_datum_t *pem)
{
    FILE *file = fopen(path, "we");
    cr_assert(file && fwrite(pem->data, 1, pem->size, file) == pem->size);
    cr_assert_eq(fclose(file), 0);
    gnutls_free(pem->data);
}

static struct pair make_pair(void)
{
    struct pair pair = {.folder = "/tmp/dynamod-test-XXXXXX"};
    gnutls_datum_t pem;
    cr_assert(mkdtemp(pair.folder));
    snprintf(pair.certificate, sizeof pair.certificate, "%s/a.pem", pair.folder);
    snprintf(pair.key, sizeof pair.key, "%s/a.key", pair.folder);
    gnutls_x509_privkey_t key = make_key();
    gnutls_x509_crt_t certificate = begin_certificate("CN=a", key, 3 * 86400);
    sign_certificate(certificate, key);
    pair.expiry = gnutls_x509_crt_get_expiration_time(certificate);
    cr_assert_eq(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &pem), 0);
    write_pem(pair.certificate, &pem);
    cr_assert_eq(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &pem), 0);
    write_pem(pair.key, &pem);
    gnutls_x509_crt_deinit(certificate);
    gnutls_x509_privkey_deinit(key);
    return pair;
}

static void remove_pair(const struct pair *pair)
{
    unlink(pair->certificate);
    unlink(pair->key);
    cr_assert_eq(rmdir(pair->folder), 0);
}

static struct tls_config config_of(const struct pair *pair)
{
    return (struct tls_config){
        .certificate = {dm_str(pair->certificate), STR("f:1: certificate")},
        .key = {dm_str(pair->key), STR("f:2: key")},
        .client_ca = {dm_str(pair->certificate), STR("f:3: client_ca")},
        .client_certificate = CLIENT_CERTIFICATE_OPTIONAL,
    };
}

TEST(tls_credentials, are_read_whole)
{
    struct dm_error err = {0};
    struct pair pair = make_pair();
    struct tls_config config = config_of(&pair);
    DM_AUTO(tls_credentials) *credentials = NULL;
    assert_ok(tls_credentials_load(&config, &credentials, &err), err);
    cr_assert_eq(tls_credentials_mode(credentials), CLIENT_CERTIFICATE_OPTIONAL);
    cr_assert_eq(tls_credentials_expiry(credentials), pair.expiry);
    cr_assert_not_null(tls_credentials_gnutls(credentials));
    tls_credentials_unref(tls_credentials_ref(credentials));
    tls_credentials_unref(DM_TAKE(credentials));
    remove_pair(&pair);
}

static void expect_refused(const struct tls_config *config, const char *place)
{
    struct dm_error err = {0};
    struct tls_credentials *credentials = NULL;
    cr_assert_eq(tls_credentials_load(config, &credentials, &err), DM_E_CONFIG);
    cr_assert(str_starts(dm_str(err.message), dm_str(place)), "%s", err.message);
    cr_assert_null(credentials);
}

TEST(tls_credentials, of_wrong_files_are_refused_by_their_place)
{
    struct pair pair = make_pair(), other = make_pair();
    const char *const no_certificates[] = {"/nowhere", "/", pair.key};
    const char *const no_keys[] = {"/nowhere", "/", pair.certificate, other.key};
    for (size_t i = 0; i < DM_COUNT(no_certificates); i++) {
        struct tls_config config = config_of(&pair);
        config.client_ca.path = dm_str(no_certificates[i]);
        expect_refused(&config, "f:3: client_ca: expected certificates of authorities");
        config.certificate.path = dm_str(no_certificates[i]);
        expect_refused(&config, "f:1: certificate: expected a certificate in PEM");
    }
    for (size_t i = 0; i < DM_COUNT(no_keys); i++) {
        struct tls_config config = config_of(&pair);
        config.key.path = dm_str(no_keys[i]);
        expect_refused(&config, "f:2: key: expected an unencrypted private key in PEM");
    }
    remove_pair(&pair);
    remove_pair(&other);
}

TEST(tls_credentials, survive_each_allocation_failing)
{
    struct pair pair = make_pair();
    struct tls_config config = config_of(&pair);
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        struct tls_credentials *credentials = NULL;
        enum dm_code code = tls_credentials_load(&config, &credentials, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", err.message);
        tls_credentials_unref(credentials);
    }
    remove_pair(&pair);
}
