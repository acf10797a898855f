/* What the operations of the DynamoDB store share: sending a body, and the call until it
 * ends. */
#ifndef DYNAMOD_STORE_DYNAMODB_OPERATION_H
#define DYNAMOD_STORE_DYNAMODB_OPERATION_H

#include "base/buf.h"
#include "store/dynamodb/body.h"
#include "store/dynamodb/dynamodb.h"
#include "store/dynamodb/reply.h"

/* An item of 400 KB of control characters is six times that as JSON. */
enum { OPERATION_ITEM_REPLY_MAX = 4 * 1024 * 1024 };

/* Reads one member of the reply, or skips it. */
typedef enum dm_code (*operation_read_fn)(struct dm_str name, struct reply *reply,
                                          struct dm_error *err);

/* One row an operation. */
struct operation_kind {
    const char *name; /* "GetItem" */
    size_t max_reply;
    operation_read_fn read_member;
    const char *told_error; /* the type of error whose reply read_member reads, too; or
                               NULL */
};

/* A request's JSON, its object open: in the store's scratch buffer, so one at a time. */
struct body operation_body(struct dm_store *store, const struct store_base *base);

/* What the reads send, and explain.h shows: all but the end. */
void get_body(struct body *body, const struct store_get *request);
void query_body(struct body *body, const struct store_query *request);
void scan_body(struct body *body, const struct store_scan *request);

/* Ends the body and sends it. like: as in struct reply. The other arguments are those
 * of store_ops. */
DM_MUST_USE enum dm_code operation_send(struct body *body,
                                        const struct operation_kind *kind,
                                        const struct key *like, store_done_fn done,
                                        void *ctx, struct store_call **ret_call,
                                        struct dm_error *err);

/* store_ops.get and the rest, each family in a file of its own. */
#define DYNAMODB_OPERATION(name)                                                         \
    enum dm_code dynamodb_##name(                                                        \
        struct dm_store *store, const struct store_##name *request, store_done_fn done,  \
        void *ctx, struct store_call **ret_call, struct dm_error *err)

DYNAMODB_OPERATION(get);
DYNAMODB_OPERATION(query);
DYNAMODB_OPERATION(scan);
DYNAMODB_OPERATION(put);
DYNAMODB_OPERATION(update);
DYNAMODB_OPERATION(delete);
DYNAMODB_OPERATION(batch_get);
DYNAMODB_OPERATION(batch_write);
DYNAMODB_OPERATION(transact_get);
DYNAMODB_OPERATION(transact_write);
DYNAMODB_OPERATION(describe);
DYNAMODB_OPERATION(create);

#endif
