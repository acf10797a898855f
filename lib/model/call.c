/* What calls have in common: their end, their cost, their texts. */
#include "model/call.h"

#include "base/error.h"
#include "base/utf8.h"
#include "model/model_config.h"
#include "store/store.h"

void dm_call_cancel(struct dm_call *call)
{
    if (call)
        call->free(call);
}

void call_meter_sent(struct call_meter *meter)
{
    if (meter->cost)
        meter->sent_us = clock_monotonic_us(meter->clock);
}

void call_meter_answered(struct call_meter *meter, const struct store_result *result)
{
    struct call_cost *cost = meter->cost;
    if (!cost)
        return;
    cost->upstream_us += (uint64_t)(clock_monotonic_us(meter->clock) - meter->sent_us);
    if (!result || result->consumed_capacity <= 0)
        return;
    cost->capacity += result->consumed_capacity;
    cost->written += meter->writes ? result->consumed_capacity : 0;
    cost->has_capacity = true;
}

/* One that was asked of the table makes all of them so. */
void call_meter_cached(struct call_meter *meter, const struct store_cache_outcome *more)
{
    struct store_cache_outcome *sum = meter->cost ? &meter->cost->cache : NULL;
    if (!sum || more->status == STORE_CACHE_NONE)
        return;
    struct store_cache_outcome before = *sum;
    if (before.status == STORE_CACHE_NONE || more->status >= before.status)
        *sum = *more;
    if (more->age_ms < before.age_ms)
        sum->age_ms = before.age_ms;
    sum->stored = more->stored && (before.stored || before.status == STORE_CACHE_NONE);
    sum->entry = NULL;
}

enum dm_code call_copy(struct arena *arena, struct dm_str *text, struct dm_error *err)
{
    if (!text->ptr)
        return DM_OK;
    *text = arena_str(arena, *text);
    return text->ptr ? DM_OK : error_nomem(err);
}

enum dm_code call_check_message(struct dm_str message, struct dm_error *err)
{
    if (message.len <= MESSAGE_MAX && utf8_valid(message))
        return DM_OK;
    return error_set(err, DM_E_INVALID, "message: expected at most %d bytes of UTF-8",
                     MESSAGE_MAX);
}

/* https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
enum dm_code call_check_token(struct dm_str token, struct dm_error *err)
{
    enum { TOKEN_MAX = 36 };
    bool is_good = token.len <= TOKEN_MAX;
    for (size_t i = 0; is_good && i < token.len; i++)
        is_good = token.ptr[i] > ' ' && token.ptr[i] <= '~';
    if (is_good)
        return DM_OK;
    return error_set(err, DM_E_INVALID,
                     "token: expected at most %d visible ASCII characters", TOKEN_MAX);
}
