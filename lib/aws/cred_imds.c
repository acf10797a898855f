/* Credentials of an EC2 instance: its metadata service
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html).
 */
#include "aws/providers.h"

#include "aws/cred_http.h"
#include "aws/cred_json.h"
#include "aws/profile.h"
#include "base/error.h"
#include "base/mem.h"

enum { TIMEOUT_MS = 1000, ARENA_MAX = 512 * 1024, ROLE_MAX = 128 };

#define IPV4_URL "http://169.254.169.254"
#define IPV6_URL "http://[fd00:ec2::254]"
#define ROLES_PATH "/latest/meta-data/iam/security-credentials/"

struct cred_imds {
    const struct cred_sources *sources;
    struct cred_load *load;
    struct cred_http http;
    struct arena arena; /* of one load; wiped after it */
    struct dm_str base; /* http://…, without a / at its end */
    struct http_header header;
    bool there; /* it has answered: that it is silent is a failure from then on */
};

static void imds_load(void *provider, struct cred_load *load);
static void imds_free(void *provider);

static const struct cred_provider_ops imds_ops = {
    .name = "imds", .outlive = true, .load = imds_load, .free = imds_free};

/* --- how a load ends ---------------------------------------------------------------- */

static struct cred_load *end(struct cred_imds *self)
{
    cred_http_end(&self->http);
    arena_wipe(&self->arena);
    arena_done(&self->arena);
    return self->load;
}

static void fail(struct cred_imds *self, const struct dm_error *err)
{
    load_failed(end(self), err);
}

static void fail_saying(struct cred_imds *self, const char *problem)
{
    struct dm_error err;
    error_set(&err, DM_E_CREDENTIALS, "%s: %s", imds_ops.name, problem);
    fail(self, &err);
}

/* Most hosts have no such service. */
static void fail_to_reach(struct cred_imds *self, const struct dm_error *err)
{
    if (self->there || err->code == DM_E_NOMEM)
        fail(self, err);
    else
        load_absent(end(self));
}

/* --- settings ----------------------------------------------------------------------- */

/* The variable, else the profile's property: whoever loads before us has refreshed it. */
static struct dm_str setting(const struct cred_sources *sources, const char *variable,
                             const char *property)
{
    struct dm_str value = environment_str(sources->environment, variable);
    if (!str_empty(value))
        return value;
    return profile_property(sources->profiles, profile_or_default(sources->profile),
                            property);
}

static bool is_true(struct dm_str value)
{
    return str_equal_nocase(value, STR("true"));
}

static bool v1_disabled(const struct cred_sources *sources)
{
    return is_true(
        setting(sources, "AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled"));
}

static bool disabled(const struct cred_sources *sources)
{
    return is_true(environment_str(sources->environment, "AWS_EC2_METADATA_DISABLED"));
}

