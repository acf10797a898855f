/* The DynamoDB store's table of operations, and what they share. */
#include "store/dynamodb/dynamodb.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/dynamodb/operation.h"

/* A transaction's 4 MB, a batch's 16 MB: no request is larger. */
enum { REQUEST_MAX = 17 * 1024 * 1024 };

/* An item of DynamoDB JSON takes two levels for each of its own. */
enum { REPLY_DEPTH = 2 * VALUE_MAX_DEPTH + 8 };

struct dynamodb {
    struct dm_store store;
    struct client *client;
    struct dm_buf scratch; /* bodies are rendered here, then copied to their arena */
};

struct operation {
    struct store_call call;
    const struct operation_kind *kind;
    const struct key *like;
    struct client_call *upstream;
    struct arena *arena;
    store_done_fn done;
    void *ctx;
};

static void cancel(struct store_call *call)
{
    struct operation *operation = DM_CONTAINER(call, struct operation, call);
    client_cancel(operation->upstream);
}

static void free_store(struct dm_store *store)
{
    struct dynamodb *dynamodb = DM_CONTAINER(store, struct dynamodb, store);
    buf_done(&dynamodb->scratch);
    mem_free(dynamodb);
}

static const struct store_ops ops = {
    .get = dynamodb_get,
    .batch_get = dynamodb_batch_get,
    .query = dynamodb_query,
    .scan = dynamodb_scan,
    .put = dynamodb_put,
    .update = dynamodb_update,
    .delete = dynamodb_delete,
    .batch_write = dynamodb_batch_write,
    .transact_get = dynamodb_transact_get,
    .transact_write = dynamodb_transact_write,
    .describe = dynamodb_describe,
    .create = dynamodb_create,
    .cancel = cancel,
    .free = free_store,
};

enum dm_code dynamodb_new(struct client *client, struct dm_store **ret_store,
                          struct dm_error *err)
{
    struct dynamodb *dynamodb = mem_new(sizeof *dynamodb);
    if (!dynamodb)
        return error_nomem(err);
    dynamodb->store.ops = &ops;
    dynamodb->client = client;
    buf_init(&dynamodb->scratch, REQUEST_MAX);
    *ret_store = &dynamodb->store;
    return DM_OK;
}

struct body operation_body(struct dm_store *store, const struct store_base *base)
{
    struct dynamodb *dynamodb = DM_CONTAINER(store, struct dynamodb, store);
    buf_reset(&dynamodb->scratch);
    struct body body = body_begin(base, &dynamodb->scratch);
    body.store = store;
    return body;
}

static enum dm_code read_members(const struct operation_kind *kind, struct reply *reply,
                                 struct dm_error *err)
{
    DM_TRY(reader_object_begin(&reply->reader, err));
    for (;;) {
        struct dm_str name;
        bool more;
        DM_TRY(reader_object_next(&reply->reader, &name, &more, err));
        if (!more)
            return reader_end(&reply->reader, err);
        DM_TRY(kind->read_member(name, reply, err));
    }
}

/* The text is lent until this returns; the result must live as long as its arena. */
static enum dm_code read_reply(const struct operation *operation, struct dm_str text,
                               struct store_result *ret_result, struct dm_error *err)
{
    struct dm_error why = {0};
    struct reply reply = {
        .arena = operation->arena,
        .like = operation->like,
        .result = ret_result,
        .client = DM_CONTAINER(operation->call.store, struct dynamodb, store)->client};
    struct dm_str copy = arena_str(operation->arena, text);
    if (!copy.ptr)
        return error_nomem(err);
    reader_init(&reply.reader, copy, REPLY_DEPTH, operation->arena);
    enum dm_code code = read_members(operation->kind, &reply, &why);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    if (code)
        return error_set(err, DM_E_UPSTREAM, "the reply to %s cannot be read: %s",
                         operation->kind->name, why.message);
    return DM_OK;
}

static bool is_told(const struct operation *operation, const struct dm_error *err)
{
    const char *told = operation->kind->told_error;
    return told && strcmp(err->upstream_type, told) == 0;
}

static void on_reply(enum dm_code code, struct dm_str reply, const struct dm_error *err,
                     void *ctx)
{
    struct operation *operation = ctx;
    struct store_result result = {0};
    struct dm_error unreadable = {0};
    bool readable = code == DM_OK || is_told(operation, err);
    if (readable && read_reply(operation, reply, &result, &unreadable)) {
        readable = false;
        code = unreadable.code;
    }
    if (!err || unreadable.code)
        err = &unreadable;
    operation->done(code, readable ? &result : NULL, err, operation->ctx);
}

static struct operation *operation_new(struct body *body,
                                       const struct operation_kind *kind,
                                       const struct key *like, store_done_fn done,
                                       void *ctx)
{
    struct operation *operation = arena_new(body->base->arena, sizeof *operation);
    if (!operation)
        return NULL;
    operation->call.store = body->store;
    operation->kind = kind;
    operation->like = like;
    operation->arena = body->base->arena;
    operation->done = done;
    operation->ctx = ctx;
    return operation;
}

enum dm_code operation_send(struct body *body, const struct operation_kind *kind,
                            const struct key *like, store_done_fn done, void *ctx,
                            struct store_call **ret_call, struct dm_error *err)
{
    struct dynamodb *dynamodb = DM_CONTAINER(body->store, struct dynamodb, store);
    DM_TRY(body_end(body, err));
    struct operation *operation = operation_new(body, kind, like, done, ctx);
    struct client_request request = {
        .operation = kind->name,
        .body = arena_str(body->base->arena, buf_str(body->json)),
        .traceparent = body->base->traceparent,
        .max_reply = kind->max_reply,
        .deadline_ms = body->base->deadline_ms,
        .arena = body->base->arena,
        .error_reply = kind->told_error != NULL,
        .once = body->once,
    };
    if (!operation || !request.body.ptr)
        return error_nomem(err);
    DM_TRY(client_send(dynamodb->client, &request, on_reply, operation,
                       &operation->upstream, err));
    *ret_call = &operation->call;
    return DM_OK;
}
