/* One easy handle: its options, its callbacks, its result. */
#include "net/http_transfer.h"

#include <sys/socket.h>

#include "base/error.h"
#include "base/mem.h"
#include "net/http_failure.h"
#include "net/http_multi.h"

enum { KEPT_REPLY = 64 * 1024 }; /* a larger reply's memory is not kept for the next */

#define TEXT(number) #number
#define VERSION(major, minor, patch) TEXT(major) "." TEXT(minor) "." TEXT(patch)

/* --- callbacks from inside libcurl -------------------------------------------------- */

static void read_timed_out(void *ctx)
{
    struct http_transfer *transfer = ctx;
    transfer->abort(transfer, CURLE_OPERATION_TIMEDOUT);
}

static bool has_left(CURL *easy)
{
    long bytes = 0;
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &bytes);
    return bytes > 0;
}

/*
 * The connection stands, the request is next. It comes again when a kept connection broke
 * off before a byte of the reply, and libcurl would send the request on another one. If
 * any of it has left already, the peer may have executed it: whether it may be sent twice
 * is not for us to decide.
 */
static int request_begins(void *ctx, char *peer_ip, char *own_ip, int peer_port,
                          int own_port)
{
    (void)peer_ip, (void)own_ip, (void)peer_port, (void)own_port;
    struct http_transfer *transfer = ctx;
    if (transfer->began) {
        transfer->repeated = has_left(transfer->easy);
        return transfer->repeated ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
    }
    if (loop_timer_set(transfer->loop, &transfer->read_timer,
                       transfer->options->read_timeout_ms, read_timed_out, transfer,
                       NULL))
        return CURL_PREREQFUNC_ABORT;
    transfer->began = true;
    return CURL_PREREQFUNC_OK;
}

static curl_socket_t open_socket(void *ctx, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    (void)purpose;
    struct http_transfer *transfer = ctx;
    if (!transfer->options->allow_address(&address->addr)) {
        transfer->forbidden = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t reply_goes_on(char *bytes, size_t size, size_t count, void *ctx)
{
    struct http_transfer *transfer = ctx;
    size_t len = size * count;
    if (len > transfer->reply.max - transfer->reply.len) {
        transfer->too_large = true;
        return 0;
    }
    buf_add(&transfer->reply, bytes, len);
    return transfer->reply.failed ? 0 : len;
}

/* --- options ------------------------------------------------------------------------ */

/*
 * MAXAGE_CONN: no connection is used again after so many idle seconds; peers close them
 * after 30 s and more. QUICK_EXIT: a transfer that ends while its name is being resolved
 * does not wait for the resolver, and neither does the loop.
 */
static const struct {
    CURLoption option;
    long value;
} numbers[] = {
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_QUICK_EXIT, 1},
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_PATH_AS_IS, 1},
    {CURLOPT_TCP_NODELAY, 1},
    {CURLOPT_TCP_KEEPALIVE, 1},
    {CURLOPT_MAXAGE_CONN, HTTP_IDLE_MS / 1000},
};

static const struct {
    CURLoption option;
    const char *value;
} texts[] = {
    {CURLOPT_PROTOCOLS_STR, "http,https"},
    {CURLOPT_NOPROXY, ""},
    {CURLOPT_USERAGENT,
     "dynamod/" VERSION(DM_VERSION_MAJOR, DM_VERSION_MINOR, DM_VERSION_PATCH)},
};

static bool set_callbacks(struct http_transfer *transfer, struct http_multi *multi)
{
    CURL *easy = transfer->easy;
    return !curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) &&
           !curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, request_begins) &&
           !curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer) &&
           !curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION,
                             http_multi_close_socket) &&
           !curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, multi) &&
           !curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, reply_goes_on) &&
           !curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
}

static bool guard_addresses(struct http_transfer *transfer)
{
    CURL *easy = transfer->easy;
    return !transfer->options->allow_address ||
           (!curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) &&
            !curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer));
}

static bool set_options(struct http_transfer *transfer)
{
    CURL *easy = transfer->easy;
    const struct http_options *options = transfer->options;
    for (size_t i = 0; i < DM_COUNT(numbers); i++)
        if (curl_easy_setopt(easy, numbers[i].option, numbers[i].value))
            return false;
    for (size_t i = 0; i < DM_COUNT(texts); i++)
        if (curl_easy_setopt(easy, texts[i].option, texts[i].value))
            return false;
    if (options->ca_file && curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file))
        return false;
    if (options->unix_socket &&
        curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, options->unix_socket))
        return false;
    if (curl_easy_setopt(easy, CURLOPT_PROXY, options->proxy ? options->proxy : ""))
        return false;
    return !curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                             (long)options->connect_timeout_ms);
}

