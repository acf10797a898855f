/* The scripted HTTP client. */
#include "fake_http.h"

#include <curl/curl.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "fuzz.h"

static struct dm_str script;
static unsigned requests;

struct http_call {
    struct http_client *client;
    struct http_call *next, **link;
    struct loop_task task;
    http_done_fn done;
    void *ctx;
    struct dm_str fields;
    size_t max_reply;
    char value[4096]; /* of the field that was asked for last */
};

struct http_client {
    struct dm_loop *loop;
    struct http_call *calls;
};

void fake_http_script(struct dm_str text)
{
    script = text;
    requests = 0;
}

unsigned fake_http_requests(void)
{
    return requests;
}

/* --- the script --- */

/* The text up to the separator, which is taken too. */
static struct dm_str take(struct dm_str *text, struct dm_str separator)
{
    struct dm_str whole = *text;
    char *at =
        whole.len ? memmem(whole.ptr, whole.len, separator.ptr, separator.len) : NULL;
    if (!at) {
        *text = (struct dm_str){NULL, 0};
        return whole;
    }
    size_t len = (size_t)(at - whole.ptr);
    *text = (struct dm_str){at + separator.len, whole.len - len - separator.len};
    return (struct dm_str){whole.ptr, len};
}

static enum http_failure failure_named(struct dm_str word)
{
    static const char *const words[] = {
        [HTTP_NOT_SENT] = "unsent",
        [HTTP_LOST] = "lost",
        [HTTP_TIMED_OUT] = "late",
        [HTTP_BAD_REPLY] = "bad",
    };
    for (size_t i = HTTP_NOT_SENT; i < DM_COUNT(words); i++)
        if (str_equal(word, dm_str(words[i])))
            return (enum http_failure)i;
    return HTTP_ANSWERED;
}

/* --- an answer --- */

static void leave(struct http_call *call)
{
    *call->link = call->next;
    if (call->next)
        call->next->link = call->link;
    loop_task_cancel(&call->task);
}

static void fail(struct http_call *call, enum http_failure failure)
{
    struct dm_error err = {0};
    error_set(&err, failure == HTTP_TIMED_OUT ? DM_E_TIMEOUT : DM_E_UPSTREAM,
              "a failure of the script");
    call->done(failure, NULL, &err, call->ctx);
}

static void answer(void *ctx)
{
    struct http_call *call = ctx;
    struct dm_str reply = take(&script, STR("\n--\n"));
    struct dm_str word = str_split(&reply, '\n');
    enum http_failure failure = reply.ptr ? failure_named(word) : HTTP_LOST;
    size_t status = 0;
    leave(call);
    if (failure == HTTP_ANSWERED && (!str_to_size(word, 599, &status) || status < 100))
        failure = HTTP_BAD_REPLY;
    if (reply.len && reply.ptr[0] == '\n')
        str_split(&reply, '\n');
    else
        call->fields = take(&reply, STR("\n\n"));
    if (reply.len > call->max_reply)
        failure = HTTP_BAD_REPLY;
    struct dm_error none = {0};
    struct http_reply given = {(unsigned)status, reply, call};
    if (!given.body.ptr)
        given.body = STR("");
    if (failure)
        fail(call, failure);
    else
        call->done(HTTP_ANSWERED, &given, &none, call->ctx);
    mem_free(call);
}

/* --- what http.h has --- */

enum dm_code http_client_new(struct dm_loop *loop, const struct http_options *options,
                             struct http_client **ret_client, struct dm_error *err)
{
    struct http_client *client = mem_new(sizeof *client);
    (void)options;
    if (!client)
        return error_nomem(err);
    client->loop = loop;
    *ret_client = client;
    return DM_OK;
}

void http_client_free(struct http_client *client)
{
    while (client && client->calls)
        http_cancel(client->calls);
    mem_free(client);
}

enum dm_code http_send(struct http_client *client, const struct http_request *request,
                       http_done_fn done, void *ctx, struct http_call **ret_call,
                       struct dm_error *err)
{
    struct http_call *call = mem_new(sizeof *call);
    if (!call)
        return error_nomem(err);
    requests++;
    call->client = client;
    call->done = done;
    call->ctx = ctx;
    call->max_reply = request->max_reply;
    call->next = client->calls;
    call->link = &client->calls;
    if (call->next)
        call->next->link = &call->next;
    client->calls = call;
    loop_post(client->loop, &call->task, answer, call);
    if (ret_call)
        *ret_call = call;
    return DM_OK;
}

void http_cancel(struct http_call *call)
{
    if (!call)
        return;
    leave(call);
    mem_free(call);
}

void http_drop_waiting(struct http_client *client, const struct dm_error *why)
{
    (void)client, (void)why;
}

struct http_load http_client_load(const struct http_client *client)
{
    (void)client;
    return (struct http_load){0, 0};
}

struct dm_str http_reply_header(const struct http_reply *reply, const char *name)
{
    struct dm_str rest = reply->call->fields;
    while (rest.ptr) {
        struct dm_str value = str_split(&rest, '\n'), field = str_split(&value, ':');
        if (!value.ptr || !str_equal_nocase(field, dm_str(name)))
            continue;
        while (value.len && value.ptr[0] == ' ')
            value = (struct dm_str){value.ptr + 1, value.len - 1};
        if (value.len >= sizeof reply->call->value)
            value.len = sizeof reply->call->value - 1;
        memcpy(reply->call->value, value.ptr, value.len);
        reply->call->value[value.len] = '\0';
        return dm_str(reply->call->value);
    }
    return (struct dm_str){NULL, 0};
}

bool http_reply_date_ms(const struct http_reply *reply, int64_t *ret_ms)
{
    struct dm_str text = http_reply_header(reply, "Date");
    time_t seconds = text.ptr ? curl_getdate(text.ptr, NULL) : -1;
    if (seconds < 0)
        return false;
    *ret_ms = (int64_t)seconds * 1000;
    return true;
}

const char *http_system_ca_file(void)
{
    return NULL;
}

int64_t http_reply_time_us(const struct http_reply *reply)
{
    (void)reply;
    return 0;
}
