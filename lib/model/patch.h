/*
 * Patches of one item: JSON Merge Patch (RFC 7396) and JSON Patch (RFC 6902), applied to
 * a tree of values. Pure: what makes them atomic is for others (model/update.h).
 *
 * A patch sees the item as clients do: members of maps, elements of lists, the JSON
 * inside json attributes. What it puts at the top of the item takes the form that the
 * model declares.
 */
#ifndef DYNAMOD_MODEL_PATCH_H
#define DYNAMOD_MODEL_PATCH_H

#include "expr/update.h"
#include "value/attribute.h"
#include "value/key.h"

/* DynamoDB takes an update of 4 KB: more attributes are none that it could take. */
enum { PATCH_OPERATIONS_MAX = 256, PATCH_ATTRIBUTES_MAX = 4096, PATCH_POINTER_MAX = 32 };

enum patch_dialect { PATCH_MERGE, PATCH_JSON };

enum patch_operation_kind {
    PATCH_ADD,
    PATCH_REMOVE,
    PATCH_REPLACE,
    PATCH_MOVE,
    PATCH_COPY,
    PATCH_TEST
};

/* A JSON Pointer (RFC 6901), split and unescaped. */
struct patch_pointer {
    struct dm_str text;
    struct dm_str steps[PATCH_POINTER_MAX];
    size_t count;
};

struct patch_operation {
    enum patch_operation_kind kind;
    struct patch_pointer path, from; /* from: MOVE, COPY */
    struct dm_value value;           /* ADD, REPLACE, TEST */
};

/* In the arena that it was read into. */
struct patch {
    enum patch_dialect dialect;
    struct dm_value merge;              /* PATCH_MERGE: an M */
    struct patch_operation *operations; /* PATCH_JSON */
    size_t count;
};

/* Reads the body. DM_E_INVALID_PATCH: no JSON, or not of its dialect; "operation 2: …".
 */
DM_MUST_USE enum dm_code patch_read(enum patch_dialect dialect, struct dm_str json,
                                    struct arena *arena, struct patch *ret_patch,
                                    struct dm_error *err);

/* The attributes that the patch names, in the arena; some may come twice. All that
 * patch_apply reads or changes is in them. */
struct name_list {
    const struct dm_str *at;
    size_t count;
};
DM_MUST_USE enum dm_code patch_names(const struct patch *patch, struct arena *arena,
                                     struct name_list *ret_names, struct dm_error *err);

/*
 * The item (an M) after the patch, in the arena, where both must stay. Attributes that
 * the patch does not name stay as they are, byte for byte.
 * DM_E_INVALID_PATCH: a path that leads nowhere, or into a set or binary;
 * DM_E_INVALID_ITEM: a value that does not fit its attribute; DM_E_CONDITION: a test that
 * fails; DM_E_TOO_LARGE.
 */
DM_MUST_USE enum dm_code patch_apply(const struct patch *patch,
                                     const struct attributes *attributes,
                                     const struct dm_value *item, struct arena *arena,
                                     struct dm_value *ret_item, struct dm_error *err);

/* Whether it can be made without reading: a merge patch that merges nothing, because none
 * of its members is an object. */
bool patch_is_flat(const struct patch *patch);

/* The update that a flat one is: SET and REMOVE, nothing for the key and the version.
 * DM_E_INVALID_KEY: it would change the key; DM_E_INVALID_ITEM as above. */
DM_MUST_USE enum dm_code patch_flat_update(const struct patch *patch,
                                           const struct attributes *attributes,
                                           const struct key *key, struct arena *arena,
                                           struct update *ret_update,
                                           struct dm_error *err);

#endif
