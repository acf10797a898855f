/* What the operations read alike out of DynamoDB's replies. */
#ifndef DYNAMOD_STORE_DYNAMODB_REPLY_H
#define DYNAMOD_STORE_DYNAMODB_REPLY_H

#include "codec/json_reader.h"
#include "store/dynamodb/client.h"
#include "store/store.h"

/* A reply being read, member by member, into *result; everything lives in the arena. */
struct reply {
    struct json_reader reader;
    struct arena *arena;
    const struct key *like; /* the request's keys, and so the reply's, have its
                               attributes; NULL: it has none */
    struct store_result *result;
    struct client *client; /* counts the capacity; NULL: nobody does */
};

/* Reads one element of an array, of that size. */
typedef enum dm_code (*read_reply_element_fn)(struct reply *reply, void *ret_element,
                                              struct dm_error *err);

/* An array of any length, in the arena. */
DM_MUST_USE enum dm_code read_reply_array(struct reply *reply, size_t size,
                                          read_reply_element_fn read, void *ret_array,
                                          size_t *ret_count, struct dm_error *err);

/* The value of the only member of that name; all others are skipped. *ret_found may be
 * NULL. `read` is given `ret_element`. */
DM_MUST_USE enum dm_code read_reply_object(struct reply *reply, struct dm_str name,
                                           read_reply_element_fn read, void *ret_element,
                                           bool *ret_found, struct dm_error *err);

/* read_reply_element_fn of struct dm_value: an item of DynamoDB JSON. */
DM_MUST_USE enum dm_code read_reply_item(struct reply *reply, void *ret_item,
                                         struct dm_error *err);

/* read_reply_element_fn of struct key. */
DM_MUST_USE enum dm_code read_reply_key(struct reply *reply, void *ret_key,
                                        struct dm_error *err);

/* An item that may be null: then *ret_item is left alone. */
DM_MUST_USE enum dm_code read_reply_new_item(struct reply *reply,
                                             const struct dm_value **ret_item,
                                             struct dm_error *err);

DM_MUST_USE enum dm_code read_reply_count(struct reply *reply, size_t *ret_count,
                                          struct dm_error *err);

/* ConsumedCapacity: one table's, or an array of them; added up into the result, and
 * counted by the client. */
DM_MUST_USE enum dm_code read_reply_capacity(struct reply *reply, struct dm_error *err);

#endif
