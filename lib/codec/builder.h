/* Building a tree of values out of a JSON text, whichever dialect it is in. */
#ifndef DYNAMOD_CODEC_BUILDER_H
#define DYNAMOD_CODEC_BUILDER_H

#include "base/buf.h"
#include "codec/json_reader.h"
#include "value/value.h"

/*
 * An array's length is known at its end only. So the elements of every list, map and set
 * that is still open wait on a stack, the innermost on top; one that ends is taken off it
 * and copied into the arena, once, at its exact size.
 */
struct builder {
    struct json_reader *reader;
    struct arena *arena;
    struct dm_buf stack;
    unsigned level; /* lists and maps that are open */
};

void builder_init(struct builder *builder, struct json_reader *reader,
                  struct arena *arena);
void builder_done(struct builder *builder);
DM_AUTO_DONE_DEFINE(builder, builder_done)

/* Where the elements of what begins now will stand. */
size_t builder_mark(const struct builder *builder);

DM_MUST_USE enum dm_code builder_push(struct builder *builder, const void *element,
                                      size_t size, struct dm_error *err);

/* One level down; builder_list or builder_map come up again. DM_E_INVALID when it is too
 * deep. */
DM_MUST_USE enum dm_code builder_enter(struct builder *builder, struct dm_error *err);

/* An L of the values pushed since the mark. */
DM_MUST_USE enum dm_code builder_list(struct builder *builder, size_t mark,
                                      struct dm_value *ret_list, struct dm_error *err);

/* An M of the members pushed since the mark. DM_E_INVALID when two have one name. */
DM_MUST_USE enum dm_code builder_map(struct builder *builder, size_t mark,
                                     struct dm_value *ret_map, struct dm_error *err);

/* A set of the texts (dm_str) pushed since the mark. DM_E_INVALID when it is empty or has
 * two equal members; numbers are compared by what they are worth. */
DM_MUST_USE enum dm_code builder_set(struct builder *builder, size_t mark,
                                     enum dm_type type, struct dm_value *ret_set,
                                     struct dm_error *err);

#endif
