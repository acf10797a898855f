/* A reply's body as it was sent: its checksum, and what is compressed in it. */
#ifndef DYNAMOD_NET_PAYLOAD_H
#define DYNAMOD_NET_PAYLOAD_H

#include <stdint.h>

#include "base/buf.h"

/* CRC-32 as gzip and x-amz-crc32 have it (RFC 1952 section 8). */
uint32_t payload_crc32(struct dm_str body);

/* Appends what gzip (RFC 1952) packed. DM_E_UPSTREAM when it is damaged, cut off, or
 * larger than the buffer may be; DM_E_NOMEM. */
DM_MUST_USE enum dm_code payload_gunzip(struct dm_str packed, struct dm_buf *out,
                                        struct dm_error *err);

#endif
