/* The request's header fields. */
#include "daemon/http/head.h"

#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "daemon/http/problem.h"

#define FIELD(name) offsetof(struct head, name)

static const struct {
    struct dm_str name;
    size_t offset;
    bool is_list; /* several are one, RFC 9110 section 5.3 */
} fields[HEAD_FIELDS] = {
    {{"host", 4}, FIELD(host), false},
    {{"content-length", 14}, FIELD(content_length), false},
    {{"transfer-encoding", 17}, FIELD(transfer_encoding), false},
    {{"content-type", 12}, FIELD(content_type), false},
    {{"content-encoding", 16}, FIELD(content_encoding), true},
    {{"accept", 6}, FIELD(accept), true},
    {{"prefer", 6}, FIELD(prefer), true},
    {{"if-match", 8}, FIELD(if_match), true},
    {{"if-none-match", 13}, FIELD(if_none_match), true},
    {{"idempotency-key", 15}, FIELD(idempotency_key), false},
    {{"x-request-id", 12}, FIELD(request_id), false},
    {{"traceparent", 11}, FIELD(traceparent), false},
    {{"origin", 6}, FIELD(origin), false},
    {{"access-control-request-method", 29}, FIELD(request_method), false},
    {{"authorization", 13}, FIELD(authorization), false},
    {{"sec-fetch-site", 14}, FIELD(fetch_site), false},
    {{"sec-fetch-dest", 14}, FIELD(fetch_dest), false},
};

/* Thousands of short fields are not copied again with each of them. */
static enum dm_code make_room(struct head_room *room, struct dm_str text, size_t size,
                              struct arena *arena, struct dm_error *err)
{
    if (size <= room->size)
        return DM_OK;
    char *at = arena_alloc(arena, 2 * size);
    if (!at)
        return error_nomem(err);
    if (text.len)
        memcpy(at, text.ptr, text.len);
    *room = (struct head_room){at, 2 * size};
    return DM_OK;
}

static enum dm_code join(struct head_room *room, struct dm_str *text, struct dm_str more,
                         struct arena *arena, struct dm_error *err)
{
    struct dm_str comma = STR(", ");
    size_t len = text->len + comma.len + more.len;
    DM_TRY(make_room(room, *text, len, arena, err));
    memcpy(room->text + text->len, comma.ptr, comma.len);
    if (more.len)
        memcpy(room->text + text->len + comma.len, more.ptr, more.len);
    *text = (struct dm_str){room->text, len};
    return DM_OK;
}

enum dm_code head_add(struct head *head, struct dm_str name, struct dm_str value,
                      struct arena *arena, struct dm_error *err)
{
    head_lines_add(&head->lines, name, value);
    for (size_t i = 0; i < DM_COUNT(fields); i++) {
        if (!str_equal_nocase(name, fields[i].name))
            continue;
        struct head_field *field = (void *)((char *)head + fields[i].offset);
        if (field->count++ && fields[i].is_list)
            return join(&head->rooms[i], &field->value, value, arena, err);
        field->value = value;
        return DM_OK;
    }
    return DM_OK;
}

/* libmicrohttpd's own buffer, lent as a constant. */
void head_forget_authorization(struct head *head)
{
    struct dm_str *value = &head->authorization.value;
    if (value->len)
        mem_wipe((void *)(uintptr_t)value->ptr, value->len);
    *value = (struct dm_str){NULL, 0};
}

enum dm_code head_check_size(const struct head *head, size_t most, struct dm_error *err)
{
    if (head->size + HEADS_RESERVE <= most)
        return DM_OK;
    return problem_set(err, PROBLEM_HEADERS_TOO_LARGE,
                       "the request line and the header fields take more than the %zu "
                       "bytes that there are",
                       most - HEADS_RESERVE);
}

static enum dm_code malformed(struct dm_error *err, const char *why)
{
    return problem_set(err, PROBLEM_MALFORMED_REQUEST, "%s", why);
}

enum dm_code head_check(const struct head *head, struct dm_error *err)
{
    const char *fault = head_lines_fault(&head->lines);
    if (fault)
        return malformed(err, fault);
    if (head->host.count > 1 || (head->host.count == 0 && !head->is_http_1_0))
        return malformed(err, "there must be exactly one Host header");
    if (head->content_length.count > 1)
        return malformed(err, "there is more than one Content-Length header");
    if (head->transfer_encoding.count && head->content_length.count)
        return malformed(err, "there is both Transfer-Encoding and Content-Length");
    if (head->transfer_encoding.count > 1)
        return malformed(err, "there is more than one Transfer-Encoding header");
    if (head->transfer_encoding.count && head->is_http_1_0)
        return malformed(err, "HTTP/1.0 has no Transfer-Encoding");
    if (head->transfer_encoding.count &&
        !str_equal_nocase(head->transfer_encoding.value, STR("chunked")))
        return malformed(err, "only the Transfer-Encoding chunked is understood");
    return DM_OK;
}

enum dm_code head_check_length(const struct head *head, size_t max, struct dm_error *err)
{
    size_t length = 0;
    if (head->content_length.count &&
        !str_to_size(head->content_length.value, max, &length))
        return problem_set(err, PROBLEM_BODY_TOO_LARGE,
                           "the body is longer than %zu bytes", max);
    return DM_OK;
}
