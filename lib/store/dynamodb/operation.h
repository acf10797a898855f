/* What the operations of the DynamoDB store share: sending a body, and the call until it
 * ends. */
#ifndef DYNAMOD_STORE_DYNAMODB_OPERATION_H
#define DYNAMOD_STORE_DYNAMODB_OPERATION_H

#include "base/buf.h"
#include "codec/json_reader.h"
#include "store/dynamodb/dynamodb.h"

struct dynamodb {
    struct dm_store store;
    struct client *client;
    struct dm_buf scratch; /* bodies are rendered here, then copied to their arena */
};

/* Reads one member of the reply (or skips it) into *result, in the arena. */
typedef enum dm_code (*operation_read_fn)(struct dm_str name, struct json_reader *reader,
                                          struct arena *arena,
                                          struct store_result *result,
                                          struct dm_error *err);

/* One row an operation. */
struct operation_kind {
    const char *name; /* "GetItem" */
    size_t max_reply;
    operation_read_fn read_member;
};

/* Empties and lends the store's scratch buffer. */
struct dm_buf *operation_body(struct dm_store *store);

/* Sends what operation_body now holds. The other arguments are those of store_ops. */
DM_MUST_USE enum dm_code operation_send(struct dm_store *store,
                                        const struct operation_kind *kind,
                                        int64_t deadline_ms, struct arena *arena,
                                        store_done_fn done, void *ctx,
                                        struct store_call **ret_call,
                                        struct dm_error *err);

/* Appends ,"ProjectionExpression":…,"ExpressionAttributeNames":… unless there is none. */
void operation_write_projection(const struct projection *projection, struct arena *arena,
                                struct dm_buf *body);

/* store_ops.get and the rest, each in a file of its own. */
enum dm_code dynamodb_get(struct dm_store *store, const struct store_get *request,
                          store_done_fn done, void *ctx, struct store_call **ret_call,
                          struct dm_error *err);
enum dm_code dynamodb_scan(struct dm_store *store, const struct store_scan *request,
                           store_done_fn done, void *ctx, struct store_call **ret_call,
                           struct dm_error *err);
enum dm_code dynamodb_describe_table(struct dm_store *store,
                                     const struct store_describe *request,
                                     store_done_fn done, void *ctx,
                                     struct store_call **ret_call, struct dm_error *err);
enum dm_code dynamodb_create_table(struct dm_store *store,
                                   const struct store_create *request, store_done_fn done,
                                   void *ctx, struct store_call **ret_call,
                                   struct dm_error *err);
#endif
