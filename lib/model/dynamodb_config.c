/* Reading a `dynamodb` group: the ancestor's DYNAMODB_* settings in lower case. */
#include "model/dynamodb_config.h"

#include <sys/un.h>
#include <unistd.h>

#include "aws/profile.h"
#include "base/error.h"
#include "base/str.h"

static enum dm_code read_extra_headers(struct settings *file, struct settings_node *node,
                                       void *value, struct dm_error *err);
static enum dm_code read_synchronous(struct settings *file, struct settings_node *node,
                                     void *value, struct dm_error *err);
static enum dm_code read_flag(struct settings *file, struct settings_node *node,
                              void *value, struct dm_error *err);
static enum dm_code read_ca_bundle(struct settings *file, struct settings_node *node,
                                   void *value, struct dm_error *err);
static enum dm_code read_proxy(struct settings *file, struct settings_node *node,
                               void *value, struct dm_error *err);
static enum dm_code read_unix_socket(struct settings *file, struct settings_node *node,
                                     void *value, struct dm_error *err);

static const struct setting header_rows[] = {
    {.name = "name",
     .doc = "The header's name: not one that dynamod sets itself.",
     .type = SETTING_STRING,
     .offset = offsetof(struct http_header, name)},
    {.name = "value",
     .doc = "The header's value.",
     .type = SETTING_STRING,
     .offset = offsetof(struct http_header, value),
     .is_secret = true},
};

static const struct setting_table header_settings = {header_rows, DM_COUNT(header_rows)};

#define CLIENT(member) offsetof(struct dynamodb_config, client.member)

