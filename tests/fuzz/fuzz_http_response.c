/* Replies of HTTP/1.1: however they are split, one result; a whole one is in bounds. */
#include "base/str.h"
#include "fuzz.h"
#include "net/http_response.h"

enum { MAX_BODY = 1 << 16 };

struct result {
    struct response response;
    size_t used;
};

/* In pieces of those many bytes. */
static void read_in_pieces(struct dm_str text, bool is_to_head, size_t piece,
                           struct result *result)
{
    *result = (struct result){0};
    response_init(&result->response);
    response_begin(&result->response, is_to_head, MAX_BODY);
    while (result->used < text.len && result->response.progress == RESPONSE_MORE) {
        size_t used = 0, left = text.len - result->used;
        size_t len = left < piece ? left : piece;
        response_feed(&result->response, text.ptr + result->used, len, &used);
        fuzz_check(used <= len);
        fuzz_check(used == len || result->response.progress != RESPONSE_MORE);
        result->used += used;
    }
    if (result->used == text.len)
        response_closed(&result->response);
}

static void check_whole(const struct response *response)
{
    fuzz_check(response->status >= 200 && response->status <= 999);
    fuzz_check(response->body.len <= MAX_BODY);
    fuzz_check(response->head.len <= RESPONSE_HEAD_MAX);
    fuzz_check(response->seen <= RESPONSE_HEAD_MAX);
    fuzz_check(!memchr(response->head.ptr, '\0', response->head.len));
    struct dm_str date = response_field(response, STR("Date"));
    fuzz_check(date.len <= response->head.len);
}

static void check_same(const struct result *a, const struct result *b)
{
    fuzz_check(a->response.progress == b->response.progress);
    if (a->response.progress != RESPONSE_WHOLE)
        return;
    fuzz_check(a->used == b->used);
    fuzz_check(a->response.status == b->response.status);
    fuzz_check(a->response.keeps_alive == b->response.keeps_alive);
    fuzz_check(str_equal(buf_str(&a->response.head), buf_str(&b->response.head)));
    fuzz_check(str_equal(buf_str(&a->response.body), buf_str(&b->response.body)));
}

/* The first byte says how. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const size_t pieces[] = {1, 2, 7, 64};
    if (len == 0)
        return 0;
    struct dm_str text = fuzz_text(bytes + 1, len - 1);
    bool is_to_head = bytes[0] == 'H';
    struct result whole;
    read_in_pieces(text, is_to_head, SIZE_MAX, &whole);
    if (whole.response.progress == RESPONSE_WHOLE)
        check_whole(&whole.response);
    for (size_t i = 0; i < DM_COUNT(pieces); i++) {
        struct result other;
        read_in_pieces(text, is_to_head, pieces[i], &other);
        check_same(&whole, &other);
        response_done(&other.response);
    }
    response_done(&whole.response);
    return 0;
}
