/* The request's header fields. */
#include "daemon/head.h"

#include "base/str.h"
#include "daemon/problem.h"

static const struct {
    struct dm_str name;
    size_t offset;
} fields[] = {
    {{"host", 4}, offsetof(struct head, host)},
    {{"content-length", 14}, offsetof(struct head, content_length)},
    {{"transfer-encoding", 17}, offsetof(struct head, transfer_encoding)},
    {{"accept", 6}, offsetof(struct head, accept)},
    {{"x-request-id", 12}, offsetof(struct head, request_id)},
};

static struct head_field *find_field(struct head *head, struct dm_str name)
{
    for (size_t i = 0; i < DM_COUNT(fields); i++)
        if (str_equal_nocase(name, fields[i].name))
            return (struct head_field *)(void *)((char *)head + fields[i].offset);
    return NULL;
}

enum dm_code head_add(struct head *head, struct dm_str name, struct dm_str value,
                      struct arena *arena, struct dm_error *err)
{
    struct head_field *field = find_field(head, name);
    if (!field)
        return DM_OK;

    if (field == &head->accept && field->count) {
        value = arena_printf(arena, "%.*s, %.*s", STR_ARG(field->value), STR_ARG(value));
        if (!value.ptr)
            return error_nomem(err);
    }
    field->value = value;
    field->count++;
    return DM_OK;
}

static enum dm_code malformed(struct dm_error *err, const char *why)
{
    return problem_set(err, PROBLEM_MALFORMED_REQUEST, "%s", why);
}

enum dm_code head_check(const struct head *head, struct dm_error *err)
{
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

    size_t length = 0;
    if (head->content_length.count &&
        !str_to_size(head->content_length.value, BODY_MAX, &length))
        return problem_set(err, PROBLEM_BODY_TOO_LARGE,
                           "the body is longer than %d bytes", BODY_MAX);
    return DM_OK;
}
