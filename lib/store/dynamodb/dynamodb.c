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

struct operation {
    struct store_call call;
    const struct operation_kind *kind;
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
    .scan = dynamodb_scan,
    .describe_table = dynamodb_describe_table,
    .create_table = dynamodb_create_table,
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

struct dm_buf *operation_body(struct dm_store *store)
{
    struct dynamodb *dynamodb = DM_CONTAINER(store, struct dynamodb, store);
    buf_reset(&dynamodb->scratch);
    return &dynamodb->scratch;
}

static enum dm_code read_members(const struct operation_kind *kind, struct dm_str reply,
                                 struct arena *arena, struct store_result *ret_result,
                                 struct dm_error *err)
{
    struct json_reader reader;
    reader_init(&reader, reply, REPLY_DEPTH, arena);
    DM_TRY(reader_object_begin(&reader, err));
    for (;;) {
        struct dm_str name;
        bool more;
        DM_TRY(reader_object_next(&reader, &name, &more, err));
        if (!more)
            return reader_end(&reader, err);
        DM_TRY(kind->read_member(name, &reader, arena, ret_result, err));
    }
}

/* The reply is lent until this returns; the result must live as long as its arena. */
static enum dm_code read_reply(const struct operation *operation, struct dm_str reply,
                               struct store_result *ret_result, struct dm_error *err)
{
    struct dm_error why = {0};
    struct dm_str copy = arena_str(operation->arena, reply);
    if (!copy.ptr)
        return error_nomem(err);
    enum dm_code code =
        read_members(operation->kind, copy, operation->arena, ret_result, &why);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    if (code)
        return error_set(err, DM_E_UPSTREAM, "the reply to %s cannot be read: %s",
                         operation->kind->name, why.message);
    return DM_OK;
}

static void on_reply(enum dm_code code, struct dm_str reply, const struct dm_error *err,
                     void *ctx)
{
    struct operation *operation = ctx;
    struct store_result result = {0};
    struct dm_error unreadable = {0};
    if (code == DM_OK) {
        code = read_reply(operation, reply, &result, &unreadable);
        err = &unreadable;
    }
    operation->done(code, code ? NULL : &result, err, operation->ctx);
}

enum dm_code operation_send(struct dm_store *store, const struct operation_kind *kind,
                            int64_t deadline_ms, struct arena *arena, store_done_fn done,
                            void *ctx, struct store_call **ret_call, struct dm_error *err)
{
    struct dynamodb *dynamodb = DM_CONTAINER(store, struct dynamodb, store);
    DM_TRY(buf_check(&dynamodb->scratch, "request", err));
    struct operation *operation = arena_new(arena, sizeof *operation);
    struct dm_str body = arena_str(arena, buf_str(&dynamodb->scratch));
    if (!operation || !body.ptr)
        return error_nomem(err);

    operation->call.store = store;
    operation->kind = kind;
    operation->arena = arena;
    operation->done = done;
    operation->ctx = ctx;
    struct client_request request = {
        .operation = kind->name,
        .body = body,
        .max_reply = kind->max_reply,
        .deadline_ms = deadline_ms,
        .arena = arena,
    };
    DM_TRY(client_send(dynamodb->client, &request, on_reply, operation,
                       &operation->upstream, err));
    *ret_call = &operation->call;
    return DM_OK;
}

void operation_write_projection(const struct projection *projection, struct arena *arena,
                                struct dm_buf *body)
{
    if (!projection || projection->count == 0)
        return;
    struct names names;
    names_init(&names, arena);
    buf_add_str(body, STR(",\"ProjectionExpression\":\""));
    projection_write(projection, &names, body);
    buf_add_str(body, STR("\",\"ExpressionAttributeNames\":"));
    names_write_json(&names, body);
}
