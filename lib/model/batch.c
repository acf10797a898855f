/* Sending entries in chunks. */
#include "model/batch.h"

#include <sys/random.h>

#include "base/error.h"
#include "model/items.h"

/* DynamoDB's request is 16 MB at most; some of it is not entries.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
 */
enum { REQUEST_MAX = 16 * 1024 * 1024 - 4096 };

bool batch_lane_has(const struct batch_lane *lane, size_t entry)
{
    for (size_t i = 0; i < lane->count; i++)
        if (lane->entries[i] == entry)
            return true;
    return false;
}

static bool is_idle(const struct batch_lane *lane)
{
    return !lane->upstream && !lane->backoff.place;
}

static void stop_lane(struct batch_lane *lane)
{
    loop_timer_stop(&lane->backoff);
    if (lane->upstream)
        store_cancel(DM_TAKE(lane->upstream));
    arena_done(&lane->arena);
}

void batch_stop(struct batch *batch)
{
    loop_task_cancel(&batch->nothing);
    for (size_t i = 0; i < BATCH_LANES; i++)
        stop_lane(&batch->lanes[i]);
}

/* --- one chunk --- */

static void fill(struct batch_lane *lane)
{
    struct batch *batch = lane->batch;
    size_t size = 0;
    lane->count = 0;
    lane->attempt = 1;
    while (batch->next < batch->count && lane->count < batch->ops->chunk_max) {
        size += batch->ops->size ? batch->ops->size(batch, batch->next) : 0;
        if (lane->count && size > REQUEST_MAX)
            return;
        lane->entries[lane->count++] = batch->next++;
    }
}

static enum dm_code send(struct batch_lane *lane, struct dm_error *err)
{
    const struct batch *batch = lane->batch;
    struct store_base base = {batch->use->deadline_ms,
                              batch->kept ? batch->kept : &lane->arena,
                              batch->traceparent};
    call_meter_sent(&lane->meter);
    return batch->ops->send(lane, &base, err);
}

static void fail_lane(struct batch_lane *lane, const struct dm_error *why)
{
    struct batch *batch = lane->batch;
    if (!batch->why.code) {
        batch->why = *why;
        app_store_failed(batch->use->model, &batch->why);
    }
}

static void send_or_fail(struct batch_lane *lane)
{
    struct dm_error err = {0};
    if (send(lane, &err))
        fail_lane(lane, &err);
}

/* --- all of them --- */

/* The batch may be gone afterwards. */
static void go_on(struct batch *batch)
{
    bool idle = true;
    for (size_t i = 0; i < BATCH_LANES; i++) {
        struct batch_lane *lane = &batch->lanes[i];
        if (is_idle(lane) && !batch->why.code && batch->next < batch->count) {
            fill(lane);
            send_or_fail(lane);
        }
        idle = idle && is_idle(lane);
    }
    if (idle || (batch->ops->whole && batch->why.code))
        batch->ops->end(batch);
}

/* --- again --- */

static void on_backoff(void *ctx)
{
    struct batch_lane *lane = ctx;
    send_or_fail(lane);
    go_on(lane->batch);
}

/* What is left of the lane's entries, after a while. */
static enum dm_code again(struct batch_lane *lane, bool progress, struct dm_error *err)
{
    struct batch *batch = lane->batch;
    struct dm_loop *loop = batch->use->app->loop;
    int64_t delay_ms;
    unsigned cost;
    lane->attempt = progress ? 1 : lane->attempt + 1;
    if (!retry_next(&batch->retry, lane->attempt, true, -1, &delay_ms, &cost) ||
        loop_now_ms(loop) + delay_ms >= batch->use->deadline_ms)
        return error_set(err, DM_E_THROTTLED,
                         "DynamoDB kept leaving entries unprocessed");
    if (progress)
        retry_succeeded(&batch->retry, cost);
    return loop_timer_set(loop, &lane->backoff, delay_ms, on_backoff, lane, err);
}

static enum dm_code take(struct batch_lane *lane, const struct store_result *result,
                         struct dm_error *err)
{
    size_t before = lane->count;
    DM_TRY(lane->batch->ops->take(lane, result, err));
    if (!lane->batch->kept)
        arena_done(&lane->arena);
    lane->batch->done += before - lane->count;
    return lane->count ? again(lane, lane->count < before, err) : DM_OK;
}

void batch_on_answer(enum dm_code code, const struct store_result *result,
                     const struct dm_error *err, void *ctx)
{
    struct batch_lane *lane = ctx;
    struct batch *batch = lane->batch;
    struct dm_error failure = code ? *err : (struct dm_error){0};
    lane->upstream = NULL;
    call_meter_answered(&lane->meter, code ? NULL : result);
    if (code && !batch->done && schema_use_again(batch->use, err)) {
        batch_stop(batch);
        return;
    }
    if (code || take(lane, result, &failure))
        fail_lane(lane, &failure);
    go_on(batch);
}

/* --- the beginning --- */

static void on_nothing(void *ctx)
{
    struct batch *batch = ctx;
    batch->ops->end(batch);
}

static enum dm_code init_retry(struct batch *batch, struct dm_error *err)
{
    const struct dm_app *app = batch->use->app;
    const struct model_config *model = batch->use->model->config;
    const struct dynamodb_config *config =
        model->has_own_dynamodb ? &model->dynamodb : &app->config->dynamodb;
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
        return error_set(err, DM_E_INTERNAL, "no random numbers");
    retry_init(&batch->retry, UINT32_MAX, config->client.base_backoff_ms, seed);
    return DM_OK;
}

static void init_lane(struct batch *batch, struct batch_lane *lane)
{
    *lane = (struct batch_lane){.batch = batch};
    lane->meter = (struct call_meter){batch->cost, loop_clock(batch->use->app->loop), 0,
                                      batch->ops->writes};
    arena_init(&lane->arena, ITEMS_ARENA_MAX);
    arena_count_in(&lane->arena, batch->room);
}

/* Several at once, unless the first cannot even be sent. */
static enum dm_code send_first(struct batch *batch, struct dm_error *err)
{
    fill(&batch->lanes[0]);
    DM_TRY(send(&batch->lanes[0], err));
    for (size_t i = 1; i < BATCH_LANES && batch->next < batch->count; i++) {
        fill(&batch->lanes[i]);
        send_or_fail(&batch->lanes[i]);
    }
    return DM_OK;
}

enum dm_code batch_start(struct batch *batch, struct dm_error *err)
{
    batch->next = batch->done = 0;
    batch->why = (struct dm_error){0};
    for (size_t i = 0; i < BATCH_LANES; i++)
        init_lane(batch, &batch->lanes[i]);
    DM_TRY(init_retry(batch, err));
    if (batch->count)
        return send_first(batch, err);
    loop_post(batch->use->app->loop, &batch->nothing, on_nothing, batch);
    return DM_OK;
}
