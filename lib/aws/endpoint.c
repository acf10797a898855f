/* Where DynamoDB is. */
#include "aws/endpoint.h"

#include <arpa/inet.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"

enum { REGION_LEN_MAX = 63, NAME_LEN_MAX = 253, PORT_MAX = 65535, URL_LEN_MAX = 512 };

/* AWS's partitions, as the SDKs' partitions.json has them; the last one is the rest. */
static const struct {
    const char *region_prefix, *suffix;
} partitions[] = {
    {"us-gov-", "amazonaws.com"},   {"cn-", "amazonaws.com.cn"},
    {"us-iso-", "c2s.ic.gov"},      {"us-isob-", "sc2s.sgov.gov"},
    {"eu-isoe-", "cloud.adc-e.uk"}, {"us-isof-", "csp.hci.ic.gov"},
    {"eusc-", "amazonaws.eu"},      {"", "amazonaws.com"},
};

static const struct scheme {
    const char *prefix;
    size_t default_port;
} schemes[] = {{"https://", 443}, {"http://", 80}};

struct address {
    const struct scheme *scheme;
    struct dm_str name; /* with the brackets of an IPv6 address */
    size_t port;
};

void endpoint_done(struct endpoint *endpoint)
{
    mem_free(endpoint->url);
    mem_free(endpoint->host);
    mem_free(endpoint->region);
    *endpoint = (struct endpoint){0};
}

static bool alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool made_of(struct dm_str text, const char *marks)
{
    for (size_t i = 0; i < text.len; i++)
        if (!alphanumeric(text.ptr[i]) && (!text.ptr[i] || !strchr(marks, text.ptr[i])))
            return false;
    return true;
}

static enum dm_code find_region(const struct environment *environment,
                                struct dm_str configured, struct dm_str *ret_region,
                                struct dm_error *err)
{
    struct dm_str region = configured;
    if (str_empty(region))
        region = environment_str(environment, "AWS_REGION");
    if (str_empty(region))
        region = environment_str(environment, "AWS_DEFAULT_REGION");
    if (str_empty(region))
        return error_set(err, DM_E_CONFIG,
                         "no region: set `region`, or AWS_REGION in the environment");
    if (region.len > REGION_LEN_MAX || !made_of(region, "-"))
        return error_set(err, DM_E_CONFIG,
                         "region: expected letters, digits and dashes, as in eu-west-1");
    *ret_region = region;
    return DM_OK;
}

/* --- a configured host --- */

static bool take_scheme(struct dm_str *url, const struct scheme **ret_scheme)
{
    for (size_t i = 0; i < DM_COUNT(schemes); i++) {
        struct dm_str prefix = dm_str(schemes[i].prefix);
        if (!str_starts(*url, prefix))
            continue;
        *url = (struct dm_str){url->ptr + prefix.len, url->len - prefix.len};
        *ret_scheme = &schemes[i];
        return true;
    }
    return false;
}

/* RFC 3986, section 3.2.2: [address]; a zone is a matter of one machine. */
static bool take_ipv6(struct dm_str *rest, struct dm_str *ret_name)
{
    char text[INET6_ADDRSTRLEN] = "";
    struct in6_addr address;
    const char *close = memchr(rest->ptr, ']', rest->len);
    size_t len = close ? (size_t)(close - rest->ptr) + 1 : 0;
    if (len < 2 || len - 2 >= sizeof text)
        return false;
    memcpy(text, rest->ptr + 1, len - 2);
    if (inet_pton(AF_INET6, text, &address) != 1)
        return false;

    *ret_name = (struct dm_str){rest->ptr, len};
    *rest = (struct dm_str){rest->ptr + len, rest->len - len};
    return true;
}

static bool take_name(struct dm_str *rest, struct dm_str *ret_name)
{
    if (str_starts(*rest, STR("[")))
        return take_ipv6(rest, ret_name);

    const char *colon = rest->len ? memchr(rest->ptr, ':', rest->len) : NULL;
    size_t len = colon ? (size_t)(colon - rest->ptr) : rest->len;
    struct dm_str name = {rest->ptr, len};
    if (len == 0 || len > NAME_LEN_MAX || !made_of(name, "-._"))
        return false;
    *ret_name = name;
    *rest = (struct dm_str){rest->ptr + len, rest->len - len};
    return true;
}

static bool read_port(struct dm_str text, size_t default_port, size_t *ret_port)
{
    if (str_empty(text)) {
        *ret_port = default_port;
        return true;
    }
    struct dm_str digits = {text.ptr + 1, text.len - 1};
    return text.ptr[0] == ':' && str_to_size(digits, PORT_MAX, ret_port) && *ret_port;
}

static bool read_address(struct dm_str url, struct address *ret_address)
{
    if (str_ends(url, STR("/")))
        url.len--;
    return take_scheme(&url, &ret_address->scheme) &&
           take_name(&url, &ret_address->name) &&
           read_port(url, ret_address->scheme->default_port, &ret_address->port);
}

/* --- what is made of it --- */

static struct dm_str suffix_of(struct dm_str region)
{
    size_t i = 0;
    while (!str_starts(region, dm_str(partitions[i].region_prefix)))
        i++;
    return dm_str(partitions[i].suffix);
}

static void write_host(const struct address *address, struct dm_buf *host)
{
    buf_add_str(host, address->name);
    if (address->port != address->scheme->default_port)
        buf_printf(host, ":%zu", address->port);
}

static void write_aws_host(struct dm_str region, struct dm_buf *host)
{
    struct dm_str suffix = suffix_of(region);
    buf_printf(host, "dynamodb.%.*s.%.*s", STR_ARG(region), STR_ARG(suffix));
}

static enum dm_code find_host(struct dm_str configured, struct dm_str region,
                              const char **ret_scheme, struct dm_buf *host,
                              struct dm_error *err)
{
    struct address address = {.scheme = &schemes[0]};
    if (str_empty(configured))
        write_aws_host(region, host);
    else if (read_address(configured, &address))
        write_host(&address, host);
    else
        return error_set(err, DM_E_CONFIG,
                         "host: expected https://name[:port] or http://name[:port]");
    *ret_scheme = address.scheme->prefix;
    return DM_OK;
}

enum dm_code endpoint_resolve(const struct environment *environment, struct dm_str region,
                              struct dm_str host, struct endpoint *ret_endpoint,
                              struct dm_error *err)
{
    DM_AUTO_DONE(endpoint) made = {0};
    DM_AUTO_DONE(dm_buf) name, url;
    const char *scheme = NULL;
    buf_init(&name, URL_LEN_MAX);
    buf_init(&url, URL_LEN_MAX);
    DM_TRY(find_region(environment, region, &region, err));
    DM_TRY(find_host(host, region, &scheme, &name, err));
    buf_printf(&url, "%s%.*s/", scheme, STR_ARG(buf_str(&name)));

    made.region = str_dup(region);
    made.host = buf_take(&name, NULL);
    made.url = buf_take(&url, NULL);
    if (!made.region || !made.host || !made.url)
        return error_nomem(err);
    *ret_endpoint = made;
    made = (struct endpoint){0};
    return DM_OK;
}
