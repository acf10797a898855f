/* The names that a client's certificate has, as text. */
#include "daemon/http/client_certificate.h"

#include "support/certificate_fixture.h"

struct san {
    gnutls_x509_subject_alt_name_t type;
    struct dm_str bytes;
};

static gnutls_datum_t make_certificate(const char *subject, const struct san *sans,
                                       size_t count)
{
    gnutls_datum_t der;
    gnutls_x509_privkey_t key = make_key();
    gnutls_x509_crt_t certificate = begin_certificate(subject, key, 2 * 86400);
    for (size_t i = 0; i < count; i++)
        cr_assert_eq(gnutls_x509_crt_set_subject_alt_name(
                         certificate, sans[i].type, sans[i].bytes.ptr,
                         (unsigned)sans[i].bytes.len, GNUTLS_FSAN_APPEND),
                     0);
    sign_certificate(certificate, key);
    cr_assert_eq(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, &der), 0);
    gnutls_x509_crt_deinit(certificate);
    gnutls_x509_privkey_deinit(key);
    return der;
}

/* Of a certificate with that subject and those names. */
static enum dm_code read_names(const char *subject, const struct san *sans, size_t count,
                               struct arena *arena, struct certificate_names *ret_names,
                               struct dm_error *err)
{
    gnutls_datum_t der = make_certificate(subject, sans, count);
    enum dm_code code = client_certificate_read(&der, arena, ret_names, err);
    gnutls_free(der.data);
    return code;
}

TEST(client_certificate, has_a_subject_and_other_names)
{
    const struct san sans[] = {
        {GNUTLS_SAN_DNSNAME, STR("web.internal")},
        {GNUTLS_SAN_URI, STR("spiffe://acme/web")},
        {GNUTLS_SAN_RFC822NAME, STR("web@acme.example")},
        {GNUTLS_SAN_IPADDRESS, {"\x0a\0\0\x01", 4}},
        {GNUTLS_SAN_IPADDRESS, {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16}},
    };
    static const char *const expected[] = {"DNS:web.internal", "URI:spiffe://acme/web",
                                           "EMAIL:web@acme.example", "IP:10.0.0.1",
                                           "IP:::1"};
    struct dm_error err = {0};
    struct certificate_names names;
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 65536);
    assert_ok(
        read_names("CN=web,O=Acme\\, Inc", sans, DM_COUNT(sans), &arena, &names, &err),
        err);
    assert_str(names.subject, "CN=web,O=Acme\\, Inc");
    cr_assert_eq(names.san_count, DM_COUNT(sans));
    for (size_t i = 0; i < DM_COUNT(sans); i++)
        assert_str(names.sans[i], expected[i]);
}

/* GnuTLS makes none, so a byte of a signed one is changed: nobody verifies it here. */
TEST(client_certificate, with_an_end_inside_a_name_is_refused)
{
    struct dm_error err = {0};
    struct certificate_names names;
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 65536);
    gnutls_datum_t der =
        make_certificate("CN=a", &(struct san){GNUTLS_SAN_DNSNAME, STR("web!evil")}, 1);
    char *end = memmem(der.data, der.size, "!evil", 5);
    cr_assert_not_null(end);
    *end = '\0';
    cr_assert_eq(client_certificate_read(&der, &arena, &names, &err), DM_E_INVALID);
    gnutls_free(der.data);
}

TEST(client_certificate, that_is_none_is_refused)
{
    unsigned char bytes[] = "0\x82\xff\xff";
    const gnutls_datum_t der = {bytes, sizeof bytes};
    struct dm_error err = {0};
    struct certificate_names names;
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 65536);
    cr_assert_eq(client_certificate_read(&der, &arena, &names, &err), DM_E_INVALID);
}

TEST(client_certificate, with_too_many_names_is_refused)
{
    struct san sans[65];
    struct dm_error err = {0};
    struct certificate_names names;
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, 65536);
    for (size_t i = 0; i < DM_COUNT(sans); i++)
        sans[i] = (struct san){GNUTLS_SAN_DNSNAME, STR("web.internal")};
    cr_assert_eq(read_names("CN=a", sans, DM_COUNT(sans), &arena, &names, &err),
                 DM_E_INVALID);
    cr_assert_eq(read_names("CN=a", sans, 64, &arena, &names, &err), DM_OK);
}

TEST(client_certificate, survives_each_allocation_failing)
{
    const struct san sans[] = {{GNUTLS_SAN_DNSNAME, STR("web.internal")}};
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        struct certificate_names names;
        struct arena arena;
        arena_init(&arena, 65536);
        enum dm_code code = read_names("CN=web", sans, 1, &arena, &names, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
        arena_done(&arena);
    }
}
