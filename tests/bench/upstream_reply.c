/* GetItem's and BatchGetItem's replies: the keys as they were asked for, with one fixed
 * item around them. */
#include "upstream_reply.h"

#include <zlib.h>

#include "base/str.h"

/* --- the item --- */

bool upstream_item(size_t bytes, struct dm_buf *item)
{
    static const char begin[] = "\"done\":{\"BOOL\":false},\"count\":{\"N\":\"42\"},"
                                "\"name\":{\"S\":\"";
    buf_add(item, begin, sizeof begin - 1);
    for (size_t i = sizeof begin + 2; i < bytes; i++)
        buf_add_char(item, (char)('a' + i % 26));
    buf_add_str(item, STR("\"}"));
    return !item->failed;
}

/* --- the request's JSON --- */

/* Past the string whose quote is there. */
static const char *skip_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\')
            at++;
    return at < end ? at + 1 : end;
}

/* Past the object or array whose bracket is there. */
static const char *skip_nested(const char *at, const char *end)
{
    size_t depth = 0;
    while (at < end) {
        if (*at == '"') {
            at = skip_string(at, end);
            continue;
        }
        if (*at == '{' || *at == '[')
            depth++;
        if ((*at == '}' || *at == ']') && --depth == 0)
            return at + 1;
        at++;
    }
    return end;
}

/* The first object or array behind the first place of that name, brackets included; else
 * an empty one. */
static struct dm_str find_nested(struct dm_str json, const char *quoted, char bracket)
{
    const char *end = json.ptr + json.len;
    const char *at = json.len ? memmem(json.ptr, json.len, quoted, strlen(quoted)) : NULL;
    at = at ? memchr(at, bracket, (size_t)(end - at)) : NULL;
    if (!at)
        return (struct dm_str){NULL, 0};
    return (struct dm_str){at, (size_t)(skip_nested(at, end) - at)};
}

/* --- the reply --- */

/* key: with its braces, or empty. */
static void add_item(struct dm_str key, struct dm_str item, struct dm_buf *body)
{
    buf_add_char(body, '{');
    if (key.len > 2) {
        buf_add(body, key.ptr + 1, key.len - 2);
        buf_add_char(body, ',');
    }
    buf_add_str(body, item);
    buf_add_char(body, '}');
}

static void write_one(struct dm_str request, struct dm_str item, struct dm_buf *body)
{
    buf_add_str(body, STR("{\"Item\":"));
    add_item(find_nested(request, "\"Key\"", '{'), item, body);
    buf_add_char(body, '}');
}

static void write_items(struct dm_str keys, struct dm_str item, struct dm_buf *body)
{
    const char *at = keys.ptr, *end = keys.ptr + keys.len;
    const char *separator = "";
    while (at && (at = memchr(at, '{', (size_t)(end - at)))) {
        struct dm_str key = {at, (size_t)(skip_nested(at, end) - at)};
        buf_add_str(body, dm_str(separator));
        add_item(key, item, body);
        separator = ",";
        at += key.len;
    }
}

/* The table's name is the first string in RequestItems. */
static void write_batch(struct dm_str request, struct dm_str item, struct dm_buf *body)
{
    struct dm_str tables = find_nested(request, "\"RequestItems\"", '{');
    const char *end = tables.ptr + tables.len;
    const char *name = tables.len ? memchr(tables.ptr, '"', tables.len) : NULL;
    buf_add_str(body, STR("{\"Responses\":{"));
    if (name) {
        buf_add(body, name, (size_t)(skip_string(name, end) - name));
        buf_add_str(body, STR(":["));
        write_items(find_nested(tables, "\"Keys\"", '['), item, body);
        buf_add_char(body, ']');
    }
    buf_add_str(body, STR("},\"UnprocessedKeys\":{}}"));
}

void upstream_reply(struct dm_str request_body, struct dm_str item,
                    struct dm_buf *scratch, struct dm_buf *reply)
{
    buf_reset(scratch);
    if (str_starts(request_body, STR("{\"RequestItems\"")))
        write_batch(request_body, item, scratch);
    else
        write_one(request_body, item, scratch);
    struct dm_str body = buf_str(scratch);
    unsigned long crc = crc32_z(0, (const unsigned char *)body.ptr, body.len);
    buf_printf(
        reply,
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
        "x-amzn-RequestId: 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEFGHIJ\r\n"
        "x-amz-crc32: %lu\r\nContent-Length: %zu\r\n\r\n",
        crc, body.len);
    buf_add_str(reply, body);
}
