/* A number of bytes in a file: "64M". */
#ifndef DYNAMOD_MODEL_BYTE_SIZE_H
#define DYNAMOD_MODEL_BYTE_SIZE_H

#include "model/settings.h"

#define MEGABYTE ((size_t)1024 * 1024)

/* Of a SETTING_READ: bytes, K, M or G; 1M to 1024G. DM_E_CONFIG. */
DM_MUST_USE enum dm_code byte_size_read(struct settings *file, struct settings_node *node,
                                        void *size, struct dm_error *err);

#endif
