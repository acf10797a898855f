/* Reading a reply: which of its parts the next bytes belong to. */
#include "net/http_response.h"

#include "base/str.h"

enum { KEPT_BODY = 64 * 1024 /* a larger body's memory is not kept for the next */ };

void response_init(struct response *response)
{
    *response = (struct response){0};
    buf_init(&response->head, RESPONSE_HEAD_MAX);
}

void response_done(struct response *response)
{
    buf_done(&response->head);
    buf_done(&response->body);
}

void response_begin(struct response *response, bool is_to_head, size_t max_body)
{
    struct dm_buf head = response->head, body = response->body;
    if (body.cap > KEPT_BODY)
        buf_done(&body);
    buf_reset(&head);
    buf_reset(&body);
    body.max = max_body;
    *response = (struct response){
        .head = head, .body = body, .is_to_head = is_to_head, .max_body = max_body};
}

/* --- the head --- */

/* What is no HTTP is known for it before a line of it ends. */
static bool may_be_http(const struct response *response)
{
    static const char beginning[] = "HTTP/1.";
    size_t len = response->head.len;
    if (len > sizeof beginning - 1)
        len = sizeof beginning - 1;
    return response->line > 0 || memcmp(response->head.ptr, beginning, len) == 0;
}

static enum response_progress add_to_head(struct response *response, const char *bytes,
                                          size_t len)
{
    response->seen += len;
    if (response->seen > RESPONSE_HEAD_MAX)
        return RESPONSE_HEAD_TOO_LARGE;
    buf_add(&response->head, bytes, len);
    if (response->head.failed)
        return RESPONSE_NO_MEMORY;
    return may_be_http(response) ? RESPONSE_MORE : RESPONSE_NOT_HTTP;
}

static enum response_progress line_ended(struct response *response)
{
    struct dm_str line = {response->head.ptr + response->line,
                          response->head.len - response->line};
    if (line.len < 2 || line.ptr[line.len - 2] != '\r')
        return RESPONSE_NOT_HTTP;
    bool is_first = response->line == 0;
    line.len -= 2;
    if (line.len == 0 && !is_first)
        return response_read_framing(response);
    response->line = response->head.len;
    return response_read_line(response, line);
}

static size_t read_head(struct response *response, const char *bytes, size_t len)
{
    const char *end = memchr(bytes, '\n', len);
    size_t used = end ? (size_t)(end - bytes) + 1 : len;
    response->progress = add_to_head(response, bytes, used);
    if (end && response->progress == RESPONSE_MORE)
        response->progress = line_ended(response);
    return used;
}

/* --- the body --- */

void response_add_body(struct response *response, const char *bytes, size_t len)
{
    if (len > response->max_body - response->body.len) {
        response->progress = RESPONSE_TOO_LARGE;
        return;
    }
    buf_add(&response->body, bytes, len);
    if (response->body.failed)
        response->progress = RESPONSE_NO_MEMORY;
}

static size_t read_body(struct response *response, const char *bytes, size_t len)
{
    size_t used = len < response->left ? len : response->left;
    response_add_body(response, bytes, used);
    response->left -= used;
    if (!response->left && response->progress == RESPONSE_MORE)
        response->progress = RESPONSE_WHOLE;
    return used;
}

static size_t read_part(struct response *response, const char *bytes, size_t len)
{
    switch (response->part) {
    case RESPONSE_HEAD:
        return read_head(response, bytes, len);
    case RESPONSE_BODY_OF_LENGTH:
        return read_body(response, bytes, len);
    case RESPONSE_BODY_UNTIL_CLOSE:
        response_add_body(response, bytes, len);
        return len;
    default:
        return response_read_chunks(response, bytes, len);
    }
}

enum response_progress response_feed(struct response *response, const char *bytes,
                                     size_t len, size_t *ret_used)
{
    size_t used = 0;
    while (used < len && response->progress == RESPONSE_MORE)
        used += read_part(response, bytes + used, len - used);
    *ret_used = used;
    return response->progress;
}

bool response_closed(struct response *response)
{
    if (response->progress == RESPONSE_MORE &&
        response->part == RESPONSE_BODY_UNTIL_CLOSE)
        response->progress = RESPONSE_WHOLE;
    return response->progress == RESPONSE_WHOLE;
}

bool response_is_missing(const struct response *response)
{
    return response->seen == 0;
}

/* --- fields --- */

/* The next line's, without its CRLF, or ptr NULL. */
static struct dm_str next_line(struct dm_str *rest)
{
    const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
    if (!end)
        return (struct dm_str){NULL, 0};
    struct dm_str line = {rest->ptr, (size_t)(end - rest->ptr) - 1};
    rest->len -= line.len + 2;
    rest->ptr = end + 1;
    return line;
}

struct dm_str response_field(const struct response *response, struct dm_str name)
{
    struct dm_str rest = buf_str(&response->head), line;
    next_line(&rest);
    while ((line = next_line(&rest)).ptr) {
        if (line.len <= name.len || line.ptr[name.len] != ':' ||
            !str_equal_nocase((struct dm_str){line.ptr, name.len}, name))
            continue;
        return str_trim(
            (struct dm_str){line.ptr + name.len + 1, line.len - name.len - 1});
    }
    return (struct dm_str){NULL, 0};
}
