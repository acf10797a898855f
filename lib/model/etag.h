/*
 * Entity tags (RFC 9110 section 8.8.3): strong, of the typed items, of what is declared
 * of their attributes and of the representation. The same for the same attributes in any
 * order. Where the model has a version attribute, an item's tag begins with it ("v5-…"),
 * so that a write can be made conditional on it.
 */
#ifndef DYNAMOD_MODEL_ETAG_H
#define DYNAMOD_MODEL_ETAG_H

#include "value/attribute.h"

/* With its quotes, terminated. */
enum { ETAG_TEXT_MAX = 80 };
struct etag {
    char text[ETAG_TEXT_MAX];
};

/* Reused for one tag after the other: one for each thread. */
struct etag_maker;
DM_MUST_USE enum dm_code etag_maker_new(struct etag_maker **ret_maker,
                                        struct dm_error *err);
void etag_maker_free(struct etag_maker *maker);
DM_AUTO_DEFINE(etag_maker, etag_maker_free)

/* `form` tells representations apart: any text. attributes may be NULL. */
DM_MUST_USE enum dm_code etag_of_item(struct etag_maker *maker,
                                      const struct attributes *attributes,
                                      const struct dm_value *item, struct dm_str form,
                                      struct etag *ret_etag, struct dm_error *err);

/* Of a page, item by item, for it may take a while: begin, add each, end. One at a time
 * for each sum, any number of sums. */
struct etag_sum;
DM_MUST_USE enum dm_code etag_sum_new(struct etag_maker *maker, struct dm_str form,
                                      struct etag_sum **ret_sum, struct dm_error *err);
DM_MUST_USE enum dm_code etag_sum_add(struct etag_sum *sum,
                                      const struct attributes *attributes,
                                      const struct dm_value *item, struct dm_error *err);
DM_MUST_USE enum dm_code etag_sum_add_text(struct etag_sum *sum, struct dm_str text,
                                           struct dm_error *err);
DM_MUST_USE enum dm_code etag_sum_end(struct etag_sum *sum, struct etag *ret_etag,
                                      struct dm_error *err);
void etag_sum_free(struct etag_sum *sum);
DM_AUTO_DEFINE(etag_sum, etag_sum_free)

#endif
