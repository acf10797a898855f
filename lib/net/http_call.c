/* A call: writing its request, and what became of it. */
#include "net/http_call.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "net/http_connection.h"
#include "net/http_failure.h"
#include "net/http_field.h"

enum { HEAD_MAX = 128 * 1024 };

struct http_call *http_call_new(void)
{
    struct http_call *call = mem_new(sizeof *call);
    if (!call)
        return NULL;
    buf_init(&call->head, HEAD_MAX);
    response_init(&call->response);
    return call;
}

void http_call_free(struct http_call *call)
{
    http_call_reset(call);
    buf_done(&call->head);
    response_done(&call->response);
    mem_free(call);
}

void http_call_reset(struct http_call *call)
{
    http_call_stop(call);
    http_url_unref(call->url);
    if (call->head.len)
        mem_wipe(call->head.ptr, call->head.len); /* headers hold session tokens */
    if (call->is_secret && call->response.body.ptr)
        mem_wipe(call->response.body.ptr, call->response.body.cap);
    struct dm_buf head = call->head;
    struct response response = call->response;
    buf_reset(&head);
    response_begin(&response, false, 0);
    *call = (struct http_call){.head = head, .response = response};
}

/* --- the request -------------------------------------------------------------------- */

static enum dm_code check_headers(const struct http_request *request,
                                  struct dm_error *err)
{
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *header = &request->headers[i];
        if (!field_is_name(header->name))
            return error_set(err, DM_E_INVALID, "header %zu has no valid name", i + 1);
        if (!field_is_value(header->value))
            return error_set(err, DM_E_INVALID, "header %.*s has a control character",
                             STR_ARG(header->name));
    }
    return DM_OK;
}

static const struct http_header *find_header(const struct http_request *request,
                                             struct dm_str name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (request->headers[i].name.len == name.len &&
            str_equal_nocase(request->headers[i].name, name))
            return &request->headers[i];
    return NULL;
}

static void add_field(struct dm_buf *head, struct dm_str name, struct dm_str value)
{
    value = str_trim(value);
    char *at = buf_room(head, name.len + value.len + 4);
    if (!at)
        return;
    char *end = mempcpy(at, name.ptr, name.len);
    *end++ = ':';
    if (value.len) {
        *end++ = ' ';
        end = mempcpy(end, value.ptr, value.len);
    }
    *end++ = '\r';
    *end++ = '\n';
    head->len += (size_t)(end - at);
}

static void add_first_line(struct http_call *call, const char *method)
{
    struct dm_buf *head = &call->head;
    buf_add_str(head, dm_str(method));
    buf_add_char(head, ' ');
    buf_add_str(head, call->url->target);
    buf_add_str(head, STR(" HTTP/1.1\r\n"));
}

static void add_length(struct dm_buf *head, size_t length)
{
    char digits[24];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + length % 10);
    while (length /= 10);
    add_field(head, STR("Content-Length"),
              (struct dm_str){digits + at, sizeof digits - at});
}

/* Host comes first, given or not. */
static void write_head(struct http_call *call, const struct http_request *request)
{
    struct dm_buf *head = &call->head;
    const struct http_header *host = find_header(request, STR("Host"));
    add_first_line(call, request->method);
    add_field(head, STR("Host"), host ? host->value : call->url->host);
    if (!find_header(request, STR("User-Agent")))
        add_field(head, STR("User-Agent"), STR(HTTP_USER_AGENT));
    for (size_t i = 0; i < request->header_count; i++)
        if (&request->headers[i] != host)
            add_field(head, request->headers[i].name, request->headers[i].value);
    if (request->body.ptr && !find_header(request, STR("Content-Length")))
        add_length(head, request->body.len);
    buf_add_str(head, STR("\r\n"));
}

/* One TLS record for head and body, where one can hold them. */
static void write_body(struct http_call *call, struct dm_str body)
{
    call->body = body;
    if (!call->url->is_tls || call->head.len + body.len > WIRE_RECORD_MAX)
        return;
    buf_add_str(&call->head, body);
    call->body.len = 0;
}

/* What does not grow leaves no piece of it behind. */
static bool reserve(struct http_call *call)
{
    return buf_room(&call->head, HEAD_MAX) &&
           buf_room(&call->response.body, call->response.max_body);
}

enum dm_code http_call_prepare(struct http_call *call, const struct http_request *request,
                               struct http_url *url, struct dm_error *err)
{
    DM_TRY(check_headers(request, err));
    response_begin(&call->response, strcmp(request->method, "HEAD") == 0,
                   request->max_reply);
    if (call->is_secret && !reserve(call))
        return error_nomem(err);
    if (!url)
        return DM_OK;
    call->url = http_url_ref(url);
    write_head(call, request);
    write_body(call, request->body);
    return call->head.failed ? error_nomem(err) : DM_OK;
}

/* --- the end ------------------------------------------------------------------------ */

static void end(void *ctx)
{
    struct http_call *call = ctx;
    call->ended(call, call->end_reason);
}

void http_call_end_later(struct http_call *call, struct dm_loop *loop, CURLcode reason)
{
    call->end_reason = reason;
    loop_post(loop, &call->ending, end, call);
}

void http_call_stop(struct http_call *call)
{
    loop_timer_stop(&call->read_timer);
    loop_task_cancel(&call->ending);
}

/* What the table of codes cannot know. */
static void explain(const struct http_call *call, CURLcode reason,
                    const struct http_options *options, struct dm_error *err)
{
    if (reason == CURLE_UNSUPPORTED_PROTOCOL && !call->url)
        error_set(err, DM_E_INVALID, "not a URL of http or https");
    if (reason == CURLE_COULDNT_CONNECT)
        error_set(err, DM_E_UPSTREAM, "cannot connect: %s",
                  http_connection_problem(call->connection));
    if (reason == CURLE_OPERATION_TIMEDOUT && call->began)
        error_set(err, DM_E_TIMEOUT, "no answer in %u ms", options->read_timeout_ms);
    if (reason == CURLE_OPERATION_TIMEDOUT && !call->began)
        error_set(err, DM_E_TIMEOUT, "no connection in %u ms",
                  options->connect_timeout_ms);
    if (call->response.progress == RESPONSE_TOO_LARGE)
        error_set(err, DM_E_UPSTREAM, "reply larger than %zu bytes",
                  call->response.max_body);
    if (call->response.progress == RESPONSE_HEAD_TOO_LARGE)
        error_set(err, DM_E_UPSTREAM, "the reply's header is too large");
}

enum http_failure http_call_result(struct http_call *call, CURLcode reason,
                                   const struct http_options *options,
                                   struct http_reply *reply, struct dm_error *err)
{
    if (reason == CURLE_OK) {
        *reply = (struct http_reply){.status = call->response.status,
                                     .body = buf_str(&call->response.body),
                                     .call = call};
        return HTTP_ANSWERED;
    }
    enum http_failure failure = http_failure_of(reason, call->began, err);
    explain(call, reason, options, err);
    return failure;
}
