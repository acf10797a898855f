/* Reading certificates and keys. */
#include "daemon/listen/tls_credentials.h"

#include <gnutls/x509.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "aws/secret_file.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/iso8601.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/log/log.h"

enum { PEM_MAX = 1024 * 1024 };

struct tls_credentials {
    atomic_uint references;
    gnutls_certificate_credentials_t gnutls;
    enum client_certificate_mode mode;
    int64_t expiry;
};

const char tls_priorities[] = "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
                              ":-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA"
                              ":-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM"
                              ":-MAC-ALL:+AEAD:%SERVER_PRECEDENCE";

/* --- certificates --- */

struct certificates {
    gnutls_x509_crt_t *at;
    unsigned count;
};

static void certificates_done(struct certificates *certificates)
{
    for (unsigned i = 0; i < certificates->count; i++)
        gnutls_x509_crt_deinit(certificates->at[i]);
    gnutls_free(certificates->at);
}
DM_AUTO_DONE_DEFINE(certificates, certificates_done)

static enum dm_code wrong(const struct tls_file *file, const char *expected,
                          const char *why, struct dm_error *err)
{
    return error_set(err, DM_E_CONFIG, "%.*s: expected %s; %.*s: %s",
                     STR_ARG(file->place), expected, STR_ARG(file->path), why);
}

static enum dm_code failed(const struct tls_file *file, const char *expected, int failure,
                           struct dm_error *err)
{
    if (failure == GNUTLS_E_MEMORY_ERROR)
        return error_nomem(err);
    return wrong(file, expected, gnutls_strerror(failure), err);
}

static enum dm_code read_file(const struct tls_file *file, const char *expected,
                              struct secret_text *ret_text, struct dm_error *err)
{
    struct dm_error why;
    enum dm_code code =
        secret_file_read(file->path.ptr, file->path.ptr, PEM_MAX, ret_text, NULL, &why);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    if (code)
        return error_set(err, DM_E_CONFIG, "%.*s: expected %s; %s", STR_ARG(file->place),
                         expected, why.message);
    return ret_text->ptr ? DM_OK : wrong(file, expected, "there is no such file", err);
}

static gnutls_datum_t datum_of(const struct secret_text *text)
{
    return (gnutls_datum_t){(unsigned char *)text->ptr, (unsigned)text->len};
}

/* flags: of gnutls_x509_crt_list_import2(3). */
static enum dm_code read_certificates(const struct tls_file *file, const char *expected,
                                      unsigned flags, struct certificates *ret,
                                      struct dm_error *err)
{
    DM_AUTO_DONE(secret_text) text = {.ptr = NULL};
    DM_TRY(read_file(file, expected, &text, err));
    gnutls_datum_t pem = datum_of(&text);
    struct certificates read = {.at = NULL};
    int failure = gnutls_x509_crt_list_import2(&read.at, &read.count, &pem,
                                               GNUTLS_X509_FMT_PEM, flags);
    if (failure < 0)
        return failed(file, expected, failure, err);
    *ret = read;
    return DM_OK;
}

/* --- the key --- */

static const char a_key[] = "an unencrypted private key in PEM, of the certificate";

static bool is_encrypted(const struct secret_text *text)
{
    static const char mark[] = "ENCRYPTED";
    return memmem(text->ptr, text->len, mark, sizeof mark - 1) != NULL;
}

static enum dm_code import_key(const struct tls_file *file,
                               const struct certificates *certificates,
                               gnutls_x509_privkey_t key,
                               const struct tls_credentials *credentials,
                               struct dm_error *err)
{
    DM_AUTO_DONE(secret_text) text = {.ptr = NULL};
    DM_TRY(read_file(file, a_key, &text, err));
    if (is_encrypted(&text))
        return wrong(file, a_key, "it is encrypted", err);
    gnutls_datum_t pem = datum_of(&text);
    int failure = gnutls_x509_privkey_import2(key, &pem, GNUTLS_X509_FMT_PEM, NULL,
                                              GNUTLS_PKCS_PLAIN);
    if (failure < 0)
        return failed(file, a_key, failure, err);
    failure = gnutls_certificate_set_x509_key(credentials->gnutls, certificates->at,
                                              (int)certificates->count, key);
    return failure < 0 ? failed(file, a_key, failure, err) : DM_OK;
}

