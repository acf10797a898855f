/*
 * An item as a client wrote it, made ready to be stored: in the form that the model
 * declares, with its key, the model's defaults and all that it requires. The version
 * attribute is for others to set (model/version.h).
 */
#ifndef DYNAMOD_MODEL_NEW_ITEM_H
#define DYNAMOD_MODEL_NEW_ITEM_H

#include "model/model_config.h"

/* https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
enum { NEW_ITEM_SIZE_MAX = 400 * 1024 };

/* What is known before an item is read. All is lent, and may go once it was. */
struct new_item_place {
    const struct model_config *model;
    const struct key_schema *schema; /* the table's */
    enum dm_format format;           /* of what was written */
};

struct new_item {
    struct dm_value value; /* M, without the version; its array has room for one more */
    struct key key;
    struct dm_str version; /* as the client wrote it, canonical; len 0: not at all */
};

/*
 * The text of one item, an object, as the tree that the next three take.
 * DM_E_INVALID_ITEM: no JSON of that format, trailing bytes. The tree lives in the arena
 * and borrows from the text.
 */
DM_MUST_USE enum dm_code new_item_read(struct dm_str json, enum dm_format format,
                                       struct arena *arena, struct dm_value *ret_written,
                                       struct dm_error *err);

/* Likewise the text of a key. DM_E_INVALID_KEY. */
DM_MUST_USE enum dm_code new_item_read_key(struct dm_str json, enum dm_format format,
                                           struct arena *arena,
                                           struct dm_value *ret_written,
                                           struct dm_error *err);

/*
 * written: an M as plain_json_read or ddb_json_read_item made it, used up: its numbers
 * become canonical, and the item shares it. key: that of the path, which the item's must
 * be if it has one, and whose texts it borrows; NULL: the item has its own.
 *
 * DM_E_INVALID_KEY: missing, empty, of the wrong type, too long, not the path's.
 * DM_E_INVALID_ITEM: no object, an attribute that does not fit what is declared, a
 * required one is missing. DM_E_TOO_LARGE.
 */
DM_MUST_USE enum dm_code new_item_make(const struct new_item_place *place,
                                       struct dm_value *written, const struct key *key,
                                       struct arena *arena, struct new_item *ret_item,
                                       struct dm_error *err);

/* A key alone, as a batch or a transaction names it: an object of the key attributes and
 * nothing else. DM_E_INVALID_KEY. */
DM_MUST_USE enum dm_code new_item_key(const struct new_item_place *place,
                                      struct dm_value *written, struct arena *arena,
                                      struct key *ret_key, struct dm_error *err);

/* DM_E_TOO_LARGE: there was no end to what was read, and what fits in an item is read in
 * less. */
enum dm_code new_item_too_large(struct dm_error *err);

/* DM_E_TOO_LARGE. */
DM_MUST_USE enum dm_code new_item_check_size(const struct dm_value *item,
                                             struct dm_error *err);

#endif
