/* Credentials of a container: the endpoint of ECS and of EKS Pod Identity
 * (https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html).
 */
#include "aws/providers.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "aws/cred_http.h"
#include "aws/cred_json.h"
#include "aws/secret_file.h"
#include "base/error.h"
#include "base/mem.h"

enum { TIMEOUT_MS = 2000, TRIES = 3, ARENA_MAX = 256 * 1024, TOKEN_MAX = 16 * 1024 };

#define TOKEN_SOURCE "container: the authorization token's file"
#define ECS_URL "http://169.254.170.2"

struct cred_container {
    const struct cred_sources *sources;
    struct cred_load *load;
    struct cred_http http;
    struct arena arena;       /* of one load: the URL */
    struct secret_text token; /* of one load: the file's text */
    struct http_header headers[2];
};

static void container_load(void *provider, struct cred_load *load);
static void container_free(void *provider);

static const struct cred_provider_ops container_ops = {
    .name = "container", .load = container_load, .free = container_free};

/* --- where to ask ------------------------------------------------------------------- */

static bool is_loopback_or_agent_4(const struct sockaddr *address)
{
    struct sockaddr_in in;
    memcpy(&in, address, sizeof in);
    uint32_t host = ntohl(in.sin_addr.s_addr);
    return host >> 24 == 127 || host == 0xa9feaa02 || host == 0xa9feaa17;
}

static bool is_loopback_or_agent_6(const struct sockaddr *address)
{
    static const struct in6_addr agent = {
        {{0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x23}}};
    struct sockaddr_in6 in;
    memcpy(&in, address, sizeof in);
    return IN6_IS_ADDR_LOOPBACK(&in.sin6_addr) ||
           memcmp(&in.sin6_addr, &agent, sizeof agent) == 0;
}

/* Without TLS, the keys may come from this host alone: 127.0.0.0/8, ::1, and the agents
 * of ECS (169.254.170.2) and EKS (169.254.170.23, fd00:ec2::23). */
static bool is_of_this_host(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return is_loopback_or_agent_4(address);
    return address->sa_family == AF_INET6 && is_loopback_or_agent_6(address);
}

static bool is_https(struct dm_str url)
{
    struct dm_str scheme = STR("https://");
    return url.len >= scheme.len &&
           str_equal_nocase((struct dm_str){url.ptr, scheme.len}, scheme);
}

/* ret_url->ptr NULL without an error: nowhere. */
static enum dm_code find_url(struct cred_container *self, struct dm_str *ret_url,
                             struct dm_error *err)
{
    const struct environment *environment = self->sources->environment;
    struct dm_str path =
        environment_str(environment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    if (str_empty(path)) {
        *ret_url = environment_str(environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
        return DM_OK;
    }
    if (path.ptr[0] != '/')
        return error_set(err, DM_E_CREDENTIALS,
                         "%s: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin "
                         "with /",
                         container_ops.name);
    *ret_url = arena_printf(&self->arena, ECS_URL "%.*s", STR_ARG(path));
    return ret_url->ptr ? DM_OK : error_nomem(err);
}

/* --- what to ask -------------------------------------------------------------------- */

/* The file's is read anew each time: somebody renews it. */
static enum dm_code find_token(struct cred_container *self, struct dm_str *ret_token,
                               struct dm_error *err)
{
    const struct environment *environment = self->sources->environment;
    struct dm_str path =
        environment_str(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    *ret_token = environment_str(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (str_empty(path))
        return DM_OK;
    DM_TRY(secret_file_read(TOKEN_SOURCE, path.ptr, TOKEN_MAX, &self->token, NULL, err));
    if (!self->token.len)
        return error_set(err, DM_E_CREDENTIALS, TOKEN_SOURCE ": empty, or not there");
    *ret_token = (struct dm_str){self->token.ptr, self->token.len};
    return DM_OK;
}

static enum dm_code make_request(struct cred_container *self, struct dm_str url,
                                 struct http_request *ret_request, struct dm_error *err)
{
    struct dm_str token;
    DM_TRY(find_token(self, &token, err));
    self->headers[0] = (struct http_header){STR("Accept"), STR("application/json")};
    self->headers[1] = (struct http_header){STR("Authorization"), token};
    *ret_request = (struct http_request){.method = "GET",
                                         .url = url.ptr,
                                         .headers = self->headers,
                                         .header_count = str_empty(token) ? 1 : 2};
    return DM_OK;
}

/* --- asking ------------------------------------------------------------------------- */

static void end(struct cred_container *self)
{
    cred_http_end(&self->http);
    arena_done(&self->arena);
    secret_text_done(&self->token);
}

static enum dm_code read_reply(const struct http_reply *reply, struct arena *arena,
                               struct cred_json *ret_json, struct dm_error *err)
{
    DM_TRY(cred_http_check(container_ops.name, reply, err));
    return cred_json_read(container_ops.name, reply->body, arena, ret_json, err);
}

static void on_reply(enum http_failure failure, const struct http_reply *reply,
                     const struct dm_error *problem, void *ctx)
{
    struct cred_container *self = ctx;
    struct cred_load *load = self->load;
    struct dm_error err = *problem;
    struct cred_json json;
    struct arena arena;
    arena_init(&arena, ARENA_MAX);
    end(self);
    if (failure != HTTP_ANSWERED || read_reply(reply, &arena, &json, &err))
        load_failed(load, &err);
    else
        cred_json_answer(&json, container_ops.name, load);
    arena_wipe(&arena);
    arena_done(&arena);
}

static void container_load(void *provider, struct cred_load *load)
{
    struct cred_container *self = provider;
    struct http_request request;
    struct dm_error err = {0};
    struct dm_str url = {NULL, 0};
    self->load = load;
    if (find_url(self, &url, &err) ||
        (!str_empty(url) && make_request(self, url, &request, &err))) {
        end(self);
        load_failed(load, &err);
    } else if (str_empty(url)) {
        load_absent(load);
    } else {
        self->http.allowed = is_https(url) ? NULL : is_of_this_host;
        cred_http_ask(&self->http, &request, on_reply, self);
    }
}

static void container_free(void *provider)
{
    struct cred_container *self = provider;
    end(self);
    mem_free(self);
}

enum dm_code cred_container_new(const struct cred_sources *sources,
                                struct cred_provider *ret_provider, struct dm_error *err)
{
    struct cred_container *self = mem_new(sizeof *self);
    if (!self)
        return error_nomem(err);
    self->sources = sources;
    self->http = (struct cred_http){.loop = sources->loop,
                                    .source = container_ops.name,
                                    .tries = TRIES,
                                    .timeout_ms = TIMEOUT_MS,
                                    .ca_file = sources->ca_file};
    arena_init(&self->arena, ARENA_MAX);
    *ret_provider = (struct cred_provider){&container_ops, self};
    return DM_OK;
}