static enum dm_code read_key(const struct tls_file *file,
                             const struct certificates *certificates,
                             const struct tls_credentials *credentials,
                             struct dm_error *err)
{
    gnutls_x509_privkey_t key;
    if (gnutls_x509_privkey_init(&key) < 0)
        return error_nomem(err);
    enum dm_code code = import_key(file, certificates, key, credentials, err);
    gnutls_x509_privkey_deinit(key);
    return code;
}

static void warn_of_readers(const struct tls_file *file)
{
    struct stat status;
    if (stat(file->path.ptr, &status) == 0 && status.st_mode & S_IROTH)
        log_text(LOG_WARNING, "%s: a private key that everybody can read",
                 file->path.ptr);
}

/* --- all --- */

static int64_t first_expiry(const struct certificates *certificates)
{
    int64_t first = INT64_MAX;
    for (unsigned i = 0; i < certificates->count; i++) {
        int64_t at = gnutls_x509_crt_get_expiration_time(certificates->at[i]);
        first = at < first ? at : first;
    }
    return first;
}

static void warn_of_expiry(const struct tls_file *file, int64_t expiry)
{
    DM_AUTO_DONE(dm_buf) date;
    buf_init(&date, 64);
    if (expiry * 1000 > clock_wall_ms(clock_system()))
        return;
    iso8601_write(&(struct instant){.seconds = expiry}, &date);
    log_text(LOG_WARNING, "%s: the certificate expired at %.*s", file->path.ptr,
             STR_ARG(buf_str(&date)));
}

static enum dm_code load_own(const struct tls_config *config,
                             struct tls_credentials *credentials, struct dm_error *err)
{
    DM_AUTO_DONE(certificates) own = {.at = NULL};
    DM_TRY(read_certificates(&config->certificate, "a certificate in PEM",
                             GNUTLS_X509_CRT_LIST_SORT, &own, err));
    DM_TRY(read_key(&config->key, &own, credentials, err));
    credentials->expiry = first_expiry(&own);
    warn_of_readers(&config->key);
    warn_of_expiry(&config->certificate, credentials->expiry);
    return DM_OK;
}

static enum dm_code load_authorities(const struct tls_config *config,
                                     const struct tls_credentials *credentials,
                                     struct dm_error *err)
{
    static const char expected[] = "certificates of authorities in PEM";
    if (!config->client_ca.path.len)
        return DM_OK;
    DM_AUTO_DONE(certificates) trusted = {.at = NULL};
    DM_TRY(read_certificates(&config->client_ca, expected, 0, &trusted, err));
    int taken = gnutls_certificate_set_x509_trust(credentials->gnutls, trusted.at,
                                                  (int)trusted.count);
    return taken < 0 ? failed(&config->client_ca, expected, taken, err) : DM_OK;
}

enum dm_code tls_credentials_load(const struct tls_config *config,
                                  struct tls_credentials **ret_credentials,
                                  struct dm_error *err)
{
    DM_AUTO(tls_credentials) *credentials = mem_new(sizeof *credentials);
    if (!credentials)
        return error_nomem(err);
    atomic_init(&credentials->references, 1);
    credentials->mode = config->client_certificate;
    if (gnutls_certificate_allocate_credentials(&credentials->gnutls) < 0)
        return error_nomem(err);
    DM_TRY(load_own(config, credentials, err));
    DM_TRY(load_authorities(config, credentials, err));

    *ret_credentials = DM_TAKE(credentials);
    return DM_OK;
}

struct tls_credentials *tls_credentials_ref(struct tls_credentials *credentials)
{
    atomic_fetch_add(&credentials->references, 1);
    return credentials;
}

void tls_credentials_unref(struct tls_credentials *credentials)
{
    if (!credentials || atomic_fetch_sub(&credentials->references, 1) != 1)
        return;
    if (credentials->gnutls)
        gnutls_certificate_free_credentials(credentials->gnutls);
    mem_free(credentials);
}

gnutls_certificate_credentials_t tls_credentials_gnutls(
    const struct tls_credentials *credentials)
{
    return credentials->gnutls;
}

enum client_certificate_mode tls_credentials_mode(
    const struct tls_credentials *credentials)
{
    return credentials->mode;
}

int64_t tls_credentials_expiry(const struct tls_credentials *credentials)
{
    return credentials->expiry;
}
