/* The Security Token Service. */
#include "aws/sts.h"

#include "aws/cred_http.h"
#include "aws/partition.h"
#include "aws/profile.h"
#include "aws/sigv4.h"
#include "aws/xml.h"
#include "base/error.h"
#include "base/iso8601.h"
#include "base/mem.h"

enum { MEMORY_MAX = 512 * 1024, TRIES = 3, TIMEOUT_MS = 2000, TOKEN_MAX = 64 * 1024 };

struct sts {
    const struct cred_sources *sources;
    const char *source;
    struct sigv4 *signer;
    struct cred_http http;
    struct arena arena; /* one call's */
    sts_done_fn done;
    void *ctx;
};

enum dm_code sts_new(const struct cred_sources *sources, const char *source,
                     struct sts **ret_sts, struct dm_error *err)
{
    DM_AUTO(sts) *sts = mem_new(sizeof *sts);
    if (!sts)
        return error_nomem(err);
    sts->sources = sources;
    sts->source = source;
    sts->http = (struct cred_http){.loop = sources->loop,
                                   .source = source,
                                   .tries = TRIES,
                                   .timeout_ms = TIMEOUT_MS,
                                   .ca_file = sources->ca_file};
    arena_init(&sts->arena, MEMORY_MAX);
    DM_TRY(sigv4_new(&sts->signer, err));
    *ret_sts = DM_TAKE(sts);
    return DM_OK;
}

static void forget_call(struct sts *sts)
{
    arena_wipe(&sts->arena);
    arena_done(&sts->arena);
    arena_init(&sts->arena, MEMORY_MAX);
}

void sts_free(struct sts *sts)
{
    if (!sts)
        return;
    cred_http_end(&sts->http);
    forget_call(sts);
    sigv4_free(sts->signer);
    mem_free(sts);
}

/* --- where it is --- */

/* AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, the profile's services and endpoint_url. */
static struct dm_str configured_url(const struct cred_sources *sources)
{
    const struct environment *environment = sources->environment;
    struct dm_str profile = profile_or_default(sources->profile);
    struct dm_str ignored =
        environment_str(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    if (str_equal_nocase(ignored, STR("true")))
        return (struct dm_str){NULL, 0};

    struct dm_str url = environment_str(environment, "AWS_ENDPOINT_URL_STS");
    if (str_empty(url))
        url = environment_str(environment, "AWS_ENDPOINT_URL");
    if (str_empty(url))
        url = profile_service_property(sources->profiles, profile, "sts", "endpoint_url");
    return str_empty(url) ? profile_property(sources->profiles, profile, "endpoint_url")
                          : url;
}

static struct dm_str url_of(struct sts *sts)
{
    struct dm_str region = sts->sources->region;
    struct dm_str url = configured_url(sts->sources);
    if (!str_empty(url))
        return arena_str(&sts->arena, url);
    if (str_empty(region))
        return STR("https://sts.amazonaws.com/");
    return arena_printf(&sts->arena, "https://sts.%.*s.%s/", STR_ARG(region),
                        partition_of(region)->dns_suffix);
}

/* name[:port], as the Host header has it. */
static struct dm_str host_of(struct dm_str url)
{
    struct dm_str scheme = STR("https://"), port = STR(":443");
    if (!str_starts(url, scheme))
        scheme = STR("http://"), port = STR(":80");
    if (!str_starts(url, scheme))
        return (struct dm_str){NULL, 0};
    struct dm_str rest = {url.ptr + scheme.len, url.len - scheme.len};
    struct dm_str host = str_split(&rest, '/');
    if (str_ends(host, port))
        host.len -= port.len;
    return host;
}

/* --- the request --- */

static void add_field(struct dm_buf *form, const char *name, struct dm_str value)
{
    static const char hex[] = "0123456789ABCDEF";
    if (str_empty(value))
        return;
    buf_printf(form, "&%s=", name);
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                     (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_';
        if (plain)
            buf_add_char(form, (char)c);
        else
            buf_printf(form, "%%%c%c", hex[c >> 4], hex[c & 15]);
    }
}

/* Every session has a name, so that CloudTrail can tell them apart. */
static struct dm_str session_name(struct sts *sts, const struct sts_role *role)
{
    if (!str_empty(role->session_name))
        return role->session_name;
    int64_t now_ms = clock_wall_ms(loop_clock(sts->sources->loop));
    return arena_printf(&sts->arena, "dynamod-%lld", (long long)(now_ms / 1000));
}

static enum dm_code write_form(struct sts *sts, const struct sts_role *role,
                               struct dm_str *ret_form, struct dm_error *err)
{
    bool web = !str_empty(role->web_identity_token);
    struct dm_buf form;
    buf_init(&form, 4 * TOKEN_MAX);
    (void)!buf_room(&form, form.max); /* it does not grow: no piece is left behind */
    buf_printf(&form, "Version=2011-06-15&Action=%s",
               web ? "AssumeRoleWithWebIdentity" : "AssumeRole");
    add_field(&form, "RoleArn", role->role_arn);
    add_field(&form, "RoleSessionName", session_name(sts, role));
    add_field(&form, "DurationSeconds", role->duration_s);
    add_field(&form, "ExternalId", role->external_id);
    add_field(&form, "WebIdentityToken", role->web_identity_token);

