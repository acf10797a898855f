/* The store that is DynamoDB: renders requests, reads replies; the client does the rest.
 */
#ifndef DYNAMOD_STORE_DYNAMODB_DYNAMODB_H
#define DYNAMOD_STORE_DYNAMODB_DYNAMODB_H

#include "store/dynamodb/client.h"
#include "store/store.h"

/* The client is lent: it outlives the store. store_free it. */
DM_MUST_USE enum dm_code dynamodb_new(struct client *client, struct dm_store **ret_store,
                                      struct dm_error *err);

#endif
