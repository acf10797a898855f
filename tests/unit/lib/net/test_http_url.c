/* URLs taken apart. */
#include "net/http_url.h"

#include "base/str.h"
#include "support/test.h"

TEST(http_url, has_an_origin_a_host_and_a_target)
{
    static const struct {
        const char *text, *proxy, *way, *origin, *host, *target;
        bool is_tls;
    } cases[] = {
        {"http://a", NULL, "http://a", "http://a", "a", "/", false},
        {"http://a:80/", NULL, "http://a:80/", "http://a", "a", "/", false},
        {"http://a:8000/b//../c?d=e%20f", NULL, "http://a:8000/b//../c?d=e%20f",
         "http://a:8000", "a:8000", "/b//../c?d=e%20f", false},
        {"https://a.b?c#d", NULL, "https://a.b?c#d", "https://a.b", "a.b", "/?c", true},
        {"https://a:443/", NULL, "https://a:443/", "https://a", "a", "/", true},
        {"https://a:8443/", "http://p:1", "https://a:8443/", "https://a:8443", "a:8443",
         "/", true},
        {"http://[::1]:8000/", NULL, "http://[::1]:8000/", "http://[::1]:8000",
         "[::1]:8000", "/", false},
        {"http://user:secret@a/", NULL, "http://user:secret@a/", "http://a", "a", "/",
         false},
        {"http://a/b?c", "http://p:3128", "http://p:3128/", "http://a", "a",
         "http://a/b?c", false},
        {"http://a:8000/", "http://p", "http://p:1080/", "http://a:8000", "a:8000",
         "http://a:8000/", false},
        {"http://a/", "http://[::1]:3128", "http://[::1]:3128/", "http://a", "a",
         "http://a/", false},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct http_url *url = NULL;
        cr_assert_eq(http_url_new(cases[i].text, cases[i].proxy, &url), CURLE_OK, "%s",
                     cases[i].text);
        assert_str(dm_str(url->way), cases[i].way);
        assert_str(url->origin, cases[i].origin);
        assert_str(url->host, cases[i].host);
        assert_str(url->target, cases[i].target);
        cr_assert_eq(url->is_tls, cases[i].is_tls);
        http_url_unref(url);
    }
}

TEST(http_url, is_of_http_or_https)
{
    static const struct {
        const char *text;
        CURLcode code;
    } cases[] = {
        {"", CURLE_URL_MALFORMAT},
        {"a", CURLE_URL_MALFORMAT},
        {"http://", CURLE_URL_MALFORMAT},
        {"http://a b/", CURLE_URL_MALFORMAT},
        {"http://a/b c", CURLE_URL_MALFORMAT},
        {"http://a/\r\nX: y", CURLE_URL_MALFORMAT},
        {"http://a:0x50/", CURLE_URL_MALFORMAT},
        {"ftp://a/", CURLE_UNSUPPORTED_PROTOCOL},
        {"file:///etc/passwd", CURLE_UNSUPPORTED_PROTOCOL},
        {"nonsense://a/", CURLE_UNSUPPORTED_PROTOCOL},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct http_url *url = NULL;
        cr_assert_eq(http_url_new(cases[i].text, NULL, &url), cases[i].code, "%s",
                     cases[i].text);
        cr_assert_null(url);
    }
    http_url_unref(NULL);
}

TEST(http_url, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct http_url *url = NULL;
        CURLcode code = http_url_new("http://a:1/b?c", "http://p:2", &url);
        cr_assert_eq(code, mem_failed() ? CURLE_OUT_OF_MEMORY : CURLE_OK);
        http_url_unref(url);
    }
}
