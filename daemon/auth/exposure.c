/* Exposure. */
#include "daemon/auth/exposure.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "daemon/listen/socket.h"

enum { NAME_TEXT_MAX = ADDRESS_HOST_MAX + 16 };

/* --- who asks nobody --- */

/* In words; empty: there is none. */
static void name_open(const struct config *config, bool is_admin, char *name, size_t size)
{
    name[0] = '\0';
    if (is_admin && !config->admin_is_closed && !auth_config_asks(&config->admin_auth))
        snprintf(name, size, "the admin");
    for (size_t i = 0; !is_admin && i < config->app_count && !*name; i++)
        if (!auth_config_asks(&config->apps[i]->auth))
            snprintf(name, size, "app \"%s\"", app_config_name(config->apps[i]));
}

static bool demands_certificate(const struct listen_config *listen)
{
    return listen->has_tls &&
           listen->tls.client_certificate == CLIENT_CERTIFICATE_REQUIRED;
}

/* `place` may be empty. */
static enum dm_code judge(const struct config *config, const struct listen_config *listen,
                          bool is_admin, const char *address, struct dm_error *err)
{
    char open[300];
    name_open(config, is_admin, open, sizeof open);
    if (!*open || listen->insecure || demands_certificate(listen))
        return DM_OK;
    const char *setting = is_admin ? "admin" : "listen";
    bool has_place = listen->place.len > 0;
    return error_set(
        err, DM_E_CONFIG,
        "%s: expected %s to be reached from this machine alone, since %s asks nobody who "
        "they are; or give it `auth`, or the listener a tls with client_certificate = "
        "\"required\", or say that it is meant: { address = …; insecure = true; }",
        has_place ? listen->place.ptr : setting, address, open);
}

/* --- by addresses --- */

static bool is_loopback(const char *host)
{
    struct in_addr in;
    struct in6_addr in6;
    if (inet_pton(AF_INET, host, &in) == 1)
        return (ntohl(in.s_addr) >> 24) == 127;
    if (inet_pton(AF_INET6, host, &in6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&in6) ||
               (IN6_IS_ADDR_V4MAPPED(&in6) && in6.s6_addr[12] == 127);
    return str_equal_nocase(dm_str(host), STR("localhost"));
}

static enum dm_code check_listen(const struct config *config,
                                 const struct listen_config *listen, bool is_admin,
                                 struct dm_error *err)
{
    const struct address *address = &listen->address;
    char name[NAME_TEXT_MAX];
    if (address->is_unix || is_loopback(address->host))
        return DM_OK;
    bool is_ipv6 = strchr(address->host, ':') != NULL;
    snprintf(name, sizeof name, "\"%s%s%s:%s\"", is_ipv6 ? "[" : "", address->host,
             is_ipv6 ? "]" : "", address->port);
    return judge(config, listen, is_admin, name, err);
}

enum dm_code exposure_check(const struct config *config, struct dm_error *err)
{
    for (size_t i = 0; i < config->listen_count; i++)
        DM_TRY(check_listen(config, &config->listen[i], false, err));
    return config->has_admin ? check_listen(config, &config->admin, true, err) : DM_OK;
}

/* --- by sockets --- */

static enum dm_code check_socket(const struct config *config,
                                 const struct listen_config *listen,
                                 const struct listen_socket *socket, bool is_admin,
                                 struct dm_error *err)
{
    if (socket->is_unix || socket->is_loopback)
        return DM_OK;
    return judge(config, listen, is_admin, socket->url, err);
}

enum dm_code exposure_check_sockets(const struct config *config,
                                    const struct sockets *sockets,
                                    const struct sockets *admin_sockets,
                                    struct dm_error *err)
{
    for (size_t i = 0; i < sockets->count; i++) {
        const struct listen_socket *socket = &sockets->at[i];
        const struct listen_config *listen =
            socket->is_inherited ? &config->inherited : &config->listen[socket->entry];
        DM_TRY(check_socket(config, listen, socket, false, err));
    }
    for (size_t i = 0; i < admin_sockets->count; i++)
        DM_TRY(check_socket(config, &config->admin, &admin_sockets->at[i], true, err));
    return DM_OK;
}
