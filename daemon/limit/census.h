/*
 * How many connections there are, of all threads, and how many from each address. Asked
 * when one is accepted or ends, and never by a request: so a lock may guard the
 * addresses, held for a look-up, beside system calls that cost twenty times as much.
 */
#ifndef DYNAMOD_DAEMON_LIMIT_CENSUS_H
#define DYNAMOD_DAEMON_LIMIT_CENSUS_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "base/hash_map.h"
#include "base/siphash.h"

struct census {
    atomic_uint connections;
    pthread_mutex_t mutex;  /* of all below */
    struct siphash_key key; /* clients choose addresses */
    struct hash_map addresses;
};

/* On failure too: census_done. DM_E_INTERNAL. */
DM_MUST_USE enum dm_code census_init(struct census *census, struct dm_error *err);
void census_done(struct census *census);

/* A place for one connection more, of `most`; false: there is none. */
DM_MUST_USE bool census_take_place(struct census *census, unsigned most);
void census_leave_place(struct census *census);

/* Counts one more from there, of `most` (0: any number). DM_E_OVERLOADED: there are as
 * many; DM_E_NOMEM. An IPv6 network of 64 bits is one address; a unix socket has none. */
DM_MUST_USE enum dm_code census_enter(struct census *census,
                                      const struct sockaddr *address, unsigned most);

/* One that entered has ended. */
void census_leave(struct census *census, const struct sockaddr *address);

#endif
