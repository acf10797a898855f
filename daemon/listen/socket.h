/*
 * Listening sockets. The main thread opens each address once, which reserves it; then
 * every shard takes a share to accept from: over TCP a socket of its own on the same
 * address (SO_REUSEPORT), of a unix socket and of an inherited one a duplicate.
 */
#ifndef DYNAMOD_DAEMON_LISTEN_SOCKET_H
#define DYNAMOD_DAEMON_LISTEN_SOCKET_H

#include <sys/stat.h>

#include "daemon/listen/address.h"

/* What a socket is called in the log: "http://127.0.0.1:8080", "unix:/run/x.sock"; with
 * TLS "https://127.0.0.1:8443". */
enum { SOCKET_URL_MAX = 128 };

struct listen_socket {
    int fd; /* -1: closed */
    bool is_unix;
    bool is_loopback;  /* over TCP: nobody comes in from elsewhere */
    bool is_inherited; /* from whoever started us, and listens on it after us too */
    size_t entry;      /* of `listen`, where it is not inherited and not the admin's */
    char url[SOCKET_URL_MAX];
    char path[ADDRESS_PATH_MAX + 1]; /* of a unix socket of our own */
    dev_t device;                    /* of its file, which is removed only if it is */
    ino_t inode;                     /* still this one */
};

/* Owns its sockets. Zero it once. */
struct sockets {
    struct listen_socket *at;
    size_t count;
};

/* Opens what the address stands for: a name may stand for several. DM_E_CONFIG. */
DM_MUST_USE enum dm_code sockets_open(struct sockets *sockets,
                                      const struct address *address,
                                      struct dm_error *err);
/* Adds one that listens already, inherited; owns the descriptor, on failure too.
 * DM_E_CONFIG. */
DM_MUST_USE enum dm_code sockets_adopt(struct sockets *sockets, int fd,
                                       struct dm_error *err);
/* What the configuration says of all from the first on. */
void sockets_describe(struct sockets *sockets, size_t first, size_t entry, bool has_tls);

/* Closes them: once each shard has its shares, they alone decide when listening ends. */
void sockets_close(struct sockets *sockets);
/* Closes them and removes the files of unix sockets. */
void sockets_done(struct sockets *sockets);

/* Another descriptor to accept from, the caller's. */
DM_MUST_USE enum dm_code socket_share(const struct listen_socket *socket, int *ret_fd,
                                      struct dm_error *err);

#endif
