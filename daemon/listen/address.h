/* Where to listen, as written in the configuration. */
#ifndef DYNAMOD_DAEMON_LISTEN_ADDRESS_H
#define DYNAMOD_DAEMON_LISTEN_ADDRESS_H

#include "base/macros.h"

enum { ADDRESS_HOST_MAX = 255, ADDRESS_PATH_MAX = 107 };

struct address {
    bool is_unix;
    char host[ADDRESS_HOST_MAX + 1]; /* a name or a number; "": every address */
    char port[6];
    char path[ADDRESS_PATH_MAX + 1]; /* of a unix socket */
};

/* "HOST:PORT", "[IPV6]:PORT", ":PORT" or "unix:/PATH". False when it is none. */
bool address_parse(struct dm_str text, struct address *ret_address);

bool address_equal(const struct address *a, const struct address *b);

/* What address_parse reads, for messages. Static. */
const char *address_syntax(void);

#endif