    struct dm_str copy =
        form.failed ? (struct dm_str){NULL, 0} : arena_str(&sts->arena, buf_str(&form));
    if (form.ptr)
        mem_wipe(form.ptr, form.cap);
    buf_done(&form);
    *ret_form = copy;
    return copy.ptr ? DM_OK : error_nomem(err);
}

enum { PLAIN_HEADERS = 2, HEADERS_MAX = PLAIN_HEADERS + 3 };

static enum dm_code sign(struct sts *sts, const struct credentials *signer,
                         struct http_header headers[HEADERS_MAX], size_t *count,
                         struct dm_str body, struct dm_error *err)
{
    struct dm_str region = sts->sources->region;
    struct sigv4_headers signature;
    struct sigv4_request request = {
        .method = STR("POST"),
        .path = STR("/"),
        .region = str_empty(region) ? STR("us-east-1") : region,
        .service = STR("sts"),
        .headers = headers,
        .header_count = *count,
        .body = body,
        .wall_ms = clock_wall_ms(loop_clock(sts->sources->loop))};
    DM_TRY(sigv4_sign(sts->signer, signer, &request, &sts->arena, &signature, err));
    headers[(*count)++] = signature.date;
    if (signature.security_token.value.len)
        headers[(*count)++] =
            (struct http_header){signature.security_token.name,
                                 arena_str(&sts->arena, signature.security_token.value)};
    headers[(*count)++] = signature.authorization;
    return DM_OK;
}

static enum dm_code make_request(struct sts *sts, const struct sts_role *role,
                                 const struct credentials *signer,
                                 struct http_request *ret_request, struct dm_error *err)
{
    struct http_header *headers = arena_new(&sts->arena, HEADERS_MAX * sizeof *headers);
    struct dm_str url = url_of(sts), host = host_of(url), body;
    size_t count = PLAIN_HEADERS;
    if (!headers || !url.ptr)
        return error_nomem(err);
    if (!host.ptr)
        return error_set(err, DM_E_CREDENTIALS,
                         "%s: the endpoint of STS is no http or https URL", sts->source);
    DM_TRY(write_form(sts, role, &body, err));

