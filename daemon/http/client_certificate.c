/* Reading the names in a client's certificate. */
#include "daemon/http/client_certificate.h"

#include <arpa/inet.h>
#include <gnutls/x509.h>

#include "base/error.h"

enum { MAX_SANS = 64, SAN_MAX = 2048 };

/* One alternative name, as the certificate has it. */
struct san {
    unsigned type; /* gnutls_x509_subject_alt_name_t */
    char bytes[SAN_MAX];
    size_t len;
};

static enum dm_code unreadable(const char *why, struct dm_error *err)
{
    return error_set(err, DM_E_INVALID, "its names cannot be read: %s", why);
}

static enum dm_code print_ip(const struct san *san, struct arena *arena,
                             struct dm_str *ret_text, struct dm_error *err)
{
    char text[INET6_ADDRSTRLEN];
    int family = san->len == 4 ? AF_INET : AF_INET6;
    if ((san->len != 4 && san->len != 16) ||
        !inet_ntop(family, san->bytes, text, sizeof text))
        return unreadable("an IP address of no known length", err);
    *ret_text = arena_printf(arena, "IP:%s", text);
    return ret_text->ptr ? DM_OK : error_nomem(err);
}

/* A NUL inside is no end: "web\0.evil" is not "web". */
static enum dm_code print_text(const char *kind, const struct san *san,
                               struct arena *arena, struct dm_str *ret_text,
                               struct dm_error *err)
{
    if (memchr(san->bytes, '\0', san->len))
        return unreadable("one of them has a NUL inside", err);
    *ret_text = arena_printf(arena, "%s:%.*s", kind, (int)san->len, san->bytes);
    return ret_text->ptr ? DM_OK : error_nomem(err);
}

/* ret_text stays as it is for a kind that nobody is called by. */
static enum dm_code print_san(const struct san *san, struct arena *arena,
                              struct dm_str *ret_text, struct dm_error *err)
{
    switch (san->type) {
    case GNUTLS_SAN_DNSNAME:
        return print_text("DNS", san, arena, ret_text, err);
    case GNUTLS_SAN_URI:
        return print_text("URI", san, arena, ret_text, err);
    case GNUTLS_SAN_RFC822NAME:
        return print_text("EMAIL", san, arena, ret_text, err);
    case GNUTLS_SAN_IPADDRESS:
        return print_ip(san, arena, ret_text, err);
    default:
        return DM_OK;
    }
}

static enum dm_code read_sans(gnutls_x509_crt_t certificate, struct arena *arena,
                              struct certificate_names *names, struct dm_error *err)
{
    struct dm_str *sans = arena_new(arena, MAX_SANS * sizeof *sans);
    if (!sans)
        return error_nomem(err);
    names->sans = sans;
    for (unsigned i = 0;; i++) {
        struct san san = {.len = SAN_MAX};
        int failure = gnutls_x509_crt_get_subject_alt_name2(certificate, i, san.bytes,
                                                            &san.len, &san.type, NULL);
        if (failure == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
            return DM_OK;
        if (failure < 0)
            return unreadable(gnutls_strerror(failure), err);
        if (names->san_count == MAX_SANS)
            return unreadable("there are too many", err);
        DM_TRY(print_san(&san, arena, &sans[names->san_count], err));
        names->san_count += sans[names->san_count].ptr != NULL;
    }
}

static enum dm_code read_subject(gnutls_x509_crt_t certificate, struct arena *arena,
                                 struct certificate_names *names, struct dm_error *err)
{
    gnutls_datum_t subject = {.data = NULL};
    int failure = gnutls_x509_crt_get_dn3(certificate, &subject, 0);
    if (failure == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) /* sans alone */
        names->subject = arena_str(arena, dm_str(""));
    else if (failure < 0)
        return unreadable(gnutls_strerror(failure), err);
    else
        names->subject =
            arena_str(arena, (struct dm_str){(char *)subject.data, subject.size});
    gnutls_free(subject.data);
    return names->subject.ptr ? DM_OK : error_nomem(err);
}

static enum dm_code read_names(gnutls_x509_crt_t certificate, const gnutls_datum_t *der,
                               struct arena *arena, struct certificate_names *ret_names,
                               struct dm_error *err)
{
    struct certificate_names names = {.san_count = 0};
    int failure = gnutls_x509_crt_import(certificate, der, GNUTLS_X509_FMT_DER);
    if (failure < 0)
        return unreadable(gnutls_strerror(failure), err);
    DM_TRY(read_subject(certificate, arena, &names, err));
    DM_TRY(read_sans(certificate, arena, &names, err));
    *ret_names = names;
    return DM_OK;
}

enum dm_code client_certificate_read(const gnutls_datum_t *der, struct arena *arena,
                                     struct certificate_names *ret_names,
                                     struct dm_error *err)
{
    gnutls_x509_crt_t certificate;
    if (gnutls_x509_crt_init(&certificate) < 0)
        return error_nomem(err);
    enum dm_code code = read_names(certificate, der, arena, ret_names, err);
    gnutls_x509_crt_deinit(certificate);
    return code;
}
