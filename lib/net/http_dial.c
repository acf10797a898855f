/* The options of a handle that only connects (CURLOPT_CONNECT_ONLY(3)). */
#include "net/http_dial.h"

#include <sys/socket.h>

/* --- callbacks from inside libcurl -------------------------------------------------- */

static curl_socket_t open_socket(void *ctx, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    (void)purpose;
    struct http_dial *dial = ctx;
    if (!dial->options->allow_address(&address->addr)) {
        dial->is_forbidden = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* What a proxy says when it refuses a tunnel. */
static size_t drop(char *bytes, size_t size, size_t count, void *ctx)
{
    (void)bytes, (void)ctx;
    return size * count;
}

/* --- options ------------------------------------------------------------------------ */

/* QUICK_EXIT: a handle that ends while its name is being resolved does not wait for the
 * resolver, and neither does the loop. */
static const struct {
    CURLoption option;
    long value;
} numbers[] = {
    {CURLOPT_CONNECT_ONLY, 1},
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_QUICK_EXIT, 1},
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_TCP_NODELAY, 1},
    {CURLOPT_TCP_KEEPALIVE, 1},
};

static const struct {
    CURLoption option;
    const char *value;
} texts[] = {
    {CURLOPT_PROTOCOLS_STR, "http,https"},
    {CURLOPT_NOPROXY, ""},
    {CURLOPT_USERAGENT, HTTP_USER_AGENT},
};

static bool set_constants(CURL *easy)
{
    for (size_t i = 0; i < DM_COUNT(numbers); i++)
        if (curl_easy_setopt(easy, numbers[i].option, numbers[i].value))
            return false;
    for (size_t i = 0; i < DM_COUNT(texts); i++)
        if (curl_easy_setopt(easy, texts[i].option, texts[i].value))
            return false;
    return true;
}

static bool set_callbacks(CURL *easy, struct http_dial *dial)
{
    return !curl_easy_setopt(easy, CURLOPT_PRIVATE, dial->owner) &&
           !curl_easy_setopt(easy, CURLOPT_SHARE, dial->share) &&
           !curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop) &&
           !curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION,
                             http_multi_close_socket) &&
           !curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, dial->multi);
}

static bool guard_addresses(CURL *easy, struct http_dial *dial)
{
    return !dial->options->allow_address ||
           (!curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket) &&
            !curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, dial));
}

/* A plain request goes to the proxy itself, which is the URL's host then. */
static bool set_way(CURL *easy, const struct http_dial *dial)
{
    const struct http_options *options = dial->options;
    const char *proxy = dial->is_tls && options->proxy ? options->proxy : "";
    if (options->ca_file && curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file))
        return false;
    if (options->unix_socket &&
        curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, options->unix_socket))
        return false;
    return !curl_easy_setopt(easy, CURLOPT_PROXY, proxy) &&
           !curl_easy_setopt(easy, CURLOPT_URL, dial->url) &&
           !curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                             (long)options->connect_timeout_ms);
}

CURL *http_dial_new(struct http_dial *dial)
{
    CURL *easy = curl_easy_init();
    if (easy && set_constants(easy) && set_callbacks(easy, dial) &&
        guard_addresses(easy, dial) && set_way(easy, dial))
        return easy;
    curl_easy_cleanup(easy);
    return NULL;
}