    headers[0] = (struct http_header){STR("Content-Type"),
                                      STR("application/x-www-form-urlencoded")};
    headers[1] = (struct http_header){STR("Host"), host};
    if (signer)
        DM_TRY(sign(sts, signer, headers, &count, body, err));
    *ret_request = (struct http_request){.method = "POST",
                                         .url = url.ptr,
                                         .headers = headers,
                                         .header_count = count,
                                         .body = body};
    return DM_OK;
}

/* --- the reply --- */

struct answer {
    struct cred_keys keys;
    struct dm_str expiration, code;
};

static void note_text(struct dm_str path, struct dm_str text, void *ctx)
{
    struct answer *answer = ctx;
    const struct {
        const char *tail;
        struct dm_str *field;
    } fields[] = {
        {"Result/Credentials/AccessKeyId", &answer->keys.access_key_id},
        {"Result/Credentials/SecretAccessKey", &answer->keys.secret_access_key},
        {"Result/Credentials/SessionToken", &answer->keys.session_token},
        {"Result/Credentials/Expiration", &answer->expiration},
        {"ErrorResponse/Error/Code", &answer->code},
    };
    for (size_t i = 0; i < DM_COUNT(fields); i++)
        if (str_ends(path, dm_str(fields[i].tail)))
            *fields[i].field = text;
}

/* The code is of letters alone, so that nothing else gets into a log. */
static enum dm_code refused(const struct sts *sts, unsigned status, struct dm_str code,
                            struct dm_error *err)
{
    bool shown = !str_empty(code) && code.len <= 64;
    for (size_t i = 0; shown && i < code.len; i++) {
        char lower = (char)(code.ptr[i] | 32);
        shown = (lower >= 'a' && lower <= 'z') || code.ptr[i] == '.';
    }
    if (shown)
        return error_set(err, DM_E_CREDENTIALS, "%s: STS refused: %.*s", sts->source,
                         STR_ARG(code));
    return error_set(err, DM_E_CREDENTIALS, "%s: STS answered %u", sts->source, status);
}

static enum dm_code incomplete(const struct sts *sts, struct dm_error *err)
{
    return error_set(err, DM_E_CREDENTIALS,
                     "%s: STS answered without credentials that expire", sts->source);
}

static enum dm_code read_reply(struct sts *sts, const struct http_reply *reply,
                               struct cred_keys *ret_keys, struct dm_error *err)
{
    struct answer answer = {0};
    struct dm_error problem = {0};
    struct instant at;
    enum dm_code code = xml_read(reply->body, &sts->arena, note_text, &answer, &problem);
    if (code == DM_E_NOMEM)
        return error_nomem(err);
    if (reply->status != 200)
        return refused(sts, reply->status, answer.code, err);
    if (code)
        return error_set(err, DM_E_CREDENTIALS, "%s: STS answered what is no XML: %s",
                         sts->source, problem.message);
    if (str_empty(answer.keys.access_key_id) || str_empty(answer.keys.session_token) ||
        str_empty(answer.keys.secret_access_key) || !iso8601_read(answer.expiration, &at))
        return incomplete(sts, err);
    answer.keys.expires_ms = at.seconds * 1000;
    *ret_keys = answer.keys;
    return DM_OK;
}

/* --- a call --- */

/* done may begin the next call, or free the object. */
static void finish(struct sts *sts, const struct cred_keys *keys,
                   const struct dm_error *err)
{
    struct arena arena = sts->arena; /* the keys are in it */
    arena_init(&sts->arena, MEMORY_MAX);
    sts->done(err->code, err->code ? NULL : keys, err, sts->ctx);
    arena_wipe(&arena);
    arena_done(&arena);
}

static void on_reply(enum http_failure failure, const struct http_reply *reply,
                     const struct dm_error *err, void *ctx)
{
    struct sts *sts = ctx;
    struct cred_keys keys = {0};
    struct dm_error problem = *err;
    if (failure == HTTP_ANSWERED && !read_reply(sts, reply, &keys, &problem))
        problem = (struct dm_error){0};
    finish(sts, &keys, &problem);
}

void sts_assume_role(struct sts *sts, const struct sts_role *role,
                     const struct credentials *signer, sts_done_fn done, void *ctx)
{
    struct http_request request;
    struct dm_error err = {0};
    sts->done = done;
    sts->ctx = ctx;
    if (make_request(sts, role, signer, &request, &err))
        finish(sts, NULL, &err);
    else
        cred_http_ask(&sts->http, &request, on_reply, sts);
}
