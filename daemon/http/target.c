/* The request target. */
#include "daemon/http/target.h"

#include <stdio.h>

#include "base/str.h"
#include "daemon/http/form.h"
#include "daemon/http/problem.h"

static const struct percent_text path_text = {PROBLEM_INVALID_PATH, "path", false};
static const struct percent_text query_text = {PROBLEM_INVALID_QUERY, "query", true};

/* RFC 9112 section 3.2.2; 0: it is no absolute-form. */
static size_t scheme_length(struct dm_str raw)
{
    return str_starts(raw, STR("http://")) ? 7 : str_starts(raw, STR("https://")) ? 8 : 0;
}

/* Where the authority of an absolute-form ends. */
static size_t authority_end(struct dm_str raw, size_t scheme)
{
    size_t at = scheme;
    while (at < raw.len && raw.ptr[at] != '/' && raw.ptr[at] != '?')
        at++;
    return at;
}

/* Without an absolute-form's scheme and authority. */
static struct dm_str origin_form(struct dm_str raw)
{
    size_t scheme = scheme_length(raw);
    size_t at = scheme ? authority_end(raw, scheme) : 0;
    return (struct dm_str){raw.ptr + at, raw.len - at};
}

struct dm_str target_authority(struct dm_str raw)
{
    size_t scheme = scheme_length(raw);
    if (!scheme)
        return (struct dm_str){NULL, 0};
    return (struct dm_str){raw.ptr + scheme, authority_end(raw, scheme) - scheme};
}

static enum dm_code parse_segment(struct dm_str raw, struct arena *arena,
                                  struct target *target, struct dm_error *err)
{
    if (str_empty(raw))
        return problem_set(err, PROBLEM_INVALID_PATH,
                           "the path has an empty segment (`//`, or a `/` at its end)");
    if (target->segment_count == TARGET_MAX_SEGMENTS)
        return problem_set(err, PROBLEM_ROUTE_NOT_FOUND,
                           "nothing is served more than %d segments deep",
                           TARGET_MAX_SEGMENTS);
    struct dm_str *segment = &target->segments[target->segment_count++];
    return percent_decode(&path_text, raw, arena, segment, err);
}

static enum dm_code parse_path(struct dm_str path, struct arena *arena,
                               struct target *target, struct dm_error *err)
{
    if (!str_starts(path, STR("/")))
        return problem_set(err, PROBLEM_INVALID_PATH, "the path does not begin with `/`");
    if (path.len == 1)
        return DM_OK;

    struct dm_str rest = {path.ptr + 1, path.len - 1};
    while (rest.ptr)
        DM_TRY(parse_segment(str_split(&rest, '/'), arena, target, err));
    return DM_OK;
}

enum dm_code target_parse(struct dm_str raw, struct arena *arena,
                          struct target *ret_target, struct dm_error *err)
{
    if (raw.len > TARGET_MAX)
        return problem_set(err, PROBLEM_TARGET_TOO_LONG,
                           "the request target is longer than %d bytes", TARGET_MAX);

    struct target target = {.segment_count = 0};
    struct dm_str query = origin_form(raw);
    struct dm_str path = str_split(&query, '?');
    DM_TRY(parse_path(path, arena, &target, err));
    DM_TRY(form_read(&query_text, query, arena, &target.parameters, err));

    *ret_target = target;
    return DM_OK;
}

static bool visible(char c)
{
    return c > ' ' && c <= '~';
}

struct dm_str target_path(struct dm_str raw, struct arena *arena)
{
    struct dm_str rest = origin_form(raw);
    struct dm_str path = str_split(&rest, '?');
    char *text = arena_alloc(arena, path.len * 3 + 1);
    if (!text)
        return (struct dm_str){NULL, 0};

    size_t len = 0;
    for (size_t i = 0; i < path.len; i++) {
        if (visible(path.ptr[i]))
            text[len++] = path.ptr[i];
        else
            len += (size_t)snprintf(text + len, 4, "%%%02X", (unsigned char)path.ptr[i]);
    }
    text[len] = '\0';
    return (struct dm_str){text, len};
}

/* --- the next page --- */

/* Nobody needs to encode the letters of `after`, and who does has it twice. */
static bool is_after(struct dm_str parameter)
{
    return str_equal(str_split(&parameter, '='), STR("after"));
}

size_t target_query_length(struct dm_str raw)
{
    size_t len = 0;
    str_split(&raw, '?');
    while (raw.ptr) {
        struct dm_str parameter = str_split(&raw, '&');
        if (!is_after(parameter))
            len += parameter.len + 1;
    }
    return len;
}

/* Some clients remove a path's dots (RFC 3986 section 5.2.4), unless they are encoded. */
static void write_segment(struct dm_str segment, struct dm_buf *out)
{
    if (str_equal(segment, STR(".")) || str_equal(segment, STR("..")))
        for (size_t i = 0; i < segment.len; i++)
            buf_add_str(out, STR("%2E"));
    else
        percent_mend(segment, out);
}

static void write_path(struct dm_str path, struct dm_buf *out)
{
    write_segment(str_split(&path, '/'), out);
    while (path.ptr) {
        buf_add_char(out, '/');
        write_segment(str_split(&path, '/'), out);
    }
}

static void write_next(struct dm_str raw, struct dm_str after, struct dm_buf *out)
{
    struct dm_str query = origin_form(raw);
    char separator = '?';
    write_path(str_split(&query, '?'), out);
    while (query.ptr) {
        struct dm_str parameter = str_split(&query, '&');
        if (str_empty(parameter) || is_after(parameter))
            continue;
        buf_add_char(out, separator);
        percent_mend(parameter, out);
        separator = '&';
    }
    buf_printf(out, "%cafter=%.*s", separator, STR_ARG(after));
}

enum dm_code target_too_long(struct dm_error *err, const char *why)
{
    problem_set(err, PROBLEM_TARGET_TOO_LONG, "%s", why);
    error_hint(err, "POST the parameters to :query");
    return (enum dm_code)PROBLEM_TARGET_TOO_LONG;
}

enum dm_code target_next(struct dm_str raw, struct dm_str after, struct arena *arena,
                         struct dm_str *ret_next, struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, 8 * TARGET_MAX);
    write_next(raw, after, &text);
    DM_TRY(buf_check(&text, "address of the next page", err));
    if (text.len > TARGET_MAX)
        return target_too_long(err, "the next page's address would be too long a target");
    struct dm_str next = arena_str(arena, buf_str(&text));
    if (!next.ptr)
        return error_nomem(err);
    *ret_next = next;
    return DM_OK;
}
