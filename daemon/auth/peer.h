/* What is known of the other end of a connection before it has said anything. */
#ifndef DYNAMOD_DAEMON_AUTH_PEER_H
#define DYNAMOD_DAEMON_AUTH_PEER_H

#include <stdint.h>
#include <sys/types.h>

#include "daemon/auth/certificate_name.h"

struct sockaddr;

enum peer_kind { PEER_TCP, PEER_TLS, PEER_UNIX };

/* Zeroed, nothing is known. Lives as long as its connection. */
struct peer {
    enum peer_kind kind;
    bool has_ids; /* of a unix socket: the process that connected */
    uid_t uid;
    gid_t gid;
    unsigned char address[16]; /* of IPv6, or as IPv6 has those of IPv4; of a unix socket
                                  all zero */
    const char *listener;      /* its URL, lent; NULL: not known */
    const struct certificate_names *certificate; /* NULL: it showed none that is good */
};

/* Asks the kernel once, as the connection begins. */
void peer_meet(struct peer *peer, int fd, const struct sockaddr *address);

/* "tcp", "tls", "unix". Static. */
const char *peer_kind_name(enum peer_kind kind);

#endif
