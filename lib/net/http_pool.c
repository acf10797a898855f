/* Keeping connections, and finding one. */
#include "net/http_pool.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

/* --- the idle ones ------------------------------------------------------------------ */

static void close_old(void *ctx);

static int64_t idle_ms(const struct http_pool *pool,
                       const struct http_connection *connection)
{
    return loop_now_ms(pool->loop) - connection->idle_since_ms;
}

/* Where there is no memory for the timer, connections stay open longer: no harm, they are
 * not used again. */
static void watch_oldest(struct http_pool *pool)
{
    if (pool->oldest && !pool->idle_timer.place)
        (void)!loop_timer_set(pool->loop, &pool->idle_timer,
                              HTTP_IDLE_MS - idle_ms(pool, pool->oldest), close_old, pool,
                              NULL);
}

static void put_idle(struct http_pool *pool, struct http_connection *connection)
{
    connection->idle_since_ms = loop_now_ms(pool->loop);
    connection->newer = NULL;
    connection->older = pool->newest;
    if (pool->newest)
        pool->newest->newer = connection;
    else
        pool->oldest = connection;
    pool->newest = connection;
    watch_oldest(pool);
}

static void remove_idle(struct http_pool *pool, struct http_connection *connection)
{
    if (connection->newer)
        connection->newer->older = connection->older;
    else
        pool->newest = connection->older;
    if (connection->older)
        connection->older->newer = connection->newer;
    else
        pool->oldest = connection->newer;
}

static void close_idle(struct http_pool *pool, struct http_connection *connection)
{
    remove_idle(pool, connection);
    http_connection_free(connection);
}

static void close_old(void *ctx)
{
    struct http_pool *pool = ctx;
    while (pool->oldest && idle_ms(pool, pool->oldest) >= HTTP_IDLE_MS)
        close_idle(pool, pool->oldest);
    watch_oldest(pool);
}

void http_pool_check(struct http_pool *pool, struct http_connection *connection)
{
    if (!wire_is_quiet(&connection->wire))
        close_idle(pool, connection);
}

static bool is_alive(const struct http_pool *pool,
                     const struct http_connection *connection)
{
    return idle_ms(pool, connection) < HTTP_IDLE_MS && wire_is_quiet(&connection->wire);
}

/* --- the way of a call -------------------------------------------------------------- */

static struct http_connection *find_idle(const struct http_pool *pool,
                                         const struct http_url *url)
{
    struct http_connection *connection = pool->newest;
    while (connection && connection->url != url &&
           !str_equal(connection->url->origin, url->origin))
        connection = connection->older;
    return connection;
}

enum dm_code http_pool_send(struct http_pool *pool, struct http_call *call,
                            struct dm_error *err)
{
    struct http_connection *connection = NULL;
    while ((connection = find_idle(pool, call->url))) {
        if (!is_alive(pool, connection)) {
            close_idle(pool, connection);
            continue;
        }
        remove_idle(pool, connection);
        if (http_connection_send(connection, call))
            return DM_OK;
        http_connection_free(connection);
    }
    if (pool->count >= pool->options->max_connections && pool->oldest)
        close_idle(pool, pool->oldest);
    return http_connection_new(pool, call, err);
}

void http_pool_leave(struct http_pool *pool, struct http_call *call)
{
    struct http_connection *connection = call->connection;
    if (!connection)
        return;
    call->connection = NULL;
    connection->call = NULL;
    connection->is_used = true;
    if (pool->options->is_secret)
        mem_wipe(pool->input, HTTP_INPUT_SIZE);
    if (connection->is_fit)
        put_idle(pool, connection);
    else
        http_connection_free(connection);
}

/* --- libcurl's part ----------------------------------------------------------------- */

static void starved(void *owner, struct dm_loop *loop)
{
    struct http_connection *connection = owner;
    http_call_end_later(connection->call, loop, CURLE_OUT_OF_MEMORY);
}

bool http_pool_progress(struct http_pool *pool)
{
    struct http_connection *connection = NULL;
    CURLcode code = CURLE_OK;
    if (!http_multi_next(&pool->multi, &connection, &code))
        return false;
    http_connection_made(connection, code);
    return true;
}

static bool share_sessions(struct http_pool *pool)
{
    pool->share = curl_share_init();
    return pool->share &&
           !curl_share_setopt(pool->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
}

enum dm_code http_pool_init(struct http_pool *pool, struct dm_loop *loop,
                            const struct http_options *options, loop_fn progressed,
                            void *ctx, struct dm_error *err)
{
    pool->loop = loop;
    pool->options = options;
    pool->input = mem_resize(NULL, HTTP_INPUT_SIZE);
    if (!pool->input || !share_sessions(pool))
        return error_nomem(err);
    return http_multi_init(&pool->multi, loop, progressed, starved, ctx, err);
}

void http_pool_done(struct http_pool *pool)
{
    while (pool->oldest)
        close_idle(pool, pool->oldest);
    loop_timer_stop(&pool->idle_timer);
    http_multi_done(&pool->multi);
    curl_share_cleanup(pool->share);
    mem_free(pool->input);
}
