/* Request ids: the client's own, or one made here. */
#ifndef DYNAMOD_DAEMON_HTTP_REQUEST_ID_H
#define DYNAMOD_DAEMON_HTTP_REQUEST_ID_H

#include <stdint.h>

#include "base/macros.h"

enum { REQUEST_ID_MAX = 128, REQUEST_ID_MADE = 32 };

/* A generator, one a thread: xoshiro256++, seeded by the kernel. */
struct request_ids {
    uint64_t state[4];
};

DM_MUST_USE enum dm_code request_ids_init(struct request_ids *ids, struct dm_error *err);

/* 128 random bits in hexadecimal, terminated. */
void request_id_make(struct request_ids *ids, char ret_id[REQUEST_ID_MADE + 1]);

/* 1 to 128 visible ASCII characters. */
bool request_id_valid(struct dm_str id);

#endif
