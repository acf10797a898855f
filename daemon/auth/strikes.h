/*
 * Who has shown wrong tokens lately: a table of fixed size, one a thread. Whoever has too
 * many is not listened to for a while. An IPv6 network of 64 bits is one; behind a unix
 * socket it is a user.
 */
#ifndef DYNAMOD_DAEMON_AUTH_STRIKES_H
#define DYNAMOD_DAEMON_AUTH_STRIKES_H

#include "base/siphash.h"
#include "daemon/auth/peer.h"

enum { STRIKE_WINDOW_MS = 10000, STRIKE_SETS = 256, STRIKE_WAYS = 4 };

struct strike {
    struct peer_key {
        unsigned char address[16];
        uint64_t uid;
    } who;
    unsigned count;
    int64_t ends_ms; /* then it is forgotten; 0: none */
};

/* Embedded. Zeroed, it is empty; its key is random once there is one. */
struct strikes {
    struct siphash_key key; /* clients choose addresses */
    struct strike sets[STRIKE_SETS][STRIKE_WAYS];
};

/* One more of it; in the place of whoever is forgotten first. */
void strikes_add(struct strikes *strikes, const struct peer *peer, int64_t now_ms);

/* How long, in milliseconds, until it is listened to again: 0 for whoever has fewer than
 * `most` (0: any number). */
int64_t strikes_wait_ms(const struct strikes *strikes, const struct peer *peer,
                        unsigned most, int64_t now_ms);

#endif
