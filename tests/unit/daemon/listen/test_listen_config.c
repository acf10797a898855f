/* Listeners as the configuration has them: addresses, and groups that say more. */
#include "daemon/listen/listen_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/config.h"
#include "model/settings_show.h"
#include "support/test.h"

/* Reads a file of that text; no certificate is read. */
static enum dm_code read_text(const char *text, struct config **ret_config,
                              struct dm_error *err)
{
    char path[] = "/tmp/dynamod-test-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    enum dm_code code = config_load_alone(path, ret_config, err);
    unlink(path);
    return code;
}

#define PAIR "certificate = \"a.pem\"; key = \"/b/a.key\";"

TEST(listen_config, takes_addresses_and_groups)
{
    struct dm_error err = {0};
    DM_AUTO(config) *config = NULL;
    assert_ok(read_text("listen = ( \":1\", { address = \":2\"; insecure = true;\n"
                        "  tls = { " PAIR " client_ca = \"c.pem\";\n"
                        "          client_certificate = \"required\"; }; } );"
                        "inherited = { insecure = true; tls = { " PAIR " }; };"
                        "admin = { address = \"unix:/a\"; tls = { " PAIR " }; };",
                        &config, &err),
              err);
    const struct listen_config *plain = &config->listen[0], *secure = &config->listen[1];
    cr_assert_eq(config->listen_count, 2);
    cr_assert(!plain->has_tls && !plain->insecure);
    cr_assert_str_eq(plain->address.port, "1");
    cr_assert(secure->has_tls && secure->insecure);
    cr_assert_str_eq(secure->address.port, "2");
    cr_assert_eq(secure->tls.client_certificate, CLIENT_CERTIFICATE_REQUIRED);
    assert_str(secure->tls.certificate.path, "/tmp/a.pem");
    assert_str(secure->tls.key.path, "/b/a.key");
    cr_assert(str_ends(secure->tls.client_ca.place, STR(":2: client_ca")));
    cr_assert_null(secure->tls.credentials);
    cr_assert(config->inherited.insecure && config->inherited.has_tls);
    cr_assert(config->has_admin && config->admin.has_tls);
    cr_assert_str_eq(config->admin.address.path, "/a");
    cr_assert_eq(config->admin.tls.client_certificate, CLIENT_CERTIFICATE_NONE);
}

TEST(listen_config, is_refused_with_what_was_expected)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"listen = { address = \":1\"; };", "listen: expected at least one address, and"},
        {"listen = ( );", "listen: expected at least one address"},
        {"listen = ( { } );", "listen: expected an address in the group"},
        {"listen = ( { address = \"x\"; } );", "address: expected \"HOST:PORT\""},
        {"listen = ( { port = 1; } );", "port: expected one of address, insecure, tls"},
        {"listen = ( { address = \":1\"; insecure = 1; } );", "insecure: expected true"},
        {"listen = ( { address = \":1\"; tls = true; } );", "tls: expected a group"},
        {"listen = ( { address = \":1\"; tls = { }; } );", "tls: expected a certificate"},
        {"inherited = { address = \":1\"; };", "address: expected one of insecure, tls"},
        {"inherited = \":1\";", "inherited: expected a group"},
        {"inherited = { tls = { " PAIR " certificate = \"\"; }; };", ""},
        {"inherited = { tls = { key = \"\"; }; };", "key: expected a file in PEM"},
        {"inherited = { tls = { " PAIR " client_ca = \"c\"; }; };",
         "tls: expected client_ca together with"},
        {"admin = { };", "admin: expected an address in the group"},
        {"admin = [ \":1\" ];", "admin: expected a string"},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct dm_error err = {0};
        DM_AUTO(config) *config = NULL;
        cr_assert_eq(read_text(cases[i].text, &config, &err), DM_E_CONFIG, "%s",
                     cases[i].text);
        cr_assert(strstr(err.message, cases[i].expected), "%s", err.message);
    }
}

TEST(listen_config, is_shown_as_it_stands)
{
    struct dm_error err = {0};
    DM_AUTO(config) *config = NULL;
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, 65536);
    assert_ok(read_text("listen = ( \":1\", { address = \":2\"; tls = { " PAIR " }; } );",
                        &config, &err),
              err);
    settings_show_write(&config->shown, &text);
    buf_add_char(&text, '\0');
    cr_assert(strstr(text.ptr, "listen = ( \":1\", {\n"), "%s", text.ptr);
    cr_assert(strstr(text.ptr, "certificate = \"a.pem\";"), "%s", text.ptr);
    cr_assert(strstr(text.ptr, "client_certificate = \"none\";"), "%s", text.ptr);
    cr_assert(strstr(text.ptr, "admin = \"127.0.0.1:8081\";"), "%s", text.ptr);
}
