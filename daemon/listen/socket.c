/* Listening sockets. */
#include "daemon/listen/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

enum { BACKLOG = 1024, SOCKET_FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC };

static enum dm_code failed(const char *what, struct dm_error *err)
{
    return error_set(err, DM_E_CONFIG, "%s: cannot listen: %s", what, strerror(errno));
}

static enum dm_code add(struct sockets *sockets, const struct listen_socket *socket,
                        struct dm_error *err)
{
    struct listen_socket *at = mem_resize(sockets->at, (sockets->count + 1) * sizeof *at);
    if (!at)
        return error_nomem(err);
    sockets->at = at;
    sockets->at[sockets->count++] = *socket;
    return DM_OK;
}

/* --- TCP --- */

static bool set(int fd, int level, int option)
{
    const int on = 1;
    return setsockopt(fd, level, option, &on, sizeof on) == 0;
}

/* IPv6 sockets take IPv6 alone, so that :: and 0.0.0.0 can be listened on both. */
static int open_socket(int family)
{
    int fd = socket(family, SOCK_STREAM | SOCKET_FLAGS, 0);
    if (fd < 0)
        return -1;
    if (set(fd, SOL_SOCKET, SO_REUSEADDR) &&
        (family != AF_INET6 || set(fd, IPPROTO_IPV6, IPV6_V6ONLY)))
        return fd;
    close(fd);
    return -1;
}

/* Bound without SO_REUSEPORT, which would let two daemons share a port unawares; with it
 * from then on, for the shares. */
static bool reserve_tcp(int fd, const struct sockaddr *address, socklen_t size)
{
    return bind(fd, address, size) == 0 && set(fd, SOL_SOCKET, SO_REUSEPORT);
}

static bool listen_tcp(int fd, const struct sockaddr *address, socklen_t size)
{
    return set(fd, SOL_SOCKET, SO_REUSEPORT) && bind(fd, address, size) == 0 &&
           listen(fd, BACKLOG) == 0;
}

static bool is_loopback(const struct sockaddr_storage *address)
{
    const struct sockaddr_in *ipv4 = (const void *)address;
    const struct sockaddr_in6 *ipv6 = (const void *)address;
    if (address->ss_family == AF_INET)
        return ntohl(ipv4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    return address->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&ipv6->sin6_addr);
}

/* With the port that it really has. */
static void name_tcp(struct listen_socket *socket)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof address;
    char host[INET6_ADDRSTRLEN + 16] = "?", port[8] = "?";
    if (getsockname(socket->fd, (struct sockaddr *)&address, &size) == 0) {
        socket->is_loopback = is_loopback(&address);
        getnameinfo((struct sockaddr *)&address, size, host, sizeof host, port,
                    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    }
    if (strchr(host, ':'))
        snprintf(socket->url, sizeof socket->url, "http://[%s]:%s", host, port);
    else
        snprintf(socket->url, sizeof socket->url, "http://%s:%s", host, port);
}

/* Closes what could not be used; errno stays. */
static void discard(int fd)
{
    int saved = errno;
    close(fd);
    errno = saved;
}

static enum dm_code open_tcp(struct sockets *sockets, const struct addrinfo *info,
                             const char *what, struct dm_error *err)
{
    struct listen_socket socket = {.fd = open_socket(info->ai_family)};
    if (socket.fd < 0)
        return failed(what, err);
    if (!reserve_tcp(socket.fd, info->ai_addr, info->ai_addrlen)) {
        discard(socket.fd);
        return failed(what, err);
    }
    name_tcp(&socket);
    enum dm_code code = add(sockets, &socket, err);
    if (code)
        close(socket.fd);
    return code;
}

/* Of an address that this machine has not, as of IPv6 where there is none. */
static bool is_absent(void)
{
    return errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL;
}

/* All of a name's addresses, but those that are absent; one at least. */
static enum dm_code open_each(struct sockets *sockets, const struct addrinfo *first,
                              const char *what, struct dm_error *err)
{
    size_t before = sockets->count;
    enum dm_code absent = DM_OK;
    for (const struct addrinfo *info = first; info; info = info->ai_next) {
        errno = 0;
        enum dm_code code = open_tcp(sockets, info, what, err);
        if (code && !is_absent())
            return code;
        if (code)
            absent = code;
    }
    return sockets->count > before ? DM_OK : absent;
}

static enum dm_code open_host(struct sockets *sockets, const struct address *address,
                              struct dm_error *err)
{
    char what[ADDRESS_HOST_MAX + 16];
    snprintf(what, sizeof what, "%s:%s", address->host, address->port);

    struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    const char *host = *address->host ? address->host : NULL;
    int failure = getaddrinfo(host, address->port, &hints, &found);
    if (failure)
        return error_set(err, DM_E_CONFIG, "%s: cannot listen: %s", what,
                         gai_strerror(failure));
    enum dm_code code = open_each(sockets, found, what, err);
    freeaddrinfo(found);
    return code;
}

/* --- unix --- */

static struct sockaddr_un unix_address(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return address;
}

/* Whether somebody accepts connections there. */
static bool answers(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCKET_FLAGS, 0);
    if (fd < 0)
        return true;
    bool refused = connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 &&
                   errno == ECONNREFUSED;
    close(fd);
    return !refused;
}

/* Removes the socket file of a daemon that is gone; anything else stays. */
static void remove_stale(const struct sockaddr_un *address)
{
    struct stat status;
    if (lstat(address->sun_path, &status) == 0 && S_ISSOCK(status.st_mode) &&
        !answers(address))
        unlink(address->sun_path);
}

