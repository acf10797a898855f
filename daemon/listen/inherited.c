/* Sockets by the protocol of systemd. */
#include "daemon/listen/inherited.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/error.h"
#include "base/str.h"

/* A socket unit that gives no FileDescriptorName is called after itself. */
static bool is_admin(struct dm_str name)
{
    return str_equal(name, STR("admin")) || str_equal(name, STR("admin.socket"));
}

static enum dm_code take_one(int fd, struct dm_str name, struct sockets *sockets,
                             struct sockets *admin_sockets, struct dm_error *err)
{
    if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) > 0)
        return sockets_adopt(is_admin(name) ? admin_sockets : sockets, fd, err);
    close(fd);
    return error_set(err, DM_E_CONFIG,
                     "inherited descriptor %d is no stream socket "
                     "that listens",
                     fd);
}

static enum dm_code take_all(struct dm_str names, struct sockets *sockets,
                             struct sockets *admin_sockets, struct dm_error *err)
{
    int count = sd_listen_fds(false);
    if (count < 0)
        return error_set(err, DM_E_CONFIG, "inherited sockets: %s", strerror(-count));
    for (int i = 0; i < count; i++) {
        struct dm_str name = str_split(&names, ':');
        DM_TRY(take_one(SD_LISTEN_FDS_START + i, name, sockets, admin_sockets, err));
    }
    return DM_OK;
}

enum dm_code inherited_take(struct sockets *sockets, struct sockets *admin_sockets,
                            struct dm_error *err)
{
    const char *names = getenv("LISTEN_FDNAMES");
    enum dm_code code = take_all(dm_str(names ? names : ""), sockets, admin_sockets, err);
    sd_listen_fds(true);
    return code;
}
