/* Reading replies: each way to frame one, in one piece and split at every byte. */
#include "net/http_response.h"

#include <stdint.h>
#include <stdio.h>

#include "base/str.h"
#include "support/test.h"

enum { MAX_BODY = 1000 };

static void begin(struct response *response, bool is_to_head)
{
    response_init(response);
    response_begin(response, is_to_head, MAX_BODY);
}

/* All of it, in pieces of so many bytes; how many belong to the reply. */
static size_t feed(struct response *response, struct dm_str text, size_t piece)
{
    size_t used = 0;
    while (used < text.len && response->progress == RESPONSE_MORE) {
        size_t took = 0, left = text.len - used;
        response_feed(response, text.ptr + used, left < piece ? left : piece, &took);
        used += took;
    }
    return used;
}

/* --- whole replies ------------------------------------------------------------------ */

#define OK "HTTP/1.1 200 OK\r\n"

static const struct whole {
    const char *text;
    const char *rest; /* what is not of it any more */
    unsigned status;
    bool keeps_alive;
    const char *body;
} wholes[] = {
    {OK "Content-Length: 5\r\n\r\nhello", "", 200, true, "hello"},
    {OK "content-length:\t 5 \t\r\n\r\nhello", "HTTP", 200, true, "hello"},
    {OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "", 200, true, "hello"},
    {OK "Content-Length: 0\r\n\r\n", "x", 200, true, ""},
    {OK "Connection: close\r\nContent-Length: 1\r\n\r\nx", "", 200, false, "x"},
    {OK "Connection: a,  CLOSE ,b\r\nContent-Length: 1\r\n\r\nx", "", 200, false, "x"},
    {OK "Connection: keep-alive\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", "",
     200, false, ""},
    {OK "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "x", 200, true, ""},
    {OK "transfer-encoding: CHUNKED\r\n\r\n3\r\nhel\r\n02\r\nlo\r\n000\r\n\r\n", "", 200,
     true, "hello"},
    {OK "Transfer-Encoding: chunked\r\n\r\n"
        "A;a=\"b\";c\r\n0123456789\r\nb \t\r\n0123456789a\r\n"
        "0;last\r\nX-Sum: 1\r\nY:\r\n\r\n",
     "HTTP", 200, true, "01234567890123456789a"},
    {"HTTP/1.1 100 Continue\r\nContent-Length: 7\r\nConnection: close\r\n\r\n"
     "HTTP/1.1 103 Early Hints\r\n\r\n" OK "Content-Length: 5\r\n\r\nhello",
     "", 200, true, "hello"},
    {"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "", 204, true, ""},
    {"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", "", 304, true,
     ""},
    {"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", "", 404, true, ""},
    {"HTTP/1.1 500 \r\nContent-Length: 0\r\n\r\n", "", 500, true, ""},
    {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", "", 200, false, "x"},
    {"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx", "", 200,
     true, "x"},
};

static void assert_whole(const struct whole *expected, size_t piece)
{
    char text[512];
    struct response response;
    size_t len = strlen(expected->text);
    snprintf(text, sizeof text, "%s%s", expected->text, expected->rest);
    begin(&response, false);
    cr_assert_eq(feed(&response, dm_str(text), piece), len, "%s", text);
    cr_assert_eq(response.progress, RESPONSE_WHOLE, "%s", text);
    cr_assert_eq(response.status, expected->status, "%s", text);
    cr_assert_eq(response.keeps_alive, expected->keeps_alive, "%s", text);
    assert_str(buf_str(&response.body), expected->body);
    response_done(&response);
}

TEST(http_response, is_whole_at_its_last_byte_however_it_is_split)
{
    for (size_t i = 0; i < DM_COUNT(wholes); i++)
        for (size_t piece = 1; piece <= strlen(wholes[i].text) + 4; piece++)
            assert_whole(&wholes[i], piece);
}

TEST(http_response, is_not_whole_before_its_last_byte)
{
    for (size_t i = 0; i < DM_COUNT(wholes); i++) {
        struct response response;
        size_t len = strlen(wholes[i].text) - 1;
        begin(&response, false);
        cr_assert_eq(feed(&response, (struct dm_str){wholes[i].text, len}, len), len);
        cr_assert_eq(response.progress, RESPONSE_MORE, "%s", wholes[i].text);
        cr_assert_not(response_closed(&response), "%s", wholes[i].text);
        response_done(&response);
    }
}

TEST(http_response, to_a_head_has_no_body)
{
    static const char *const cases[] = {
        OK "Content-Length: 9999\r\n\r\n",
        OK "Transfer-Encoding: chunked\r\n\r\n",
        OK "\r\n",
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct response response;
        begin(&response, true);
        feed(&response, dm_str(cases[i]), SIZE_MAX);
        cr_assert_eq(response.progress, RESPONSE_WHOLE, "%s", cases[i]);
        cr_assert(response.keeps_alive);
        response_done(&response);
    }
}

TEST(http_response, without_a_length_ends_with_its_connection)
{
    static const char *const cases[] = {OK "\r\nhello", "HTTP/1.0 200 OK\r\n\r\nhello"};
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        struct response response;
        begin(&response, false);
        feed(&response, dm_str(cases[i]), 3);
        cr_assert_eq(response.progress, RESPONSE_MORE);
        cr_assert(response_closed(&response));
        cr_assert_not(response.keeps_alive);
        assert_str(buf_str(&response.body), "hello");
        response_done(&response);
    }
}

/* --- what is none ------------------------------------------------------------------- */

static const struct {
    const char *text;
    size_t len; /* 0: to the NUL */
} bads[] = {
    {"SSH-2.0", 0},
    {"HTTP/2 200 OK\r\n", 0},
    {"HTTP/1.2 200 OK\r\n", 0},
    {"http/1.1 200 OK\r\n", 0},
    {"\r\nHTTP/1.1 200 OK\r\n", 0},
    {"HTTP/1.1  200 OK\r\n", 0},
    {"HTTP/1.1 20 OK\r\n", 0},
    {"HTTP/1.1 2000 OK\r\n", 0},
    {"HTTP/1.1 200OK\r\n", 0},
    {"HTTP/1.1 099 OK\r\n", 0},
    {"HTTP/1.1 +20 OK\r\n", 0},
    {"HTTP/1.1 200 O\x01K\r\n", 0},
    {"HTTP/1.1 200 OK\n", 0},
    {"HTTP/1.1 200 OK\r\r\n", 0},
    {"HTTP/1.1 101 Switching Protocols\r\n\r\n", 0},
    {OK "A: b\n", 0},
    {OK "A: b\rC: d\r\n", 0},
    {OK "A: b\r\n c\r\n", 0},
    {OK " A: b\r\n", 0},
    {OK "A : b\r\n", 0},
    {OK "A\r\n", 0},
    {OK ": b\r\n", 0},
    {OK "A: \0\r\n", sizeof(OK "A: \0\r\n") - 1},
    {OK "A\0: b\r\n", sizeof(OK "A\0: b\r\n") - 1},
    {OK "\r\r\n", 0},
    {OK "Content-Length: -5\r\n", 0},
    {OK "Content-Length: +5\r\n", 0},
    {OK "Content-Length: 5, 5\r\n", 0},
    {OK "Content-Length: 0x5\r\n", 0},
    {OK "Content-Length:\r\n", 0},
    {OK "Content-Length: 5\r\nContent-Length: 6\r\n", 0},
    {OK "Transfer-Encoding: gzip\r\n", 0},
    {OK "Transfer-Encoding: gzip, chunked\r\n", 0},
    {OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 0},
    {OK "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 0},
    {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0},
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"
    {CHUNKED "\r\n", 0},
    {CHUNKED ";a\r\n", 0},
    {CHUNKED "xyz\r\n", 0},
    {CHUNKED "-1\r\n", 0},
    {CHUNKED " 1\r\n", 0},
    {CHUNKED "1 2\r\n", 0},
    {CHUNKED "1\n", 0},
    {CHUNKED "1\r\r\n", 0},
    {CHUNKED "1;a\n\r\n", 0},
    {CHUNKED "1;\0\r\n", sizeof(CHUNKED "1;\0\r\n") - 1},
    {CHUNKED "1\r\nxy\r\n", 0},
    {CHUNKED "1\r\nx\n", 0},
    {CHUNKED "1\r\nx\r\r", 0},
    {CHUNKED "0\r\nA: b\n", 0},
    {CHUNKED "0\r\n A: b\r\n", 0},
    {CHUNKED "0\r\n\r\r", 0},
};

TEST(http_response, that_may_be_read_in_two_ways_is_none)
{
    for (size_t i = 0; i < DM_COUNT(bads); i++) {
        size_t len = bads[i].len ? bads[i].len : strlen(bads[i].text);
        for (size_t piece = 1; piece <= len; piece++) {
            struct response response;
            begin(&response, false);
            feed(&response, (struct dm_str){bads[i].text, len}, piece);
            cr_assert_eq(response.progress, RESPONSE_NOT_HTTP, "%s", bads[i].text);
            cr_assert_not(response_closed(&response));
            response_done(&response);
        }
    }
}

/* --- limits ------------------------------------------------------------------------- */

/* So many times the same, after a beginning. */
static enum response_progress feed_again(const char *beginning, const char *again,
                                         size_t times, const char *end)
{
    struct response response;
    begin(&response, false);
    feed(&response, dm_str(beginning), SIZE_MAX);
    for (size_t i = 0; i < times; i++)
        feed(&response, dm_str(again), SIZE_MAX);
    feed(&response, dm_str(end), SIZE_MAX);
    enum response_progress progress = response.progress;
    response_done(&response);
    return progress;
}

TEST(http_response, has_a_limit_for_each_of_its_parts)
{
    static const struct {
        const char *beginning, *again;
        size_t times;
        const char *end;
        enum response_progress progress;
    } cases[] = {
        {OK, "A: 3456789\r\n", 5000, "Content-Length: 0\r\n\r\n", RESPONSE_WHOLE},
        {OK, "A: 3456789\r\n", 6000, "\r\n", RESPONSE_HEAD_TOO_LARGE},
        {OK "A: ", "x", 65536, "", RESPONSE_HEAD_TOO_LARGE},
        {CHUNKED "0\r\n", "A: 3456789\r\n", 5000, "\r\n", RESPONSE_WHOLE},
        {CHUNKED "0\r\n", "A: 3456789\r\n", 6000, "\r\n", RESPONSE_HEAD_TOO_LARGE},
        {"", "HTTP/1.1 100 Continue\r\n\r\n", RESPONSE_INTERIM_MAX,
         OK "Content-Length: 0\r\n\r\n", RESPONSE_WHOLE},
        {"", "HTTP/1.1 100 Continue\r\n\r\n", RESPONSE_INTERIM_MAX + 1, "",
         RESPONSE_NOT_HTTP},
        {OK "Content-Length: 1000\r\n\r\n", "x", 1000, "", RESPONSE_WHOLE},
        {OK "Content-Length: 1001\r\n\r\n", "", 0, "", RESPONSE_TOO_LARGE},
        {OK "Content-Length: 99999999999999999999999\r\n\r\n", "", 0, "",
         RESPONSE_TOO_LARGE},
        {CHUNKED, "1\r\nx\r\n", 1000, "0\r\n\r\n", RESPONSE_WHOLE},
        {CHUNKED, "1\r\nx\r\n", 1000, "1\r\n", RESPONSE_TOO_LARGE},
        {CHUNKED, "", 0, "ffffffffffffffffffff\r\n", RESPONSE_TOO_LARGE},
        {CHUNKED "0;", "x", RESPONSE_CHUNK_LINE_MAX, "\r\n\r\n", RESPONSE_NOT_HTTP},
        {CHUNKED, "0", RESPONSE_CHUNK_LINE_MAX, "1\r\n", RESPONSE_NOT_HTTP},
        {OK "\r\n", "x", 1000, "", RESPONSE_MORE},
        {OK "\r\n", "x", 1001, "", RESPONSE_TOO_LARGE},
    };
    for (size_t i = 0; i < DM_COUNT(cases); i++)
        cr_assert_eq(
            feed_again(cases[i].beginning, cases[i].again, cases[i].times, cases[i].end),
            cases[i].progress, "case %zu", i);
}

/* --- fields ------------------------------------------------------------------------- */

static void assert_field(const struct response *response, const char *name,
                         const char *expected)
{
    struct dm_str value = response_field(response, dm_str(name));
    cr_assert_not_null(value.ptr, "%s", name);
    assert_str(value, expected);
}

TEST(http_response, gives_the_first_field_of_a_name)
{
    struct response response;
    begin(&response, false);
    feed(&response,
         dm_str("HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n" OK
                "X-One: 1\r\nx-two: \t a b \t\r\nX-TWO: c\r\nX-Empty:\r\nHTTP/1.1: x\r\n"
                "Transfer-Encoding: chunked\r\n\r\n0\r\nX-Trailer: 1\r\n\r\n"),
         5);
    assert_field(&response, "X-One", "1");
    assert_field(&response, "X-Two", "a b");
    assert_field(&response, "x-empty", "");
    static const char *const absent[] = {"X", "X-Interim", "X-Trailer", "X-One:", "HTTP"};
    for (size_t i = 0; i < DM_COUNT(absent); i++)
        cr_assert_null(response_field(&response, dm_str(absent[i])).ptr);
    response_done(&response);
}

TEST(http_response, can_be_begun_anew_after_any_other)
{
    struct response response;
    begin(&response, true);
    for (size_t i = 0; i < DM_COUNT(bads); i++) {
        feed(&response, dm_str(bads[i].text), SIZE_MAX);
        response_begin(&response, false, MAX_BODY);
        cr_assert(response_is_missing(&response));
        feed(&response, dm_str(wholes[0].text), SIZE_MAX);
        cr_assert_eq(response.progress, RESPONSE_WHOLE);
        assert_str(buf_str(&response.body), "hello");
        response_begin(&response, true, MAX_BODY);
    }
    response_done(&response);
}

TEST(http_response, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct response response;
        begin(&response, false);
        feed(&response, dm_str(wholes[8].text), 4);
        cr_assert_eq(response.progress,
                     mem_failed() ? RESPONSE_NO_MEMORY : RESPONSE_WHOLE);
        response_done(&response);
    }
}