static const struct setting settings[] = {
    {.name = "region",
     .doc = "Else AWS_REGION, AWS_DEFAULT_REGION, or the profile's. \"local\" is "
            "DynamoDB Local at localhost:8000.",
     .type = SETTING_STRING,
     .offset = CLIENT(region),
     .min = 1,
     .expected = "a region, like eu-west-1"},
    {.name = "host",
     .doc = "\"https://NAME[:PORT]\" or \"http://NAME[:PORT]\": the endpoint. Else "
            "AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL, or the profile's "
            "endpoint_url, unless AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true; else "
            "made from the region. \"sqlite:PATH\" is the embedded store in that "
            "SQLite file, beside this one or at an absolute path, made when it is not "
            "there; \"sqlite::memory:\" is gone when the daemon ends.",
     .type = SETTING_STRING,
     .offset = CLIENT(host),
     .min = 1,
     .expected = "an address, like https://dynamodb.eu-west-1.amazonaws.com or "
                 "sqlite:/path/file.db"},
    {.name = "use_fips_endpoint",
     .doc = "Whether a host made from the region is one of FIPS 140. Else "
            "AWS_USE_FIPS_ENDPOINT, or the profile's. Not with a host.",
     .type = SETTING_READ,
     .offset = CLIENT(use_fips),
     .read = read_flag},
    {.name = "use_dualstack_endpoint",
     .doc = "Whether a host made from the region has IPv6 too. Else "
            "AWS_USE_DUALSTACK_ENDPOINT, or the profile's. Not with a host.",
     .type = SETTING_READ,
     .offset = CLIENT(use_dualstack),
     .read = read_flag},
    {.name = "profile",
     .doc = "A profile of AWS's shared files. Else AWS_PROFILE, else \"default\". A "
            "model that names one has none of its app's keys.",
     .type = SETTING_STRING,
     .offset = CLIENT(profile),
     .min = 1},
    {.name = "ca_bundle",
     .doc = "A PEM file of the authorities to trust, relative to this file. Else "
            "AWS_CA_BUNDLE, or the profile's ca_bundle; else the system's.",
     .type = SETTING_READ,
     .offset = CLIENT(ca_bundle),
     .read = read_ca_bundle},
    {.name = "proxy",
     .doc = "An HTTP proxy, \"http://NAME[:PORT]\". Never taken from the environment. "
            "Not with a unix_socket.",
     .type = SETTING_READ,
     .offset = CLIENT(proxy),
     .read = read_proxy},
    {.name = "unix_socket",
     .doc = "The path of a socket on this machine, through which the endpoint is "
            "reached.",
     .type = SETTING_READ,
     .offset = CLIENT(unix_socket),
     .read = read_unix_socket},
    {.name = "connect_timeout_seconds",
     .doc = "For the handshakes of TCP and TLS.",
     .type = SETTING_SECONDS,
     .offset = CLIENT(connect_timeout_ms),
     .min = 1,
     .max = 300 * 1000,
     .preset = "1"},
    {.name = "read_timeout_seconds",
     .doc = "From the request to the end of its reply, for each try.",
     .type = SETTING_SECONDS,
     .offset = CLIENT(read_timeout_ms),
     .min = 1,
     .max = 300 * 1000,
     .preset = "5"},
    {.name = "base_backoff_ms",
     .doc = "Before the first retry; doubles with each, with full jitter. After "
            "throttling it is a second at least.",
     .type = SETTING_COUNT,
     .offset = CLIENT(base_backoff_ms),
     .min = 1,
     .max = 20 * 1000,
     .preset = "25"},
    {.name = "max_retry_attempts",
     .doc = "Retries after the first try.",
     .type = SETTING_COUNT,
     .offset = CLIENT(max_retry_attempts),
     .max = 20,
     .preset = "3"},
    {.name = "max_pool_connections",
     .doc = "Connections of one thread to this endpoint.",
     .type = SETTING_COUNT,
     .offset = CLIENT(max_pool_connections),
     .min = 1,
     .max = 1000,
     .preset = "10"},
    {.name = "max_queue",
     .doc = "Requests of one thread that may wait for a connection; one more is "
            "answered 503 at once. 256 for each connection where it is not given.",
     .type = SETTING_COUNT,
     .offset = CLIENT(max_queue),
     .min = 1,
     .max = 1000 * 1000},
    {.name = "batch_width",
     .doc = "Reads of items under way, of one table, behind which others gather; those "
            "leave together, as one request, when one of them ends. 0: each item is a "
            "request of its own.",
     .type = SETTING_COUNT,
     .offset = offsetof(struct dynamodb_config, batch_width),
     .max = 1000,
     .preset = "2"},
    {.name = "compressed_replies",
     .doc = "Whether to ask for compressed replies: pays where the network is slower "
            "than the processor.",
     .type = SETTING_BOOL,
     .offset = CLIENT(compressed_replies),
     .preset = "false"},
    {.name = "extra_headers",
     .doc = "Sent and signed with each request: a list of groups.",
     .type = SETTING_READ,
     .read = read_extra_headers,
     .group = &header_settings,
     .many = true},
    {.name = "sqlite_synchronous",
     .doc = "Of the embedded store. \"full\": a write is answered when it is on the "
            "disk. \"normal\": a power cut may take back the last that were answered.",
     .type = SETTING_READ,
     .read = read_synchronous,
     .preset = "\"full\""},
    {.name = "aws_access_key_id",
     .doc = "Else AWS_ACCESS_KEY_ID and the other sources of AWS's SDKs, in their "
            "order. It, aws_secret_access_key and aws_session_token are one setting: a "
            "model that has one of them has none of its app's.",
     .type = SETTING_STRING,
     .offset = CLIENT(access_key_id),
     .min = 1,
     .is_secret = true},
    {.name = "aws_secret_access_key",
     .doc = "The secret of aws_access_key_id.",
     .type = SETTING_STRING,
     .offset = CLIENT(secret_access_key),
     .min = 1,
     .is_secret = true},
    {.name = "aws_session_token",
     .doc = "With temporary keys alone.",
     .type = SETTING_STRING,
     .offset = CLIENT(session_token),
     .min = 1,
     .is_secret = true},
    {.name = "read_capacity_units",
     .doc = "Of the tables that dynamod makes. Both read_capacity_units and "
            "write_capacity_units, or none: on demand.",
     .type = SETTING_COUNT,
     .offset = offsetof(struct dynamodb_config, read_capacity_units),
     .min = 1,
     .max = 1000 * 1000},
    {.name = "write_capacity_units",
     .doc = "See read_capacity_units.",
     .type = SETTING_COUNT,
     .offset = offsetof(struct dynamodb_config, write_capacity_units),
     .min = 1,
     .max = 1000 * 1000},
};

const struct setting_table dynamodb_settings = {settings, DM_COUNT(settings)};

