/* Cross-origin reading. */
#include "daemon/http/cors.h"

#include "base/error.h"
#include "base/str.h"
#include "daemon/http/head.h"

/* All that are read, but those that are safe to send anyway. */
const char cors_allowed_headers[] =
    "Authorization, Content-Type, If-Match, If-None-Match, Prefer, Idempotency-Key, "
    "X-Request-Id, Accept, traceparent";

/* All that are sent, but those that are always seen. */
const char cors_exposed_headers[] =
    "ETag, Link, Location, Allow, Retry-After, Age, Cache-Status, Preference-Applied, "
    "Server-Timing, WWW-Authenticate, X-Request-Id, X-Consumed-Capacity";

static const char expected_origin[] =
    "an origin as browsers send it, \"https://app.example\" or "
    "\"http://localhost:3000\", or \"*\"";

/* --- configuration --- */

static bool is_origin_char(char c)
{
    return c > ' ' && c <= '~' && !(c >= 'A' && c <= 'Z') && !strchr("/?#@\\*\"<>,", c);
}

/* A port that is the scheme's own is never sent. */
static bool has_own_port(struct dm_str origin)
{
    return (str_starts(origin, STR("http://")) && str_ends(origin, STR(":80"))) ||
           (str_starts(origin, STR("https://")) && str_ends(origin, STR(":443")));
}

/* SCHEME://HOST[:PORT] in lower case. "null" is any page that hides where it is from. */
static bool is_origin(struct dm_str text)
{
    const char *colon = text.len ? memchr(text.ptr, ':', text.len) : NULL;
    size_t scheme = colon ? (size_t)(colon - text.ptr) : 0;
    struct dm_str host = {text.ptr + scheme, text.len - scheme};
    if (!scheme || !str_starts(host, STR("://")) || host.len == 3 || has_own_port(text))
        return false;
    for (size_t i = 0; i < scheme; i++)
        if (!is_origin_char(text.ptr[i]))
            return false;
    for (size_t i = 3; i < host.len; i++)
        if (!is_origin_char(host.ptr[i]))
            return false;
    return true;
}

static enum dm_code read_origins(struct settings *file, struct settings_node *node,
                                 void *target, struct dm_error *err)
{
    struct cors_config *config = target;
    size_t count = settings_is_list(node) ? settings_count(node) : 0;
    if (!count)
        return settings_expected(file, node, err, "a list of origins");
    config->origins.at = arena_new(settings_arena(file), count * sizeof(struct dm_str));
    if (!config->origins.at)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        struct settings_node *element = settings_at(node, i);
        struct dm_str *origin = &config->origins.at[config->origins.count++];
        DM_TRY(settings_string(file, element, origin, err));
        config->any |= str_equal(*origin, STR("*"));
        if (!str_equal(*origin, STR("*")) && !is_origin(*origin))
            return settings_expected(file, element, err, "%s", expected_origin);
    }
    return DM_OK;
}

static const struct setting table[] = {
    {.name = "origins",
     .doc = "The origins, each exactly as a browser sends it: \"https://app.example\", "
            "\"http://localhost:3000\". \"*\" is every origin there is.",
     .type = SETTING_READ,
     .read = read_origins,
     .expected = "a list of origins"},
    {.name = "credentials",
     .doc =
         "Whether such pages may send what the browser keeps for this server: cookies "
         "of a proxy in front, client certificates. Not together with \"*\". Tokens in "
         "Authorization do not need it.",
     .type = SETTING_BOOL,
     .offset = offsetof(struct cors_config, credentials),
     .preset = "false"},
    {.name = "max_age_seconds",
     .doc = "How long a browser may remember what it was told before a request "
            "(Access-Control-Max-Age).",
     .type = SETTING_SECONDS,
     .offset = offsetof(struct cors_config, max_age_ms),
     .min = 0,
     .max = 86400000,
     .preset = "600"},
};

const struct setting_table cors_config_settings = {table, DM_COUNT(table)};

enum dm_code cors_config_read(struct settings *file, struct settings_node *node,
                              void *value, struct dm_error *err)
{
    struct cors_config config = {.max_age_ms = 600000};
    if (!settings_is_group(node))
        return settings_expected(file, node, err, "a group with origins");
    DM_TRY(settings_read(file, node, table, DM_COUNT(table), &config, err));
    if (!config.origins.count)
        return settings_expected(file, node, err, "a group with origins");
    if (config.any && (config.credentials || config.origins.count > 1))
        return settings_expected(file, node, err, "\"*\" alone, and without credentials");
    *(struct cors_config *)value = config;
    return DM_OK;
}

/* --- requests --- */

bool cors_varies(const struct cors_config *config)
{
    return config->origins.count && !config->any;
}

const char *cors_allow_origin(const struct cors_config *config,
                              const struct head_field *origin)
{
    if (config->any)
        return "*";
    if (origin->count != 1)
        return NULL;
    for (size_t i = 0; i < config->origins.count; i++)
        if (str_equal(origin->value, config->origins.at[i]))
            return config->origins.at[i].ptr;
    return NULL;
}
