/* The HTTP client: its pool and its queue. */
#include "net/http.h"

#include <assert.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "net/http_multi.h"
#include "net/http_transfer.h"

struct calls {
    struct http_call *first, **tail;
    unsigned count;
};

struct http_client {
    struct dm_loop *loop;
    struct http_options options;
    char *ca_file;
    struct http_multi multi;
    struct calls waiting, active;
    struct http_transfer *idle;
    unsigned idle_count;
    struct loop_task start; /* of what waits, after a cancellation */
    unsigned holds;         /* while any, the client is not freed under our feet */
    bool freed;
};

/* --- lists of calls ----------------------------------------------------------------- */

static void calls_init(struct calls *calls)
{
    *calls = (struct calls){.tail = &calls->first};
}

static void calls_append(struct calls *calls, struct http_call *call)
{
    call->next = NULL;
    call->link = calls->tail;
    *calls->tail = call;
    calls->tail = &call->next;
    calls->count++;
}

static void calls_remove(struct calls *calls, struct http_call *call)
{
    *call->link = call->next;
    if (call->next)
        call->next->link = call->link;
    else
        calls->tail = call->link;
    calls->count--;
}

/* --- transfers ---------------------------------------------------------------------- */

static void finish(struct http_call *call, CURLcode code);

static void transfer_aborts(struct http_transfer *transfer, CURLcode reason)
{
    finish(transfer->call, reason);
}

static enum dm_code take_transfer(struct http_client *client,
                                  struct http_transfer **ret_transfer,
                                  struct dm_error *err)
{
    if (!client->idle)
        return http_transfer_new(client->loop, &client->options, transfer_aborts,
                                 ret_transfer, err);
    *ret_transfer = client->idle;
    client->idle = client->idle->next;
    client->idle_count--;
    return DM_OK;
}

static void give_back(struct http_client *client, struct http_transfer *transfer)
{
    if (client->idle_count == client->options.max_connections) {
        http_transfer_free(transfer);
        return;
    }
    http_transfer_reset(transfer);
    transfer->next = client->idle;
    client->idle = transfer;
    client->idle_count++;
}

/* --- the way of a call -------------------------------------------------------------- */

static enum dm_code start(struct http_call *call, struct dm_error *err)
{
    struct http_client *client = call->client;
    struct http_transfer *transfer = NULL;
    DM_TRY(take_transfer(client, &transfer, err));
    enum dm_code code = http_transfer_prepare(transfer, call, err);
    if (!code)
        code = http_multi_add(&client->multi, transfer->easy, err);
    if (code) {
        call->transfer = NULL;
        give_back(client, transfer);
        return code;
    }
    calls_append(&client->active, call);
    return DM_OK;
}

/* Out of the client's books; its connection is free for the next. */
static void leave(struct http_call *call)
{
    struct http_client *client = call->client;
    if (!call->transfer) {
        calls_remove(&client->waiting, call);
        return;
    }
    calls_remove(&client->active, call);
    http_multi_remove(&client->multi, call->transfer->easy);
    http_transfer_stop(call->transfer);
}

static void discard(struct http_call *call)
{
    if (call->transfer)
        give_back(call->client, call->transfer);
    http_call_free(call);
}

static bool has_connection(const struct http_client *client)
{
    return client->active.count < client->options.max_connections;
}

static void start_waiting(struct http_client *client)
{
    while (client->waiting.first && has_connection(client)) {
        struct http_call *call = client->waiting.first;
        struct dm_error err = {0};
        leave(call);
        if (start(call, &err)) {
            call->done(HTTP_NOT_SENT, NULL, &err, call->ctx);
            discard(call);
        }
    }
}

static void destroy(struct http_client *client)
{
    while (client->idle) {
        struct http_transfer *transfer = client->idle;
        client->idle = transfer->next;
        http_transfer_free(transfer);
    }
    if (client->multi.curl)
        http_multi_done(&client->multi);
    loop_task_cancel(&client->start);
    mem_free(client->ca_file);
    mem_free(client);
    curl_global_cleanup();
}

static void hold(struct http_client *client)
{
    client->holds++;
}

static void release(struct http_client *client)
{
    if (--client->holds == 0 && client->freed)
        destroy(client);
}