void dynamodb_config_init(struct dynamodb_config *config)
{
    *config = (struct dynamodb_config){
        .client = {.connect_timeout_ms = 1000,
                   .read_timeout_ms = 5000,
                   .base_backoff_ms = 25,
                   .max_retry_attempts = 3,
                   .max_pool_connections = 10},
        .batch_width = 2,
    };
}

/* --- where DynamoDB is --- */

static enum dm_code read_flag(struct settings *file, struct settings_node *node,
                              void *value, struct dm_error *err)
{
    bool on;
    DM_TRY(settings_bool(file, node, &on, err));
    *(enum endpoint_flag *)value = on ? ENDPOINT_ON : ENDPOINT_OFF;
    return DM_OK;
}

/* A path, relative to the file. */
static enum dm_code read_path(struct settings *file, struct settings_node *node,
                              struct dm_str *ret_path, struct dm_error *err)
{
    struct dm_str path;
    DM_TRY(settings_string(file, node, &path, err));
    if (!path.len)
        return settings_expected(file, node, err, "a path");
    return settings_path(file, path, ret_path, err);
}

static enum dm_code read_ca_bundle(struct settings *file, struct settings_node *node,
                                   void *value, struct dm_error *err)
{
    struct dm_str path;
    DM_TRY(read_path(file, node, &path, err));
    if (access(path.ptr, R_OK))
        return settings_expected(file, node, err, "a file that can be read");
    *(struct dm_str *)value = path;
    return DM_OK;
}

static enum dm_code read_proxy(struct settings *file, struct settings_node *node,
                               void *value, struct dm_error *err)
{
    struct dm_str url;
    DM_TRY(settings_string(file, node, &url, err));
    if (!endpoint_is_plain_http(url))
        return settings_expected(file, node, err, "http://name[:port]");
    *(struct dm_str *)value = url;
    return DM_OK;
}

static enum dm_code read_unix_socket(struct settings *file, struct settings_node *node,
                                     void *value, struct dm_error *err)
{
    struct dm_str path;
    DM_TRY(read_path(file, node, &path, err));
    if (path.len >= sizeof((struct sockaddr_un *)NULL)->sun_path)
        return settings_expected(file, node, err, "a path of less than 108 bytes");
    *(struct dm_str *)value = path;
    return DM_OK;
}

/* --- extra_headers --- */

/* What the client itself sends, or what would change the framing. */
static bool reserved(struct dm_str name)
{
    static const char *const names[] = {
        "Authorization",  "Connection",        "Content-Encoding",
        "Content-Length", "Content-Type",      "Expect",
        "Host",           "Transfer-Encoding",
    };
    struct dm_str amz = {name.ptr, name.len < 6 ? name.len : 6};
    if (str_equal_nocase(amz, STR("X-Amz-")))
        return true;
    for (size_t i = 0; i < DM_COUNT(names); i++)
        if (str_equal_nocase(name, dm_str(names[i])))
            return true;
    return false;
}

/* RFC 9110 section 5.6.2: a token. */
static bool header_name(struct dm_str name)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool alphanumeric =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alphanumeric && !strchr(others, c))
            return false;
    }
    return name.len > 0;
}

/* RFC 9110 section 5.5: visible characters and blanks. */
static bool header_value(struct dm_str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (((unsigned char)value.ptr[i] < ' ' && value.ptr[i] != '\t') ||
            value.ptr[i] == 0x7F)
            return false;
    return value.len > 0;
}

static enum dm_code read_extra_header(struct settings *file, struct settings_node *node,
                                      struct http_header *ret_header,
                                      struct dm_error *err)
{
    struct http_header header = {0};
    DM_TRY(settings_read(file, node, header_rows, DM_COUNT(header_rows), &header, err));
    if (!header_name(header.name) || reserved(header.name))
        return settings_expected(file, node, err,
                                 "the name of a header that dynamod does not set itself");
    if (!header_value(header.value))
        return settings_expected(file, node, err, "a value of visible characters");
    *ret_header = header;
    return DM_OK;
}

static enum dm_code read_extra_headers(struct settings *file, struct settings_node *node,
                                       void *value, struct dm_error *err)
{
    struct dynamodb_config *config = value;
    if (!settings_is_list(node))
        return settings_expected(file, node, err,
                                 "a list, ( { name = \"X-Team\"; value = \"core\"; } )");
    size_t count = settings_count(node);
    struct http_header *headers =
        arena_new(settings_arena(file), count * sizeof *headers);
    if (!headers)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        DM_TRY(read_extra_header(file, settings_at(node, i), &headers[i], err));
    config->client.extra_headers = headers;
    config->client.extra_header_count = count;
    return DM_OK;
}

