/* The `limits` group. */
#include "model/limits_config.h"

#include "base/error.h"
#include "base/mem.h"

#define RATE_MIN 0.001
#define RATE_MAX 1e6

struct limit_buckets {
    atomic_uint references;
    struct rate requests, reads, writes;
};

static enum dm_code read_rate(struct settings *file, struct settings_node *node,
                              void *value, struct dm_error *err)
{
    double rate;
    if (!settings_number(node, &rate) ||
        !(rate == 0 || (rate >= RATE_MIN && rate <= RATE_MAX)))
        return settings_expected(file, node, err, "a number, 0.001 to 1000000, or 0");
    *(double *)value = rate;
    return DM_OK;
}

static const struct setting settings[] = {
    {.name = "requests_per_second",
     .doc = "Requests a second, on all threads together; as many may come at once, and "
            "one in any case. More are refused with 429. A number, whole or not; 0: no "
            "limit.",
     .type = SETTING_READ,
     .offset = offsetof(struct limits, requests),
     .read = read_rate,
     .preset = "0"},
    {.name = "read_units_per_second",
     .doc = "Read capacity units a second, as DynamoDB or the embedded store counts "
            "them. They are known afterwards: requests that read are refused with 429 "
            "until what was used beyond is made up for. What the cache answers costs "
            "none, nor does what no reply tells: requests that time out, or whose "
            "client went away; so limit requests too. 0: no limit.",
     .type = SETTING_READ,
     .offset = offsetof(struct limits, read_units),
     .read = read_rate,
     .preset = "0"},
    {.name = "write_units_per_second",
     .doc = "The same of write capacity units, and of requests that write.",
     .type = SETTING_READ,
     .offset = offsetof(struct limits, write_units),
     .read = read_rate,
     .preset = "0"},
};

const struct setting_table limits_settings = {settings, DM_COUNT(settings)};

static enum dm_code make_buckets(struct limits *limits, struct dm_error *err)
{
    if (!limits->requests && !limits->read_units && !limits->write_units)
        return DM_OK;
    limits->buckets = mem_new(sizeof *limits->buckets);
    if (!limits->buckets)
        return error_nomem(err);
    atomic_init(&limits->buckets->references, 1);
    return DM_OK;
}

enum dm_code limits_config_read(struct settings *file, struct settings_node *node,
                                void *value, struct dm_error *err)
{
    struct limits limits = {.requests = 0};
    DM_TRY(settings_read(file, node, settings, DM_COUNT(settings), &limits, err));
    DM_TRY(make_buckets(&limits, err));
    limits_done(value);
    *(struct limits *)value = limits;
    return DM_OK;
}

void limits_done(struct limits *limits)
{
    struct limit_buckets *buckets = limits->buckets;
    limits->buckets = NULL;
    if (buckets && atomic_fetch_sub(&buckets->references, 1) == 1)
        mem_free(buckets);
}

void limits_inherit(struct limits *limits, const struct limits *before)
{
    if (!limits->buckets || !before->buckets)
        return;
    atomic_fetch_add(&before->buckets->references, 1);
    limits_done(limits);
    limits->buckets = before->buckets;
}

/* --- at work --- */

static bool is_full(const struct rate *bucket, double rate, int64_t now_us,
                    int64_t *ret_wait_us)
{
    return rate > 0 && !rate_has_room(bucket, rate, now_us, ret_wait_us);
}

/* Requests last: those that are refused for another reason are not counted. */
const char *limits_refuse(const struct limits *limits, unsigned uses, int64_t now_us,
                          int64_t *ret_wait_us)
{
    if (!limits || !limits->buckets)
        return NULL;
    struct limit_buckets *buckets = limits->buckets;
    if (uses & LIMIT_READS &&
        is_full(&buckets->reads, limits->read_units, now_us, ret_wait_us))
        return "read_units_per_second";
    if (uses & LIMIT_WRITES &&
        is_full(&buckets->writes, limits->write_units, now_us, ret_wait_us))
        return "write_units_per_second";
    if (limits->requests > 0 &&
        !rate_take(&buckets->requests, limits->requests, now_us, ret_wait_us))
        return "requests_per_second";
    return NULL;
}

void limits_charge(const struct limits *limits, int64_t now_us, double read_units,
                   double write_units)
{
    if (!limits || !limits->buckets)
        return;
    if (limits->read_units && read_units > 0)
        rate_charge(&limits->buckets->reads, limits->read_units, now_us, read_units);
    if (limits->write_units && write_units > 0)
        rate_charge(&limits->buckets->writes, limits->write_units, now_us, write_units);
}
