/* Users and groups of the system, by name. */
#ifndef DYNAMOD_MODEL_AUTH_NAMES_H
#define DYNAMOD_MODEL_AUTH_NAMES_H

#include <stdint.h>

#include "base/macros.h"

/* The name is terminated. DM_E_NOMEM. */
DM_MUST_USE enum dm_code auth_find_user(struct dm_str name, bool *ret_found,
                                        uint32_t *ret_id, struct dm_error *err);
DM_MUST_USE enum dm_code auth_find_group(struct dm_str name, bool *ret_found,
                                         uint32_t *ret_id, struct dm_error *err);

#endif