/* --- the embedded store --- */

static enum dm_code read_synchronous(struct settings *file, struct settings_node *node,
                                     void *value, struct dm_error *err)
{
    struct dynamodb_config *config = value;
    struct dm_str word;
    DM_TRY(settings_string(file, node, &word, err));
    config->relaxed = str_equal(word, STR("normal"));
    if (!config->relaxed && !str_equal(word, STR("full")))
        return settings_expected(file, node, err, "\"full\" or \"normal\"");
    return DM_OK;
}

/* "sqlite:/path/file.db", "sqlite:file.db" beside the app's file, "sqlite::memory:" */
static enum dm_code settle_embedded(struct settings *file,
                                    const struct settings_node *group,
                                    struct dynamodb_config *config, struct dm_error *err)
{
    struct dm_str scheme = STR("sqlite:"), host = config->client.host;
    config->embedded = (struct dm_str){NULL, 0};
    if (!str_starts(host, scheme))
        return DM_OK;
    struct dm_str path = {host.ptr + scheme.len, host.len - scheme.len};
    if (!path.len)
        return settings_expected(file, settings_place(group, "host"), err,
                                 "a file behind sqlite:, or sqlite::memory:");
    if (str_equal(path, STR(":memory:"))) {
        config->embedded = path;
        return DM_OK;
    }
    return settings_path(file, path, &config->embedded, err);
}

/* --- the group --- */

/* A group that has one of the keys has all of its own, and so has one that names a
 * profile: the app's keys would go before it. */
static enum dm_code settle_keys(struct settings *file, const struct settings_node *group,
                                const struct client_options *outer,
                                struct client_options *own, struct dm_error *err)
{
    bool none =
        !own->access_key_id.len && !own->secret_access_key.len && !own->session_token.len;
    if (none && own->profile.len)
        return DM_OK;
    if (!own->profile.len)
        own->profile = outer->profile;
    if (none) {
        own->access_key_id = outer->access_key_id;
        own->secret_access_key = outer->secret_access_key;
        own->session_token = outer->session_token;
        return DM_OK;
    }
    if (!own->access_key_id.len || !own->secret_access_key.len)
        return settings_expected(file, group, err,
                                 "both aws_access_key_id and aws_secret_access_key");
    return DM_OK;
}

enum dm_code dynamodb_config_read(struct settings *file, struct settings_node *group,
                                  struct dynamodb_config *config, struct dm_error *err)
{
    struct dynamodb_config own = *config;
    own.client.access_key_id = (struct dm_str){NULL, 0};
    own.client.secret_access_key = (struct dm_str){NULL, 0};
    own.client.session_token = (struct dm_str){NULL, 0};
    own.client.profile = (struct dm_str){NULL, 0};

    DM_TRY(settings_read(file, group, settings, DM_COUNT(settings), &own, err));
    DM_TRY(settle_keys(file, group, &config->client, &own.client, err));
    if (!own.read_capacity_units != !own.write_capacity_units)
        return settings_expected(file, group, err,
                                 "both read_capacity_units and write_capacity_units");
    if (own.client.proxy.len && own.client.unix_socket.len)
        return settings_expected(file, group, err, "either proxy or unix_socket");
    DM_TRY(settle_embedded(file, group, &own, err));
    *config = own;
    return DM_OK;
}

enum dm_code dynamodb_config_check(struct settings *file,
                                   const struct settings_node *node,
                                   const struct environment *environment,
                                   const struct dynamodb_config *config,
                                   struct dm_error *err)
{
    if (config->embedded.len)
        return DM_OK;
    DM_AUTO(profiles) *profiles = NULL;
    DM_AUTO_DONE(endpoint) endpoint = {0};
    struct dm_error why = {0};
    DM_TRY(profiles_new(environment, &profiles, err));
    enum dm_code code =
        client_endpoint(&config->client, environment, profiles, &endpoint, &why);
    bool host = str_starts(dm_str(why.message), STR("host"));
    if (code == DM_E_CONFIG)
        return settings_error(file, settings_place(node, host ? "host" : "region"),
                              why.message, err);
    if (code)
        *err = why;
    return code;
}