/* ptr NULL: neither mode there is. */
static struct dm_str base_url(const struct cred_sources *sources)
{
    struct dm_str url = setting(sources, "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                                "ec2_metadata_service_endpoint");
    struct dm_str mode = setting(sources, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                 "ec2_metadata_service_endpoint_mode");
    if (str_ends(url, STR("/")))
        url.len--;
    if (!str_empty(url))
        return url;
    if (str_empty(mode) || str_equal_nocase(mode, STR("IPv4")))
        return STR(IPV4_URL);
    if (str_equal_nocase(mode, STR("IPv6")))
        return STR(IPV6_URL);
    return (struct dm_str){NULL, 0};
}

/* --- asking ------------------------------------------------------------------------- */

static void ask(struct cred_imds *self, const char *method, struct dm_str path,
                cred_http_fn done)
{
    struct dm_str url =
        arena_printf(&self->arena, "%.*s%.*s", STR_ARG(self->base), STR_ARG(path));
    struct http_request request = {.method = method,
                                   .url = url.ptr,
                                   .headers = &self->header,
                                   .header_count = self->header.value.len ? 1 : 0};
    struct dm_error err = {0};
    if (!url.ptr && error_nomem(&err))
        fail(self, &err);
    else
        cred_http_ask(&self->http, &request, done, self);
}

/* Whether there is a reply, and it is 200; else the load has ended. */
static bool is_good(struct cred_imds *self, enum http_failure failure,
                    const struct http_reply *reply, const struct dm_error *problem)
{
    struct dm_error err = {0};
    if (failure != HTTP_ANSWERED) {
        fail_to_reach(self, problem);
        return false;
    }
    self->there = true;
    if (!cred_http_check(imds_ops.name, reply, &err))
        return true;
    fail(self, &err);
    return false;
}

/* The third answer. */
static void on_keys(enum http_failure failure, const struct http_reply *reply,
                    const struct dm_error *problem, void *ctx)
{
    struct cred_imds *self = ctx;
    struct dm_error err = {0};
    struct cred_json json;
    struct arena arena;
    if (!is_good(self, failure, reply, problem))
        return;
    struct cred_load *load = end(self);
    arena_init(&arena, ARENA_MAX);
    if (cred_json_read(imds_ops.name, reply->body, &arena, &json, &err))
        load_failed(load, &err);
    else
        cred_json_answer(&json, imds_ops.name, load);
    arena_wipe(&arena);
    arena_done(&arena);
}

/* As IAM names them: it goes into a path. */
static bool is_role(struct dm_str name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789+=,.@_-";
    for (size_t i = 0; i < name.len; i++)
        if (!memchr(allowed, name.ptr[i], sizeof allowed - 1))
            return false;
    return name.len > 0 && name.len <= ROLE_MAX;
}

static void ask_for_keys(struct cred_imds *self, struct dm_str role)
{
    struct dm_str path = arena_printf(&self->arena, ROLES_PATH "%.*s", STR_ARG(role));
    struct dm_error err = {0};
    if (!path.ptr && error_nomem(&err))
        fail(self, &err);
    else
        ask(self, "GET", path, on_keys);
}

/* The second answer: the name of the instance's role, on a line. */
static void on_role(enum http_failure failure, const struct http_reply *reply,
                    const struct dm_error *problem, void *ctx)
{
    struct cred_imds *self = ctx;
    if (failure == HTTP_ANSWERED && reply->status == 404) {
        fail_saying(self, "the instance has no role");
        return;
    }
    if (!is_good(self, failure, reply, problem))
        return;
    struct dm_str rest = reply->body;
    struct dm_str role = str_trim(str_split(&rest, '\n'));
    if (is_role(role))
        ask_for_keys(self, role);
    else
        fail_saying(self, "what it answered is no role's name");
}

static void ask_for_role(struct cred_imds *self, struct dm_str token)
{
    self->header = (struct http_header){STR("x-aws-ec2-metadata-token"), token};
    ask(self, "GET", STR(ROLES_PATH), on_role);
}

/* Where version 2 is not known, or not let through to a container. */
static bool calls_for_v1(enum http_failure failure, const struct http_reply *reply)
{
    if (failure != HTTP_ANSWERED)
        return failure == HTTP_TIMED_OUT;
    return reply->status == 403 || reply->status == 404 || reply->status == 405;
}

/* The first answer: what version 2 demands of the questions that follow. */
static void on_token(enum http_failure failure, const struct http_reply *reply,
                     const struct dm_error *problem, void *ctx)
{
    struct cred_imds *self = ctx;
    if (calls_for_v1(failure, reply)) {
        if (v1_disabled(self->sources))
            fail_saying(self, "it gives no token, and version 1 is disabled");
        else
            ask_for_role(self, STR(""));
        return;
    }
    if (!is_good(self, failure, reply, problem))
        return;
    struct dm_str token = arena_str(&self->arena, reply->body);
    struct dm_error err = {0};
    if (!token.ptr && error_nomem(&err))
        fail(self, &err);
    else if (str_empty(token))
        fail_saying(self, "its token is empty");
    else
        ask_for_role(self, token);
}

static void imds_load(void *provider, struct cred_load *load)
{
    struct cred_imds *self = provider;
    struct dm_str base = base_url(self->sources);
    self->load = load;
    if (disabled(self->sources)) {
        load_absent(load);
        return;
    }
    if (!base.ptr) {
        fail_saying(self, "the endpoint's mode is neither IPv4 nor IPv6");
        return;
    }
    self->base = arena_str(&self->arena, base);
    self->header =
        (struct http_header){STR("x-aws-ec2-metadata-token-ttl-seconds"), STR("21600")};
    struct dm_error err = {0};
    if (!self->base.ptr && error_nomem(&err))
        fail(self, &err);
    else
        ask(self, "PUT", STR("/latest/api/token"), on_token);
}

static void imds_free(void *provider)
{
    struct cred_imds *self = provider;
    end(self);
    mem_free(self);
}

enum dm_code cred_imds_new(const struct cred_sources *sources,
                           struct cred_provider *ret_provider, struct dm_error *err)
{
    struct cred_imds *self = mem_new(sizeof *self);
    if (!self)
        return error_nomem(err);
    self->sources = sources;
    self->http = (struct cred_http){.loop = sources->loop,
                                    .source = imds_ops.name,
                                    .tries = 1,
                                    .timeout_ms = TIMEOUT_MS};
    arena_init(&self->arena, ARENA_MAX);
    *ret_provider = (struct cred_provider){&imds_ops, self};
    return DM_OK;
}