static void finish(struct http_call *call, CURLcode code)
{
    struct http_client *client = call->client;
    struct http_reply reply = {0};
    struct dm_error err = {0};
    hold(client);
    leave(call);
    enum http_failure failure = http_transfer_result(call->transfer, code, &reply, &err);
    call->done(failure, failure == HTTP_ANSWERED ? &reply : NULL, &err, call->ctx);
    discard(call);
    start_waiting(client);
    release(client);
}

static void progressed(void *ctx)
{
    struct http_client *client = ctx;
    CURL *easy = NULL;
    CURLcode code = CURLE_OK;
    hold(client);
    while (http_multi_next(&client->multi, &easy, &code)) {
        struct http_transfer *transfer = NULL;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
        finish(transfer->call, code);
    }
    release(client);
}

static void connection_freed(void *ctx)
{
    struct http_client *client = ctx;
    hold(client);
    start_waiting(client);
    release(client);
}

/* --- what http.h has ---------------------------------------------------------------- */

static enum dm_code init_libcurl(struct dm_error *err)
{
    const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
    if (!(info->features & CURL_VERSION_THREADSAFE))
        return error_set(err, DM_E_INTERNAL, "this libcurl is not safe with threads");
    return curl_global_init(CURL_GLOBAL_DEFAULT) ? error_nomem(err) : DM_OK;
}

enum dm_code http_client_new(struct dm_loop *loop, const struct http_options *options,
                             struct http_client **ret_client, struct dm_error *err)
{
    assert(options->max_connections > 0);
    DM_TRY(init_libcurl(err));
    struct http_client *memory = mem_new(sizeof *memory);
    if (!memory) {
        curl_global_cleanup();
        return error_nomem(err);
    }
    DM_AUTO(http_client) *client = memory;
    client->loop = loop;
    client->options = *options;
    calls_init(&client->waiting);
    calls_init(&client->active);
    if (options->ca_file) {
        client->ca_file = str_dup(dm_str(options->ca_file));
        client->options.ca_file = client->ca_file;
        if (!client->ca_file)
            return error_nomem(err);
    }
    DM_TRY(http_multi_init(&client->multi, loop, options->max_connections, progressed,
                           client, err));
    *ret_client = DM_TAKE(client);
    return DM_OK;
}

static void drop_all(struct calls *calls)
{
    while (calls->first) {
        struct http_call *call = calls->first;
        leave(call);
        discard(call);
    }
}

void http_client_free(struct http_client *client)
{
    if (!client)
        return;
    drop_all(&client->waiting);
    drop_all(&client->active);
    client->freed = true;
    if (client->holds == 0)
        destroy(client);
}

static bool is_full(const struct http_client *client)
{
    return (uint64_t)client->active.count + client->waiting.count >=
           (uint64_t)client->options.max_connections + client->options.max_queue;
}

/* Those that wait go first, also where one of them could start just now. */
static enum dm_code start_or_wait(struct http_call *call, struct dm_error *err)
{
    struct http_client *client = call->client;
    if (!client->waiting.first && has_connection(client))
        return start(call, err);
    calls_append(&client->waiting, call);
    return DM_OK;
}

enum dm_code http_send(struct http_client *client, const struct http_request *request,
                       http_done_fn done, void *ctx, struct http_call **ret_call,
                       struct dm_error *err)
{
    if (is_full(client))
        return error_set(err, DM_E_OVERLOADED, "%u requests wait for a connection",
                         client->waiting.count);

    struct http_call *call = NULL;
    DM_TRY(http_call_new(request, &call, err));
    call->client = client;
    call->done = done;
    call->ctx = ctx;
    enum dm_code code = start_or_wait(call, err);
    if (code) {
        http_call_free(call);
        return code;
    }
    if (ret_call)
        *ret_call = call;
    return DM_OK;
}

void http_cancel(struct http_call *call)
{
    if (!call)
        return;
    struct http_client *client = call->client;
    leave(call);
    discard(call);
    if (client->waiting.first && has_connection(client))
        loop_post(client->loop, &client->start, connection_freed, client);
}

struct dm_str http_reply_header(const struct http_reply *reply, const char *name)
{
    struct curl_header *header = NULL;
    if (curl_easy_header(reply->call->transfer->easy, name, 0, CURLH_HEADER, -1, &header))
        return (struct dm_str){NULL, 0};
    return dm_str(header->value);
}
