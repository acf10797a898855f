/* The HTTP client: its pool and its queue. */
#include "net/http.h"

#include <assert.h>

#include "base/counter.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "net/http_multi.h"
#include "net/http_transfer.h"

struct calls {
    struct http_call *first, **tail;
    struct counter count;
};

struct http_client {
    struct dm_loop *loop;
    struct http_options options;
    CURLSH *share; /* TLS sessions: they outlive connections */
    struct http_multi multi;
    struct calls waiting, active;
    struct http_transfer *idle;
    unsigned idle_count;
    struct loop_task start; /* of what waits, after a cancellation */
    struct loop_timer idle_timer;
    int64_t idle_since_ms;
    unsigned holds; /* while any, the client is not freed under our feet */
    bool freed;
    char *texts[3]; /* the options' */
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
    counter_add(&calls->count, 1);
}

static void calls_remove(struct calls *calls, struct http_call *call)
{
    *call->link = call->next;
    if (call->next)
        call->next->link = call->link;
    else
        calls->tail = call->link;
    counter_set(&calls->count, counter_get(&calls->count) - 1);
}

static unsigned count_of(const struct calls *calls)
{
    return (unsigned)counter_get(&calls->count);
}

/* --- transfers ---------------------------------------------------------------------- */

static void finish(struct http_call *call, CURLcode code);
static void progressed(void *ctx);

static void transfer_aborts(struct http_transfer *transfer, CURLcode reason)
{
    finish(transfer->call, reason);
}

static enum dm_code take_transfer(struct http_client *client,
                                  struct http_transfer **ret_transfer,
                                  struct dm_error *err)
{
    if (!client->idle)
        return http_transfer_new(client->loop, &client->options, client->share,
                                 &client->multi, transfer_aborts, ret_transfer, err);
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

/* --- idle connections --------------------------------------------------------------- */

static void close_if_idle(void *ctx);

static void watch_idle(struct http_client *client, int64_t delay_ms)
{
    (void)!loop_timer_set(client->loop, &client->idle_timer, delay_ms, close_if_idle,
                          client, NULL);
}

/* libcurl closes what is too old when it looks for a connection, not before. */
static void close_if_idle(void *ctx)
{
    struct http_client *client = ctx;
    int64_t idle_ms = loop_now_ms(client->loop) - client->idle_since_ms;
    if (count_of(&client->active))
        return;
    if (idle_ms >= HTTP_IDLE_MS)
        http_multi_done(&client->multi);
    else
        watch_idle(client, HTTP_IDLE_MS - idle_ms);
}

/* Where there is no memory for the timer, connections stay open longer: no harm. */
static void note_idle(struct http_client *client)
{
    if (count_of(&client->active))
        return;
    client->idle_since_ms = loop_now_ms(client->loop);
    if (!client->idle_timer.place)
        watch_idle(client, HTTP_IDLE_MS);
}

/* --- the way of a call -------------------------------------------------------------- */

static enum dm_code start(struct http_call *call, struct dm_error *err)
{
    struct http_client *client = call->client;
    struct http_transfer *transfer = NULL;
    if (!client->multi.curl)
        DM_TRY(http_multi_init(&client->multi, client->loop,
                               client->options.max_connections, progressed, client, err));
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
    note_idle(client);
}

static void discard(struct http_call *call)
{
    if (call->transfer)
        give_back(call->client, call->transfer);
    http_call_free(call);
}

static bool has_connection(const struct http_client *client)
{
    return count_of(&client->active) < client->options.max_connections;
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
    http_multi_done(&client->multi);
    curl_share_cleanup(client->share);
    loop_task_cancel(&client->start);
    loop_timer_stop(&client->idle_timer);
    for (size_t i = 0; i < DM_COUNT(client->texts); i++)
        mem_free(client->texts[i]);
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

const char *http_system_ca_file(void)
{
    return curl_version_info(CURLVERSION_NOW)->cainfo;
}

static bool copy_texts(struct http_client *client)
{
    struct http_options *options = &client->options;
    const char **texts[] = {&options->ca_file, &options->proxy, &options->unix_socket};
    for (size_t i = 0; i < DM_COUNT(texts); i++) {
        if (!*texts[i])
            continue;
        *texts[i] = client->texts[i] = str_dup(dm_str(*texts[i]));
        if (!*texts[i])
            return false;
    }
    return true;
}

static bool share_sessions(struct http_client *client)
{
    client->share = curl_share_init();
    return client->share &&
           !curl_share_setopt(client->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
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
    if (!copy_texts(client) || !share_sessions(client))
        return error_nomem(err);
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
    return counter_get(&client->active.count) + counter_get(&client->waiting.count) >=
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
                         count_of(&client->waiting));

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

void http_drop_waiting(struct http_client *client, const struct dm_error *why)
{
    hold(client);
    for (unsigned n = count_of(&client->waiting); n && client->waiting.first; n--) {
        struct http_call *call = client->waiting.first;
        leave(call);
        call->done(HTTP_NOT_SENT, NULL, why, call->ctx);
        discard(call);
    }
    release(client);
}

struct http_load http_client_load(const struct http_client *client)
{
    return (struct http_load){.waiting = counter_get(&client->waiting.count),
                              .active = counter_get(&client->active.count)};
}

struct dm_str http_reply_header(const struct http_reply *reply, const char *name)
{
    struct curl_header *header = NULL;
    if (curl_easy_header(reply->call->transfer->easy, name, 0, CURLH_HEADER, -1, &header))
        return (struct dm_str){NULL, 0};
    return dm_str(header->value);
}

bool http_reply_date_ms(const struct http_reply *reply, int64_t *ret_ms)
{
    struct dm_str text = http_reply_header(reply, "Date");
    time_t seconds = text.ptr ? curl_getdate(text.ptr, NULL) : -1;
    if (seconds < 0)
        return false;
    *ret_ms = (int64_t)seconds * 1000;
    return true;
}

int64_t http_reply_time_us(const struct http_reply *reply)
{
    curl_off_t time_us = 0;
    curl_easy_getinfo(reply->call->transfer->easy, CURLINFO_TOTAL_TIME_T, &time_us);
    return time_us;
}
