/* The connection: any DynamoDB operation, as JSON, by the app's settings. */
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/app_internal.h"
#include "value/quote.h"

/* DynamoDB's largest request (BatchWriteItem, BatchGetItem). */
enum { REQUEST_MAX = 16 * 1024 * 1024, OPERATION_MAX = 64, SPARE = 64 * 1024 };

struct connection_call {
    struct dm_call call;
    struct arena arena;
    struct client_call *upstream;
    dm_reply_fn done;
    void *ctx;
};

static void free_call(struct dm_call *call)
{
    struct connection_call *connection = DM_CONTAINER(call, struct connection_call, call);
    call_remove(call);
    if (connection->upstream)
        client_cancel(connection->upstream);
    arena_done(&connection->arena);
    mem_free(connection);
}

static void on_reply(enum dm_code code, struct dm_str reply, const struct dm_error *err,
                     void *ctx)
{
    struct connection_call *call = ctx;
    call->upstream = NULL;
    call_remove(&call->call);
    call->done(code, reply, err, call->ctx);
    free_call(&call->call);
}

/* It becomes part of a header. */
static bool operation_valid(struct dm_str operation)
{
    for (size_t i = 0; i < operation.len; i++) {
        char c = operation.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
            return false;
    }
    return operation.len > 0 && operation.len <= OPERATION_MAX;
}

static enum dm_code check(const struct dm_app *app, struct dm_str operation,
                          struct dm_str request, struct dm_error *err)
{
    if (!app->upstreams[0].client)
        return error_set(err, DM_E_INVALID,
                         "app \"%s\" is on the embedded store: it has no connection",
                         dm_app_name(app));
    if (!operation_valid(operation))
        return error_set(err, DM_E_INVALID,
                         "expected a DynamoDB operation like ListTables: got \"%s\"",
                         quote(operation).text);
    if (request.len > REQUEST_MAX)
        return error_set(err, DM_E_INVALID, "expected a request of at most %d bytes",
                         REQUEST_MAX);
    return DM_OK;
}

static enum dm_code send(struct connection_call *call, struct dm_app *app,
                         struct dm_str operation, struct dm_str body, int64_t deadline_ms,
                         struct dm_error *err)
{
    struct client_request request = {
        .operation = arena_str(&call->arena, operation).ptr,
        .body = arena_str(&call->arena, body),
        .max_reply = CLIENT_REPLY_MAX,
        .deadline_ms = deadline_ms,
        .arena = &call->arena,
    };
    if (!request.operation || !request.body.ptr)
        return error_nomem(err);
    return client_send(app->upstreams[0].client, &request, on_reply, call,
                       &call->upstream, err);
}

enum dm_code dm_connection_call_async(struct dm_connection *connection,
                                      const char *operation, struct dm_str request,
                                      unsigned timeout_ms, dm_reply_fn done, void *ctx,
                                      struct dm_call **ret_call, struct dm_error *err)
{
    struct dm_app *app = connection->app;
    DM_TRY(check(app, dm_str(operation), request, err));
    struct connection_call *call = mem_new(sizeof *call);
    if (!call)
        return error_nomem(err);
    call->call.free = free_call;
    call->done = done;
    call->ctx = ctx;
    arena_init(&call->arena, request.len + SPARE);

    enum dm_code code =
        send(call, app, dm_str(operation), request, app_deadline(app, timeout_ms), err);
    if (code) {
        free_call(&call->call);
        return code;
    }
    call_add(&app->calls, &call->call);
    if (ret_call)
        *ret_call = &call->call;
    return DM_OK;
}
