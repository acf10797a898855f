/*
 * What a model hides from its clients: items whose time to live is over, and items that
 * do not fit the templates of its keys. The store leaves out what it can be asked to
 * leave out; the rest is looked at here.
 *
 * Nothing that a store gave is shown but by hidden_strip: so attributes that the model
 * hides (secret.h) go no further, whoever asks.
 */
#ifndef DYNAMOD_MODEL_HIDDEN_H
#define DYNAMOD_MODEL_HIDDEN_H

#include "expr/projection.h"
#include "model/model_config.h"

/* Keys of a table and of an index; the time to live. */
enum { HIDDEN_KEYS_MAX = 4, HIDDEN_NAMES_MAX = HIDDEN_KEYS_MAX + 2 };

/* Embedded, zero: hides nothing. Borrows from the model's attributes, whose reference
 * its item or page has, or else its app. */
struct hidden {
    const struct attributes *expiring; /* NULL: items do not expire, or not here */
    int64_t now_s;
    const struct attribute *keys[HIDDEN_KEYS_MAX]; /* with a template to be fitted */
    size_t key_count;
    struct dm_str range_name; /* whose value `except` is not asked for; len 0: none */
    struct dm_value except;
    struct dm_str added[HIDDEN_NAMES_MAX]; /* read for this alone, and dropped again */
    size_t added_count;
};

/* Hides items past their time to live, unless the model shows them. */
void hidden_expired(struct hidden *hidden, const struct model_config *model,
                    int64_t now_s);

/* Whether there is anything to look at. */
bool hidden_looks(const struct hidden *hidden);

/* Makes the projection, unless it is empty, ask for what is looked at, and not for hidden
 * attributes, unless it asks for nothing else. attributes may be NULL, here and below. */
DM_MUST_USE enum dm_code hidden_widen(struct hidden *hidden,
                                      const struct attributes *attributes,
                                      struct projection *projection, struct arena *arena,
                                      struct dm_error *err);

/* A projection of only what is looked at. */
DM_MUST_USE enum dm_code hidden_project(const struct hidden *hidden, struct arena *arena,
                                        struct projection *ret_projection,
                                        struct dm_error *err);

/* Whether the item (an M) is hidden. */
bool hidden_is(const struct hidden *hidden, const struct dm_value *item);

/* The item without hidden attributes, and without what hidden_widen added (hidden NULL:
 * nothing); shares all else. */
DM_MUST_USE enum dm_code hidden_strip(const struct hidden *hidden,
                                      const struct attributes *attributes,
                                      const struct dm_value *item, struct arena *arena,
                                      struct dm_value *ret_item, struct dm_error *err);

#endif
