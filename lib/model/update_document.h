/*
 * A change in dynamod's own words, one atomic UpdateItem:
 *
 *     {"set": {"name": "Ada", "shelf.row": 3}, "remove": ["old", "tags[0]"], "add":
 * {"count": 1, "colours": ["red"]}, "delete": {"colours": ["blue"]}, "append": {"log":
 * ["seen"]}, "if": {"rev": "eq.3"}}
 *
 * Names are document paths (expr/path.h). What is set at the top of the item takes the
 * declared form; the arrays of add and delete are of declared sets.
 */
#ifndef DYNAMOD_MODEL_UPDATE_DOCUMENT_H
#define DYNAMOD_MODEL_UPDATE_DOCUMENT_H

#include "expr/update.h"
#include "value/attribute.h"
#include "value/key.h"

/* In the arena that it was read into. */
struct update_document {
    struct update update;
    const struct dm_filter *conditions; /* `if` */
    size_t condition_count;
    bool adds; /* add or append: made twice it has another effect than once */
};

/* The document as plain_json_read made it. DM_E_INVALID_PATCH: not of that shape, changes
 * nothing, a key or the version attribute; DM_E_INVALID_ITEM: a value that does not fit.
 */
DM_MUST_USE enum dm_code update_document_read(const struct dm_value *document,
                                              const struct attributes *attributes,
                                              const struct key_schema *schema,
                                              struct arena *arena,
                                              struct update_document *ret_document,
                                              struct dm_error *err);

#endif
