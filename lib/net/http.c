/* The HTTP client: its pool and its queue. */
#include "net/http.h"

#include <assert.h>

#include "base/counter.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "net/http_pool.h"

struct calls {
    struct http_call *first, **tail;
    struct counter count;
};

struct http_client {
    struct dm_loop *loop;
    struct http_options options;
    struct http_pool pool;
    struct calls waiting, active;
    struct http_call *spare; /* calls to be used again */
    unsigned spare_count;
    struct http_url *url;   /* the last one: as a rule the next is the same */
    struct loop_task start; /* of what waits, after a cancellation */
    unsigned holds;         /* while any, the client is not freed under our feet */
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

/* --- calls that are used again ------------------------------------------------------ */

static struct http_call *take_call(struct http_client *client)
{
    struct http_call *call = client->spare;
    if (!call)
        return http_call_new();
    client->spare = call->next;
    client->spare_count--;
    return call;
}

static void discard(struct http_client *client, struct http_call *call)
{
    if (client->spare_count == client->options.max_connections) {
        http_call_free(call);
        return;
    }
    http_call_reset(call);
    call->next = client->spare;
    client->spare = call;
    client->spare_count++;
}

static void free_spare(struct http_client *client)
{
    while (client->spare)
        http_call_free(take_call(client));
}

/* --- the way of a call -------------------------------------------------------------- */

static enum dm_code start(struct http_call *call, struct dm_error *err)
{
    struct http_client *client = call->client;
    call->started_us = clock_monotonic_us(loop_clock(client->loop));
    if (call->url)
        DM_TRY(http_pool_send(&client->pool, call, err));
    else
        http_call_end_later(call, client->loop, call->url_problem);
    calls_append(&client->active, call);
    return DM_OK;
}

/* Out of the client's books; its connection is free for the next. */
static void leave(struct http_call *call)
{
    struct http_client *client = call->client;
    if (call->is_waiting) {
        calls_remove(&client->waiting, call);
        call->is_waiting = false;
        return;
    }
    calls_remove(&client->active, call);
    http_call_stop(call);
    http_pool_leave(&client->pool, call);
}

static void wait(struct http_call *call)
{
    call->is_waiting = true;
    calls_append(&call->client->waiting, call);
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
            discard(client, call);
        }
    }
}

static void destroy(struct http_client *client)
{
    free_spare(client);
    http_pool_done(&client->pool);
    http_url_unref(client->url);
    loop_task_cancel(&client->start);
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

static void finish(struct http_call *call, CURLcode reason)
{
    struct http_client *client = call->client;
    struct http_reply reply = {0};
    struct dm_error err = {0};
    hold(client);
    call->ended_us = clock_monotonic_us(loop_clock(client->loop));
    enum http_failure failure =
        http_call_result(call, reason, &client->options, &reply, &err);
    leave(call);
    call->done(failure, failure == HTTP_ANSWERED ? &reply : NULL, &err, call->ctx);
    discard(client, call);
    start_waiting(client);
    release(client);
}

static void progressed(void *ctx)
{
    struct http_client *client = ctx;
    hold(client);
    while (http_pool_progress(&client->pool))
        ;
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
    if (!copy_texts(client))
        return error_nomem(err);
    DM_TRY(
        http_pool_init(&client->pool, loop, &client->options, progressed, client, err));
    *ret_client = DM_TAKE(client);
    return DM_OK;
}

static void drop_all(struct calls *calls)
{
    while (calls->first) {
        struct http_call *call = calls->first;
        leave(call);
        discard(call->client, call);
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
    wait(call);
    return DM_OK;
}

/* The client keeps the last URL that was one. */
static struct http_url *url_of(struct http_client *client, const char *text,
                               CURLcode *ret_problem)
{
    *ret_problem = CURLE_OK;
    if (client->url && strcmp(client->url->text, text) == 0)
        return client->url;
    struct http_url *url = NULL;
    *ret_problem = http_url_new(text, client->options.proxy, &url);
    if (url) {
        http_url_unref(client->url);
        client->url = url;
    }
    return url;
}

static enum dm_code prepare(struct http_client *client, struct http_call *call,
                            const struct http_request *request, struct dm_error *err)
{
    CURLcode problem = CURLE_OK;
    struct http_url *url = url_of(client, request->url, &problem);
    if (problem == CURLE_OUT_OF_MEMORY)
        return error_nomem(err);
    call->client = client;
    call->is_secret = client->options.is_secret;
    call->ended = finish;
    call->url_problem = problem;
    return http_call_prepare(call, request, url, err);
}

enum dm_code http_send(struct http_client *client, const struct http_request *request,
                       http_done_fn done, void *ctx, struct http_call **ret_call,
                       struct dm_error *err)
{
    if (is_full(client))
        return error_set(err, DM_E_OVERLOADED, "%u requests wait for a connection",
                         count_of(&client->waiting));

    struct http_call *call = take_call(client);
    if (!call)
        return error_nomem(err);
    enum dm_code code = prepare(client, call, request, err);
    call->done = done;
    call->ctx = ctx;
    if (!code)
        code = start_or_wait(call, err);
    if (code) {
        discard(client, call);
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
    discard(client, call);
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
        discard(client, call);
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
    return response_field(&reply->call->response, dm_str(name));
}

bool http_reply_date_ms(const struct http_reply *reply, int64_t *ret_ms)
{
    char text[64] = ""; /* a date is half as long */
    struct dm_str date = http_reply_header(reply, "Date");
    if (!date.len || date.len >= sizeof text)
        return false;
    memcpy(text, date.ptr, date.len);
    time_t seconds = curl_getdate(text, NULL);
    if (seconds < 0)
        return false;
    *ret_ms = (int64_t)seconds * 1000;
    return true;
}

int64_t http_reply_time_us(const struct http_reply *reply)
{
    return reply->call->ended_us - reply->call->started_us;
}