static bool remember_file(struct listen_socket *socket)
{
    struct stat status;
    if (stat(socket->path, &status) != 0)
        return false;
    socket->device = status.st_dev;
    socket->inode = status.st_ino;
    return true;
}

static void remove_file(const struct listen_socket *socket)
{
    struct stat status;
    if (socket->is_unix && !socket->is_inherited && lstat(socket->path, &status) == 0 &&
        status.st_dev == socket->device && status.st_ino == socket->inode)
        unlink(socket->path);
}

/* Nobody can connect before listen, so the mode is right from the start. */
static bool bind_unix(struct listen_socket *socket)
{
    struct sockaddr_un address = unix_address(socket->path);
    remove_stale(&address);
    return bind(socket->fd, (struct sockaddr *)&address, sizeof address) == 0 &&
           remember_file(socket) && chmod(socket->path, 0660) == 0 &&
           listen(socket->fd, BACKLOG) == 0;
}

static enum dm_code open_unix(struct sockets *sockets, const struct address *address,
                              struct dm_error *err)
{
    struct listen_socket file = {.is_unix = true};
    snprintf(file.path, sizeof file.path, "%s", address->path);
    snprintf(file.url, sizeof file.url, "unix:%s", address->path);
    file.fd = socket(AF_UNIX, SOCK_STREAM | SOCKET_FLAGS, 0);
    if (file.fd < 0)
        return failed(file.url, err);

    enum dm_code code =
        bind_unix(&file) ? add(sockets, &file, err) : failed(file.url, err);
    if (code) {
        close(file.fd);
        remove_file(&file);
    }
    return code;
}

/* --- inherited --- */

static void name_unix(struct listen_socket *socket, const struct sockaddr_un *address,
                      socklen_t size)
{
    size_t length = size - offsetof(struct sockaddr_un, sun_path);
    bool is_abstract = length > 0 && !address->sun_path[0];
    snprintf(socket->url, sizeof socket->url, "unix:%s%.*s", is_abstract ? "@" : "",
             (int)(length - is_abstract), address->sun_path + is_abstract);
}

/* What kind it is; false when it is none that we serve. */
static bool recognize(struct listen_socket *socket)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof address;
    if (getsockname(socket->fd, (struct sockaddr *)&address, &size) != 0)
        return false;
    socket->is_unix = address.ss_family == AF_UNIX;
    if (socket->is_unix)
        name_unix(socket, (const struct sockaddr_un *)&address, size);
    else
        name_tcp(socket);
    return socket->is_unix || address.ss_family == AF_INET ||
           address.ss_family == AF_INET6;
}

enum dm_code sockets_adopt(struct sockets *sockets, int fd, struct dm_error *err)
{
    struct listen_socket socket = {.fd = fd, .is_inherited = true};
    int flags = fcntl(fd, F_GETFL);
    enum dm_code code = DM_OK;
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
        code = error_set(err, DM_E_CONFIG, "descriptor %d: %s", fd, strerror(errno));
    else if (!recognize(&socket))
        code = error_set(err, DM_E_CONFIG, "descriptor %d: neither TCP nor unix", fd);
    else
        code = add(sockets, &socket, err);
    if (code)
        close(fd);
    return code;
}

/* --- all --- */

enum dm_code sockets_open(struct sockets *sockets, const struct address *address,
                          struct dm_error *err)
{
    return address->is_unix ? open_unix(sockets, address, err)
                            : open_host(sockets, address, err);
}

static void name_secure(struct listen_socket *socket)
{
    char rest[SOCKET_URL_MAX];
    if (socket->is_unix)
        return;
    snprintf(rest, sizeof rest, "%s", socket->url + strlen("http"));
    snprintf(socket->url, sizeof socket->url, "https%.*s", SOCKET_URL_MAX - 6, rest);
}

void sockets_describe(struct sockets *sockets, size_t first, size_t entry, bool has_tls)
{
    for (size_t i = first; i < sockets->count; i++) {
        sockets->at[i].entry = entry;
        if (has_tls)
            name_secure(&sockets->at[i]);
    }
}

void sockets_close(struct sockets *sockets)
{
    for (size_t i = 0; i < sockets->count; i++) {
        if (sockets->at[i].fd >= 0)
            close(sockets->at[i].fd);
        sockets->at[i].fd = -1;
    }
}

void sockets_done(struct sockets *sockets)
{
    sockets_close(sockets);
    for (size_t i = 0; i < sockets->count; i++)
        remove_file(&sockets->at[i]);
    mem_free(sockets->at);
    *sockets = (struct sockets){.at = NULL};
}

static int share_tcp(const struct listen_socket *socket)
{
    struct sockaddr_storage storage = {.ss_family = AF_UNSPEC};
    struct sockaddr *address = (struct sockaddr *)&storage;
    socklen_t size = sizeof storage;
    if (getsockname(socket->fd, address, &size) != 0)
        return -1;
    int fd = open_socket(address->sa_family);
    if (fd < 0 || listen_tcp(fd, address, size))
        return fd;
    discard(fd);
    return -1;
}

enum dm_code socket_share(const struct listen_socket *socket, int *ret_fd,
                          struct dm_error *err)
{
    int fd = socket->is_unix || socket->is_inherited
                 ? fcntl(socket->fd, F_DUPFD_CLOEXEC, 3)
                 : share_tcp(socket);
    if (fd < 0)
        return failed(socket->url, err);
    *ret_fd = fd;
    return DM_OK;
}
