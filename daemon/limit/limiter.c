/* The limits of a thread. */
#include "daemon/limit/limiter.h"

#include <limits.h>
#include <sys/resource.h>

#include "base/str.h"
#include "daemon/config.h"
#include "daemon/log/log.h"

static const char *const names[LIMIT_COUNT] = {
    [LIMIT_CONNECTIONS_PER_ADDRESS] = "max_connections_per_address",
    [LIMIT_EXCHANGES] = "max_exchanges",
    [LIMIT_TARGET] = "max_target_bytes",
    [LIMIT_BODY] = "max_body_bytes",
    [LIMIT_MEMORY] = "max_memory_bytes",
    [LIMIT_HEADER_TIME] = "header_timeout_seconds",
    [LIMIT_BODY_TIME] = "body_timeout_seconds",
    [LIMIT_SEND_TIME] = "send_timeout_seconds",
    [LIMIT_REQUESTS] = "requests_per_second",
    [LIMIT_READ_UNITS] = "read_units_per_second",
    [LIMIT_WRITE_UNITS] = "write_units_per_second",
};

const char *limit_name(enum limit limit)
{
    return names[limit];
}

enum limit limit_from_name(const char *name)
{
    for (int i = 0; i < LIMIT_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return (enum limit)i;
    return LIMIT_REQUESTS;
}

unsigned limit_places(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur > UINT_MAX)
        return UINT_MAX;
    return (unsigned)(files.rlim_cur - files.rlim_cur / 4);
}

enum dm_code limit_commons_init(struct limit_commons *commons, struct dm_error *err)
{
    *commons = (struct limit_commons){.threads = 1, .places = limit_places()};
    return census_init(&commons->census, err);
}

void limit_commons_done(struct limit_commons *commons)
{
    census_done(&commons->census);
}

/* --- the memory of calls --- */

static bool take(struct arena_room *room, size_t bytes)
{
    struct limiter *limiter = DM_CONTAINER(room, struct limiter, room);
    bool is_taken =
        purse_hold(&limiter->memory, &limiter->calls_held, limiter->calls_held + bytes);
    if (!is_taken)
        limiter_tell(limiter, LIMIT_MEMORY, "");
    return is_taken;
}

static void give(struct arena_room *room, size_t bytes)
{
    struct limiter *limiter = DM_CONTAINER(room, struct limiter, room);
    bool is_less =
        purse_hold(&limiter->memory, &limiter->calls_held, limiter->calls_held - bytes);
    (void)is_less; /* never fails */
}

/* --- life --- */

void limiter_init(struct limiter *limiter)
{
    *limiter = (struct limiter){.config = limit_config_default(),
                                .room = {.take = take, .give = give}};
    limiter->head_bytes = limiter->config.header_bytes;
    limiter->exchanges_max = limiter->config.exchanges;
}

void limiter_done(struct limiter *limiter)
{
    purse_done(&limiter->memory);
}

void limiter_share(struct limiter *limiter, struct limit_commons *commons)
{
    limiter->commons = commons;
    limiter->memory.budget = &commons->memory;
}

/* Shares of the whole, rounded up, so that each thread has one at least. */
void limiter_configure(struct limiter *limiter, const struct config *config)
{
    size_t threads = limiter->commons ? limiter->commons->threads : 1;
    limiter->config = config->limits;
    limiter->connections = config->max_connections;
    if (limiter->commons && limiter->commons->places < limiter->connections)
        limiter->connections = limiter->commons->places;
    limiter->memory.most = config->limits.memory_bytes;
    limiter->exchanges_max = (config->limits.exchanges + threads - 1) / threads;
}

/* --- storms and connections --- */

void storm_add(struct storm *storm, int64_t now_ms)
{
    if (now_ms - storm->since_ms >= STORM_SPAN_MS)
        *storm = (struct storm){.since_ms = now_ms};
    storm->count++;
}

bool storm_rages(const struct storm *storm, int64_t now_ms)
{
    return storm->count >= STORM_COUNT && now_ms - storm->since_ms < STORM_SPAN_MS;
}

const char *limiter_take_place(struct limiter *limiter, int64_t now_ms)
{
    if (storm_rages(&limiter->storm, now_ms))
        return "max_exchanges is reached again and again";
    if (limiter->commons &&
        !census_take_place(&limiter->commons->census, limiter->connections))
        return "max_connections is reached";
    return NULL;
}

void limiter_calm(struct limiter *limiter)
{
    limiter->storm = (struct storm){0};
}

void limiter_leave_place(struct limiter *limiter)
{
    if (limiter->commons)
        census_leave_place(&limiter->commons->census);
}

static void tell_no_memory(void)
{
    const struct log_kind kind = {.app = "", .type = "out-of-memory"};
    const struct log_field fields[] = {{"reason", STR("out of memory")}};
    log_folded(LOG_WARNING, "connection refused", &kind, fields, DM_COUNT(fields));
}

bool limiter_enter(struct limiter *limiter, const struct sockaddr *address)
{
    unsigned most = limiter->config.connections_per_address;
    enum dm_code code = DM_OK;
    if (limiter->commons)
        code = census_enter(&limiter->commons->census, address, most);
    if (code == DM_E_OVERLOADED)
        limiter_tell(limiter, LIMIT_CONNECTIONS_PER_ADDRESS, "");
    else if (code)
        tell_no_memory();
    return !code;
}

void limiter_leave(struct limiter *limiter, const struct sockaddr *address)
{
    if (limiter->commons)
        census_leave(&limiter->commons->census, address);
    limiter_leave_place(limiter);
}

bool limiter_has_room(const struct limiter *limiter)
{
    return limiter->exchanges < limiter->exchanges_max;
}

void limiter_tell(struct limiter *limiter, enum limit limit, const char *app)
{
    const struct log_kind kind = {.app = app, .type = names[limit]};
    const struct log_field fields[] = {{"limit", dm_str(names[limit])},
                                       {"app", dm_str(app)}};
    limiter->reached[limit]++;
    log_folded(LOG_WARNING, "limit reached", &kind, fields, DM_COUNT(fields));
}
