/* What an update comes to: values to put at paths, and paths to clear. */
#ifndef DYNAMOD_EXPR_CHANGE_H
#define DYNAMOD_EXPR_CHANGE_H

#include "expr/path.h"

enum change_kind { CHANGE_PUT, CHANGE_REMOVE, CHANGE_NONE };

struct change {
    enum change_kind kind;
    const struct path *path;
    struct dm_value value; /* CHANGE_PUT */
    struct change *next;
};

/*
 * The item (an M) with a list of changes made. No two paths overlap, and what each leads
 * into is there (path_leads_into). Indexes are those of the item as it was; past its end
 * they append. What did not change is shared. Uses the list up. DM_E_VALIDATION: lists
 * and maps nested too deep.
 */
DM_MUST_USE enum dm_code change_apply(struct change *changes, const struct dm_value *item,
                                      struct arena *arena, struct dm_value *ret_item,
                                      struct dm_error *err);

#endif
