/* Copying a request, its headers in the form that libcurl wants. */
#include "net/http_call.h"

#include "base/error.h"
#include "base/str.h"
#include "net/http_field.h"

enum { CALL_MAX = 128 * 1024 };

static enum dm_code check_headers(const struct http_request *request,
                                  struct dm_error *err)
{
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *header = &request->headers[i];
        if (!field_is_name(header->name))
            return error_set(err, DM_E_INVALID, "header %zu has no valid name", i + 1);
        if (!field_is_value(header->value))
            return error_set(err, DM_E_INVALID, "header %.*s has a control character",
                             STR_ARG(header->name));
    }
    return DM_OK;
}

/* Appends a line to a list; returns the list's new end, NULL without memory. */
static struct curl_slist **add_line(struct arena *arena, struct curl_slist **tail,
                                    struct dm_str name, struct dm_str separator,
                                    struct dm_str value)
{
    struct curl_slist *node = arena_new(arena, sizeof *node);
    char *line = arena_alloc(arena, name.len + separator.len + value.len + 1);
    if (!node || !line)
        return NULL;
    node->data = line;
    line = mempcpy(line, name.ptr, name.len);
    line = mempcpy(line, separator.ptr, separator.len);
    if (value.len)
        line = mempcpy(line, value.ptr, value.len);
    *line = '\0';
    *tail = node;
    return &node->next;
}

/* CURLOPT_HTTPHEADER(3): "Name;" sends a header without a value; "Name:" sends none where
 * libcurl would have added one, unless the same name went before. */
static bool copy_headers(struct http_call *call, const struct http_request *request)
{
    static const char *const unwanted[] = {"Accept", "Expect", "Content-Type"};
    struct curl_slist **tail = &call->headers;
    for (size_t i = 0; tail && i < request->header_count; i++) {
        struct dm_str value = request->headers[i].value;
        struct dm_str separator = str_empty(str_trim(value)) ? STR(";") : STR(": ");
        tail = add_line(&call->arena, tail, request->headers[i].name, separator,
                        str_trim(value));
    }
    for (size_t i = 0; tail && i < DM_COUNT(unwanted); i++)
        tail = add_line(&call->arena, tail, dm_str(unwanted[i]), STR(":"), STR(""));
    return tail;
}

enum dm_code http_call_new(const struct http_request *request,
                           struct http_call **ret_call, struct dm_error *err)
{
    DM_TRY(check_headers(request, err));

    struct arena arena;
    arena_init(&arena, CALL_MAX);
    struct http_call *call = arena_new(&arena, sizeof *call);
    if (!call)
        return error_nomem(err);

    call->arena = arena;
    call->method = arena_str(&call->arena, dm_str(request->method)).ptr;
    call->url = arena_str(&call->arena, dm_str(request->url)).ptr;
    call->body = request->body;
    call->max_reply = request->max_reply;
    if (!call->method || !call->url || !copy_headers(call, request)) {
        http_call_free(call);
        return error_nomem(err);
    }
    *ret_call = call;
    return DM_OK;
}

void http_call_free(struct http_call *call)
{
    struct arena arena = call->arena;
    arena_wipe(&arena); /* headers hold session tokens */
    arena_done(&arena);
}
