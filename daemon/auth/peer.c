/* Asking the kernel who is at the other end. */
#include "daemon/auth/peer.h"

#include <netinet/in.h>
#include <sys/socket.h>

static void take_address(struct peer *peer, const struct sockaddr *address)
{
    static const unsigned char mapped[12] = {[10] = 0xff, 0xff}; /* RFC 4291, 2.5.5.2 */
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const void *)address;
        memcpy(peer->address, &in6->sin6_addr, sizeof peer->address);
    } else if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)address;
        memcpy(peer->address, mapped, sizeof mapped);
        memcpy(peer->address + sizeof mapped, &in->sin_addr, 4);
    }
}

static void take_ids(struct peer *peer, int fd)
{
    struct ucred ids;
    socklen_t size = sizeof ids;
    peer->has_ids = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &ids, &size) == 0 &&
                    size == sizeof ids && ids.uid != (uid_t)-1;
    if (!peer->has_ids)
        return;
    peer->uid = ids.uid;
    peer->gid = ids.gid;
}

void peer_meet(struct peer *peer, int fd, const struct sockaddr *address)
{
    *peer = (struct peer){.kind = PEER_TCP};
    if (!address || address->sa_family == AF_UNIX) {
        peer->kind = PEER_UNIX;
        take_ids(peer, fd);
        return;
    }
    take_address(peer, address);
}

const char *peer_kind_name(enum peer_kind kind)
{
    static const char *const names[] = {"tcp", "tls", "unix"};
    return names[kind];
}
