/* What may be reached without saying who asks. */
#include "daemon/auth/exposure.h"
#include "daemon/listen/socket.h"
#include "support/test.h"

static struct principal somebody = {.name = {"somebody", 8}};
static struct app_config guarded = {.name = {"guarded", 7},
                                    .auth = {.principals = &somebody, 1}};
static struct app_config open = {.name = {"open", 4}};
static struct app_config *all_guarded[] = {&guarded, &guarded};
static struct app_config *one_open[] = {&guarded, &open};

static struct listen_config at(const char *text)
{
    struct listen_config listen = {.place = STR("dynamod.conf:7: listen")};
    cr_assert(address_parse(dm_str(text), &listen.address), "%s", text);
    return listen;
}

static struct config serving(struct listen_config *listen, struct app_config **apps)
{
    return (struct config){
        .listen = listen, .listen_count = 1, .apps = apps, .app_count = 2};
}

TEST(exposure, is_no_matter_where_nobody_else_comes_in)
{
    static const char *const addresses[] = {
        "127.0.0.1:8080", "127.9.9.9:1",      "localhost:80",         "LOCALHOST:80",
        "[::1]:80",       "unix:/run/x.sock", "[::ffff:127.0.0.1]:80"};
    for (size_t i = 0; i < DM_COUNT(addresses); i++) {
        struct dm_error err = {0};
        struct listen_config listen = at(addresses[i]);
        struct config config = serving(&listen, one_open);
        assert_ok(exposure_check(&config, &err), err);
    }
}

TEST(exposure, is_refused_with_the_listener_the_app_and_the_ways_out)
{
    static const char *const addresses[] = {
        ":8080",    "0.0.0.0:8080", "[::]:8080",    "10.0.0.1:80",
        "host:80",  "[fe80::1]:80", "128.0.0.1:80", "localhost.evil:80",
        "127.1:80", "126.0.0.1:80"};
    for (size_t i = 0; i < DM_COUNT(addresses); i++) {
        struct dm_error err = {0};
        struct listen_config listen = at(addresses[i]);
        struct config config = serving(&listen, one_open);
        cr_assert_eq(exposure_check(&config, &err), DM_E_CONFIG, "%s", addresses[i]);
        cr_assert(
            str_starts(dm_str(err.message), STR("dynamod.conf:7: listen: expected")));
        cr_assert(strstr(err.message, addresses[i]), "%s", err.message);
        cr_assert(strstr(err.message, "app \"open\""), "%s", err.message);
        cr_assert(strstr(err.message, "`auth`") &&
                  strstr(err.message, "insecure = true") &&
                  strstr(err.message, "client_certificate = \"required\""));
    }
}

TEST(exposure, is_meant_or_guarded)
{
    struct dm_error err = {0};
    struct listen_config listen = at(":8080");
    struct config config = serving(&listen, all_guarded);
    assert_ok(exposure_check(&config, &err), err);
    config.apps = one_open;
    listen.insecure = true;
    assert_ok(exposure_check(&config, &err), err);
    listen.insecure = false;
    listen.has_tls = true;
    listen.tls.client_certificate = CLIENT_CERTIFICATE_OPTIONAL;
    cr_assert_eq(exposure_check(&config, &err), DM_E_CONFIG);
    listen.tls.client_certificate = CLIENT_CERTIFICATE_REQUIRED;
    assert_ok(exposure_check(&config, &err), err);
}

TEST(exposure, of_the_admin_is_a_matter_of_its_own)
{
    struct dm_error err = {0};
    struct listen_config listen = at("127.0.0.1:80");
    struct config config = serving(&listen, all_guarded);
    config.has_admin = true;
    config.admin = at(":8081");
    cr_assert_eq(exposure_check(&config, &err), DM_E_CONFIG);
    cr_assert(strstr(err.message, "the admin asks nobody"), "%s", err.message);
    config.admin_auth = (struct auth_config){.principals = &somebody, 1};
    assert_ok(exposure_check(&config, &err), err);
}

TEST(exposure, is_judged_by_sockets_too)
{
    struct dm_error err = {0};
    struct listen_config listen = at("localhost:80");
    struct config config = serving(&listen, one_open);
    struct listen_socket socket = {.fd = -1, .url = "http://10.0.0.1:80"};
    struct sockets sockets = {&socket, 1}, none = {NULL, 0};
    cr_assert_eq(exposure_check_sockets(&config, &sockets, &none, &err), DM_E_CONFIG);
    cr_assert(strstr(err.message, "http://10.0.0.1:80"), "%s", err.message);
    socket.is_loopback = true;
    assert_ok(exposure_check_sockets(&config, &sockets, &none, &err), err);
    socket = (struct listen_socket){.fd = -1, .is_inherited = true};
    cr_assert_eq(exposure_check_sockets(&config, &sockets, &none, &err), DM_E_CONFIG);
    config.inherited.insecure = true;
    assert_ok(exposure_check_sockets(&config, &sockets, &none, &err), err);
    cr_assert_eq(exposure_check_sockets(&config, &none, &sockets, &err), DM_E_CONFIG);
}