enum dm_code http_transfer_new(struct dm_loop *loop, const struct http_options *options,
                               CURLSH *share, struct http_multi *multi,
                               http_abort_fn abort, struct http_transfer **ret_transfer,
                               struct dm_error *err)
{
    struct http_transfer *transfer = mem_new(sizeof *transfer);
    if (!transfer)
        return error_nomem(err);

    transfer->loop = loop;
    transfer->options = options;
    transfer->abort = abort;
    transfer->easy = curl_easy_init();
    if (!transfer->easy || !set_options(transfer) || !set_callbacks(transfer, multi) ||
        !guard_addresses(transfer) ||
        curl_easy_setopt(transfer->easy, CURLOPT_SHARE, share)) {
        http_transfer_free(transfer);
        return error_nomem(err);
    }
    *ret_transfer = transfer;
    return DM_OK;
}

void http_transfer_free(struct http_transfer *transfer)
{
    http_transfer_stop(transfer);
    curl_easy_cleanup(transfer->easy);
    buf_done(&transfer->reply);
    mem_free(transfer);
}

/* --- one call ----------------------------------------------------------------------- */

static bool set_body(CURL *easy, struct dm_str body)
{
    if (!body.ptr)
        return !curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    return !curl_easy_setopt(easy, CURLOPT_POST, 1L) &&
           !curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len) &&
           !curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.ptr);
}

enum dm_code http_transfer_prepare(struct http_transfer *transfer, struct http_call *call,
                                   struct dm_error *err)
{
    CURL *easy = transfer->easy;
    if (!set_body(easy, call->body) ||
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method) ||
        curl_easy_setopt(easy, CURLOPT_URL, call->url) ||
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers))
        return error_nomem(err);

    transfer->reply.max = call->max_reply;
    transfer->began = transfer->too_large = transfer->starved = false;
    transfer->forbidden = transfer->repeated = false;
    transfer->call = call;
    call->transfer = transfer;
    return DM_OK;
}

static void fail(void *ctx)
{
    struct http_transfer *transfer = ctx;
    transfer->starved = true;
    transfer->abort(transfer, CURLE_OUT_OF_MEMORY);
}

void http_transfer_fail(struct http_transfer *transfer)
{
    loop_post(transfer->loop, &transfer->failing, fail, transfer);
}

void http_transfer_stop(struct http_transfer *transfer)
{
    loop_timer_stop(&transfer->read_timer);
    loop_task_cancel(&transfer->failing);
}

static enum http_failure answered(struct http_transfer *transfer,
                                  struct http_reply *reply)
{
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    *reply = (struct http_reply){.status = (unsigned)status,
                                 .body = buf_str(&transfer->reply),
                                 .call = transfer->call};
    return HTTP_ANSWERED;
}

static const char *connect_problem(CURL *easy)
{
    long number = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
    const char *text = number ? strerrordesc_np((int)number) : NULL;
    return text ? text : "no reason given";
}

/* What the table of codes cannot know. */
static void explain(const struct http_transfer *transfer, CURLcode code,
                    struct dm_error *err)
{
    const struct http_options *options = transfer->options;
    if (code == CURLE_UNSUPPORTED_PROTOCOL && !transfer->began)
        error_set(err, DM_E_INVALID, "not a URL of http or https");
    if (code == CURLE_COULDNT_CONNECT)
        error_set(err, DM_E_UPSTREAM, "cannot connect: %s",
                  transfer->forbidden ? "the address is not allowed"
                                      : connect_problem(transfer->easy));
    if (code == CURLE_OPERATION_TIMEDOUT && transfer->began)
        error_set(err, DM_E_TIMEOUT, "no answer in %u ms", options->read_timeout_ms);
    if (code == CURLE_OPERATION_TIMEDOUT && !transfer->began)
        error_set(err, DM_E_TIMEOUT, "no connection in %u ms",
                  options->connect_timeout_ms);
}

enum http_failure http_transfer_result(struct http_transfer *transfer, CURLcode code,
                                       struct http_reply *reply, struct dm_error *err)
{
    if (code == CURLE_OK)
        return answered(transfer, reply);
    if (transfer->too_large) {
        error_set(err, DM_E_UPSTREAM, "reply larger than %zu bytes", transfer->reply.max);
        return HTTP_BAD_REPLY;
    }
    if (transfer->repeated)
        code = CURLE_GOT_NOTHING;
    if (code == CURLE_OUT_OF_MEMORY && transfer->began && !transfer->starved) {
        /* libcurl's only word for a header line past its 100 KB. */
        error_set(err, DM_E_UPSTREAM, "the reply's header is too large");
        return HTTP_BAD_REPLY;
    }
    enum http_failure failure = http_failure_of(code, transfer->began, err);
    explain(transfer, code, err);
    return failure;
}

void http_transfer_reset(struct http_transfer *transfer)
{
    http_transfer_stop(transfer);
    transfer->call = NULL;
    buf_reset(&transfer->reply);
    if (transfer->reply.cap > KEPT_REPLY)
        buf_done(&transfer->reply);
}
