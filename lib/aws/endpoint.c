/* Where DynamoDB is. */
#include "aws/endpoint.h"

#include <arpa/inet.h>

#include "aws/partition.h"
#include "aws/profile.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"

enum { REGION_LEN_MAX = 63, NAME_LEN_MAX = 253, PORT_MAX = 65535, URL_LEN_MAX = 512 };

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
    mem_free(endpoint->ca_file);
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

/* --- who says what --- */

static struct dm_str of_profile(const struct endpoint_sources *sources, const char *name)
{
    return profile_property(sources->profiles, profile_or_default(sources->profile),
                            name);
}

static bool is_true(struct dm_str text)
{
    return str_equal_nocase(text, STR("true"));
}

/* The first that is not empty. */
static struct dm_str first_of(const struct dm_str *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!str_empty(texts[i]))
            return texts[i];
    return (struct dm_str){NULL, 0};
}

static bool flag_of(const struct endpoint_sources *sources, enum endpoint_flag configured,
                    const char *variable, const char *property)
{
    if (configured != ENDPOINT_UNSET)
        return configured == ENDPOINT_ON;
    struct dm_str text = environment_str(sources->environment, variable);
    return is_true(text.len ? text : of_profile(sources, property));
}

static enum dm_code find_region(const struct endpoint_sources *sources,
                                struct dm_str *ret_region, struct dm_error *err)
{
    const struct dm_str said[] = {
        sources->region,
        environment_str(sources->environment, "AWS_REGION"),
        environment_str(sources->environment, "AWS_DEFAULT_REGION"),
        of_profile(sources, "region"),
    };
    struct dm_str region = first_of(said, DM_COUNT(said));
    if (str_empty(region))
        return error_set(err, DM_E_CONFIG,
                         "no region: set `region`, or AWS_REGION in the environment");
    if (region.len > REGION_LEN_MAX || !made_of(region, "-"))
        return error_set(err, DM_E_CONFIG,
                         "region: expected letters, digits and dashes, as in eu-west-1");
    *ret_region = region;
    return DM_OK;
}

/* A host that somebody set, and what it is called there; url.len 0: nobody did. */
struct host {
    struct dm_str url;
    const char *name;
};

static bool ignores_urls(const struct endpoint_sources *sources)
{
    return flag_of(sources, ENDPOINT_UNSET, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                   "ignore_configured_endpoint_urls");
}

static struct host find_host(const struct endpoint_sources *sources)
{
    static const char of_dynamodb[] = "AWS_ENDPOINT_URL_DYNAMODB",
                      of_all[] = "AWS_ENDPOINT_URL";
    const struct environment *environment = sources->environment;
    const struct host hosts[] = {
        {environment_str(environment, of_dynamodb), of_dynamodb},
        {environment_str(environment, of_all), of_all},
        {profile_service_property(sources->profiles, profile_or_default(sources->profile),
                                  "dynamodb", "endpoint_url"),
         "endpoint_url of the profile's services"},
        {of_profile(sources, "endpoint_url"), "endpoint_url of the profile"},
    };
    if (!str_empty(sources->host) || ignores_urls(sources))
        return (struct host){sources->host, "host"};
    for (size_t i = 0; i < DM_COUNT(hosts); i++)
        if (!str_empty(hosts[i].url))
            return hosts[i];
    return (struct host){{NULL, 0}, "host"};
}

/* --- a host that is set --- */

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

bool endpoint_is_plain_http(struct dm_str url)
{
    struct address address;
    return str_starts(url, STR("http://")) && read_address(url, &address);
}

/* --- what is made of it --- */

static void write_url(const char *scheme, struct dm_str host, struct dm_buf *url)
{
    buf_printf(url, "%s%.*s/", scheme, STR_ARG(host));
}

