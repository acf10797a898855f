/* The `cache` group. */
#include "model/cache_config.h"

#include "model/byte_size.h"

/* A day. */
enum { TTL_MAX_MS = 24 * 60 * 60 * 1000 };

#define SIZE_DEFAULT (64 * MEGABYTE)

static const struct setting settings[] = {
    {.name = "ttl",
     .doc = "How long an answer is given again. It must be there.",
     .type = SETTING_SECONDS,
     .offset = offsetof(struct cache_options, ttl_ms),
     .min = 1,
     .max = TTL_MAX_MS},
    {.name = "negative_ttl",
     .doc = "How long an item is taken not to be there.",
     .type = SETTING_SECONDS,
     .offset = offsetof(struct cache_options, negative_ttl_ms),
     .max = TTL_MAX_MS,
     .preset = "0.0"},
    {.name = "stale_while_revalidate",
     .doc = "For how long after ttl an answer is still given, while it is read anew in "
            "the background.",
     .type = SETTING_SECONDS,
     .offset = offsetof(struct cache_options, stale_while_revalidate_ms),
     .max = TTL_MAX_MS,
     .preset = "0.0"},
    {.name = "stale_if_error",
     .doc = "For how long after ttl an answer is still given when DynamoDB fails, "
            "throttles or is away.",
     .type = SETTING_SECONDS,
     .offset = offsetof(struct cache_options, stale_if_error_ms),
     .max = TTL_MAX_MS,
     .preset = "0.0"},
    {.name = "size",
     .doc = "Memory for the answers of the model, on all threads: bytes, K, M or G.",
     .type = SETTING_READ,
     .preset = "\"64M\"",
     .offset = offsetof(struct cache_options, size),
     .read = byte_size_read},
};

const struct setting_table cache_settings = {settings, DM_COUNT(settings)};

enum dm_code cache_config_read(struct settings *file, struct settings_node *node,
                               void *value, struct dm_error *err)
{
    struct cache_options options = {.size = SIZE_DEFAULT};
    DM_TRY(settings_read(file, node, settings, DM_COUNT(settings), &options, err));
    if (!options.ttl_ms)
        return settings_expected(file, node, err, "ttl, in seconds");
    *(struct cache_options *)value = options;
    return DM_OK;
}
