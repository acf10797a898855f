/* Asking the C library who is who. */
#include "model/auth_names.h"

#include <grp.h>
#include <pwd.h>

#include "base/error.h"
#include "base/mem.h"

/* Of one entry; a group has its members in it. */
enum { ENTRY_MAX = 1024 * 1024 };

enum dm_code auth_find_user(struct dm_str name, bool *ret_found, uint32_t *ret_id,
                            struct dm_error *err)
{
    struct passwd entry, *found = NULL;
    char *text = mem_new(ENTRY_MAX);
    if (!text)
        return error_nomem(err);
    *ret_found = getpwnam_r(name.ptr, &entry, text, ENTRY_MAX, &found) == 0 && found;
    if (*ret_found)
        *ret_id = entry.pw_uid;
    mem_free(text);
    return DM_OK;
}

enum dm_code auth_find_group(struct dm_str name, bool *ret_found, uint32_t *ret_id,
                             struct dm_error *err)
{
    struct group entry, *found = NULL;
    char *text = mem_new(ENTRY_MAX);
    if (!text)
        return error_nomem(err);
    *ret_found = getgrnam_r(name.ptr, &entry, text, ENTRY_MAX, &found) == 0 && found;
    if (*ret_found)
        *ret_id = entry.gr_gid;
    mem_free(text);
    return DM_OK;
}
