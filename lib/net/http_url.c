/* Taking URLs apart, by libcurl's own parser. */
#include "net/http_url.h"

#include "base/str.h"

enum { URL_MAX = 64 * 1024, PROXY_PORT = 1080 /* libcurl's, where none is said */ };

/* A part of it; ptr NULL when it has none, or without memory. */
static struct dm_str part_of(struct arena *arena, CURLU *parsed, CURLUPart part,
                             unsigned flags)
{
    char *text = NULL;
    if (curl_url_get(parsed, part, &text, flags))
        return (struct dm_str){NULL, 0};
    struct dm_str copy = arena_str(arena, dm_str(text));
    curl_free(text);
    return copy;
}

static bool has_scheme(struct dm_str scheme, bool *ret_is_tls)
{
    *ret_is_tls = str_equal(scheme, STR("https"));
    return *ret_is_tls || str_equal(scheme, STR("http"));
}

/* A proxy is connected to as if it were the host, where it needs no tunnel. */
static const char *way_by_proxy(struct arena *arena, const char *proxy)
{
    CURLU *parsed = curl_url();
    if (!parsed)
        return NULL;
    struct dm_str way = {NULL, 0};
    if (!curl_url_set(parsed, CURLUPART_URL, proxy, 0)) {
        struct dm_str host = part_of(arena, parsed, CURLUPART_HOST, 0);
        struct dm_str port = part_of(arena, parsed, CURLUPART_PORT, 0);
        if (host.ptr && port.ptr)
            way = arena_printf(arena, "http://%.*s:%.*s/", STR_ARG(host), STR_ARG(port));
        else if (host.ptr)
            way = arena_printf(arena, "http://%.*s:%d/", STR_ARG(host), PROXY_PORT);
    }
    curl_url_cleanup(parsed);
    return way.ptr;
}

static struct dm_str make_host(struct arena *arena, CURLU *parsed)
{
    struct dm_str host = part_of(arena, parsed, CURLUPART_HOST, 0);
    struct dm_str port = part_of(arena, parsed, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
    if (!host.ptr || !port.ptr)
        return host;
    return arena_printf(arena, "%.*s:%.*s", STR_ARG(host), STR_ARG(port));
}

static struct dm_str make_target(struct arena *arena, CURLU *parsed)
{
    struct dm_str path = part_of(arena, parsed, CURLUPART_PATH, 0);
    struct dm_str query = part_of(arena, parsed, CURLUPART_QUERY, 0);
    if (!path.ptr || !query.ptr)
        return path;
    return arena_printf(arena, "%.*s?%.*s", STR_ARG(path), STR_ARG(query));
}

static CURLcode fill(struct http_url *url, CURLU *parsed, const char *proxy)
{
    struct arena *arena = &url->arena;
    struct dm_str scheme = part_of(arena, parsed, CURLUPART_SCHEME, 0);
    if (!scheme.ptr)
        return CURLE_OUT_OF_MEMORY;
    if (!has_scheme(scheme, &url->is_tls))
        return CURLE_UNSUPPORTED_PROTOCOL;
    bool is_whole = proxy && !url->is_tls;
    url->host = make_host(arena, parsed);
    url->target = make_target(arena, parsed);
    url->origin = arena_printf(arena, "%.*s://%.*s", STR_ARG(scheme), STR_ARG(url->host));
    if (!url->host.ptr || !url->target.ptr || !url->origin.ptr)
        return CURLE_OUT_OF_MEMORY;
    if (is_whole)
        url->target =
            arena_printf(arena, "%.*s%.*s", STR_ARG(url->origin), STR_ARG(url->target));
    url->way = is_whole ? way_by_proxy(arena, proxy) : url->text;
    return url->target.ptr && url->way ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

static CURLcode read_url(struct http_url *url, const char *proxy)
{
    CURLU *parsed = curl_url();
    if (!parsed)
        return CURLE_OUT_OF_MEMORY;
    CURLUcode problem = curl_url_set(parsed, CURLUPART_URL, url->text, CURLU_PATH_AS_IS);
    CURLcode code = CURLE_URL_MALFORMAT;
    if (!problem)
        code = fill(url, parsed, proxy);
    else if (problem == CURLUE_UNSUPPORTED_SCHEME)
        code = CURLE_UNSUPPORTED_PROTOCOL;
    else if (problem == CURLUE_OUT_OF_MEMORY)
        code = CURLE_OUT_OF_MEMORY;
    curl_url_cleanup(parsed);
    return code;
}

CURLcode http_url_new(const char *text, const char *proxy, struct http_url **ret_url)
{
    struct arena arena;
    arena_init(&arena, URL_MAX);
    struct http_url *url = arena_new(&arena, sizeof *url);
    if (!url)
        return CURLE_OUT_OF_MEMORY;
    url->arena = arena;
    url->references = 1;
    url->text = arena_str(&url->arena, dm_str(text)).ptr;
    CURLcode code = url->text ? read_url(url, proxy) : CURLE_OUT_OF_MEMORY;
    if (code)
        http_url_unref(url);
    else
        *ret_url = url;
    return code;
}

struct http_url *http_url_ref(struct http_url *url)
{
    url->references++;
    return url;
}

void http_url_unref(struct http_url *url)
{
    if (!url || --url->references)
        return;
    struct arena arena = url->arena;
    arena_done(&arena);
}