static enum dm_code use_host(const struct host *host, bool fips, bool dualstack,
                             struct dm_buf *name, struct dm_buf *url,
                             struct dm_error *err)
{
    struct address address;
    if (!read_address(host->url, &address))
        return error_set(err, DM_E_CONFIG,
                         "%s: expected https://name[:port] or http://name[:port]",
                         host->name);
    if (fips || dualstack)
        return error_set(err, DM_E_CONFIG,
                         "%s: one that is set does not go with use_%s_endpoint",
                         host->name, fips ? "fips" : "dualstack");
    buf_add_str(name, address.name);
    if (address.port != address.scheme->default_port)
        buf_printf(name, ":%zu", address.port);
    write_url(address.scheme->prefix, buf_str(name), url);
    return DM_OK;
}

/* us-gov's own endpoints are FIPS's. */
static void use_region(struct dm_str region, bool fips, bool dualstack,
                       struct dm_buf *name, struct dm_buf *url)
{
    const struct partition *partition = partition_of(region);
    bool plain = !dualstack && strcmp(partition->name, "aws-us-gov") == 0;
    buf_printf(name, "dynamodb%s.%.*s.%s", fips && !plain ? "-fips" : "", STR_ARG(region),
               dualstack ? partition->dualstack_suffix : partition->dns_suffix);
    write_url("https://", buf_str(name), url);
}

/* DynamoDB Local as AWS's rules know it. */
static void use_local(struct dm_str *region, struct dm_buf *name, struct dm_buf *url)
{
    *region = STR("us-east-1");
    buf_add_str(name, STR("localhost:8000"));
    write_url("http://", buf_str(name), url);
}

static enum dm_code place(const struct endpoint_sources *sources, struct dm_str *region,
                          struct dm_buf *name, struct dm_buf *url, struct dm_error *err)
{
    bool fips =
        flag_of(sources, sources->use_fips, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
    bool dualstack = flag_of(sources, sources->use_dualstack,
                             "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
    struct host host = find_host(sources);
    if (!str_empty(host.url))
        return use_host(&host, fips, dualstack, name, url, err);
    if (!fips && !dualstack && str_equal(*region, STR("local")))
        use_local(region, name, url);
    else
        use_region(*region, fips, dualstack, name, url);
    return DM_OK;
}

static struct dm_str find_ca_bundle(const struct endpoint_sources *sources)
{
    const struct dm_str said[] = {
        sources->ca_bundle,
        environment_str(sources->environment, "AWS_CA_BUNDLE"),
        of_profile(sources, "ca_bundle"),
    };
    return first_of(said, DM_COUNT(said));
}

static enum dm_code make(const struct endpoint_sources *sources,
                         struct endpoint *ret_endpoint, struct dm_error *err)
{
    DM_AUTO_DONE(endpoint) made = {0};
    DM_AUTO_DONE(dm_buf) name, url;
    struct dm_str region, ca_bundle = find_ca_bundle(sources);
    buf_init(&name, URL_LEN_MAX);
    buf_init(&url, URL_LEN_MAX);
    DM_TRY(find_region(sources, &region, err));
    DM_TRY(place(sources, &region, &name, &url, err));

    made.region = str_dup(region);
    made.host = buf_take(&name, NULL);
    made.url = buf_take(&url, NULL);
    if (ca_bundle.len)
        made.ca_file = str_dup(ca_bundle);
    if (!made.region || !made.host || !made.url || (ca_bundle.len && !made.ca_file))
        return error_nomem(err);
    *ret_endpoint = made;
    made = (struct endpoint){0};
    return DM_OK;
}

/* Files that cannot be read stop what needs them: a region, here; keys, elsewhere. */
enum dm_code endpoint_resolve(const struct endpoint_sources *sources,
                              struct endpoint *ret_endpoint, struct dm_error *err)
{
    struct dm_error why = {0};
    if (profiles_refresh(sources->profiles, &why) == DM_E_NOMEM)
        return error_nomem(err);
    return make(sources, ret_endpoint, err);
}
