/* The request target. */
#include "daemon/target.h"

#include <stdio.h>

#include "base/str.h"
#include "base/utf8.h"
#include "daemon/problem.h"

/* Without an absolute-form's scheme and authority (RFC 9112 section 3.2.2). */
static struct dm_str origin_form(struct dm_str raw)
{
    size_t scheme = str_starts(raw, STR("http://"))    ? 7
                    : str_starts(raw, STR("https://")) ? 8
                                                       : 0;
    if (!scheme)
        return raw;
    size_t at = scheme;
    while (at < raw.len && raw.ptr[at] != '/' && raw.ptr[at] != '?')
        at++;
    return (struct dm_str){raw.ptr + at, raw.len - at};
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* Control characters, space and `#` are in no target (RFC 3986). Bytes past ASCII are not
 * either, but shells send them: they stand for themselves. */
static bool allowed(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte > ' ' && byte != 0x7f && byte != '#';
}

/* The byte at raw[*at], and *at past it; -1 when there is none to be had. */
static int decode_byte(struct dm_str raw, size_t *at, bool form)
{
    char c = raw.ptr[(*at)++];
    if (c == '+' && form)
        return ' ';
    if (c != '%')
        return allowed(c) ? (unsigned char)c : -1;
    if (raw.len - *at < 2)
        return -1;
    int high = hex_digit(raw.ptr[*at]), low = hex_digit(raw.ptr[*at + 1]);
    *at += 2;
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

struct decoder {
    enum problem problem; /* what a mistake is */
    const char *what;     /* "path" */
    bool form;            /* `+` is a space */
};

static const struct decoder path_decoder = {PROBLEM_INVALID_PATH, "path", false};
static const struct decoder query_decoder = {PROBLEM_INVALID_QUERY, "query", true};

static enum dm_code decode(const struct decoder *decoder, struct dm_str raw,
                           struct arena *arena, struct dm_str *ret_text,
                           struct dm_error *err)
{
    char *text = arena_alloc(arena, raw.len + 1);
    if (!text)
        return error_nomem(err);

    size_t len = 0;
    for (size_t at = 0; at < raw.len;) {
        int byte = decode_byte(raw, &at, decoder->form);
        if (byte < 0)
            return problem_set(err, decoder->problem,
                               "the %s has a character that must be percent-encoded, or "
                               "a broken percent-encoding",
                               decoder->what);
        text[len++] = (char)byte;
    }
    text[len] = '\0';
    if (!utf8_valid((struct dm_str){text, len}))
        return problem_set(err, decoder->problem, "the %s is not UTF-8", decoder->what);

    *ret_text = (struct dm_str){text, len};
    return DM_OK;
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
    return decode(&path_decoder, raw, arena, segment, err);
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

static enum dm_code parse_parameter(struct dm_str value, struct arena *arena,
                                    struct target *target, struct dm_error *err)
{
    if (str_empty(value)) /* "a=1&&b=2" */
        return DM_OK;
    if (target->parameter_count == TARGET_MAX_PARAMETERS)
        return problem_set(err, PROBLEM_INVALID_QUERY,
                           "the query has more than %d parameters",
                           TARGET_MAX_PARAMETERS);

    struct dm_str name = str_split(&value, '=');
    struct target_parameter *parameter = &target->parameters[target->parameter_count++];
    DM_TRY(decode(&query_decoder, name, arena, &parameter->name, err));
    return decode(&query_decoder, value, arena, &parameter->value, err);
}

static enum dm_code parse_query(struct dm_str query, struct arena *arena,
                                struct target *target, struct dm_error *err)
{
    while (query.ptr)
        DM_TRY(parse_parameter(str_split(&query, '&'), arena, target, err));
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
    DM_TRY(parse_query(query, arena, &target, err));

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

struct dm_str target_parameter(const struct target *target, const char *name)
{
    for (size_t i = 0; i < target->parameter_count; i++)
        if (str_equal(target->parameters[i].name, dm_str(name)))
            return target->parameters[i].value;
    return (struct dm_str){NULL, 0};
}

static size_t occurrences(const struct target *target, struct dm_str name)
{
    size_t count = 0;
    for (size_t i = 0; i < target->parameter_count; i++)
        count += str_equal(target->parameters[i].name, name);
    return count;
}

static void hint_at_known(const char *const *known, struct dm_error *err)
{
    char names[sizeof err->hint] = "";
    size_t len = 0;
    for (; *known && len < sizeof names; known++)
        len += (size_t)snprintf(names + len, sizeof names - len, "%s%s", len ? ", " : "",
                                *known);
    if (len)
        error_hint(err, "there is %s", names);
}

static bool is_known(struct dm_str name, const char *const *known)
{
    while (*known && !str_equal(name, dm_str(*known)))
        known++;
    return *known != NULL;
}

enum dm_code target_check_parameters(const struct target *target,
                                     const char *const *known, struct dm_error *err)
{
    for (size_t i = 0; i < target->parameter_count; i++) {
        struct dm_str name = target->parameters[i].name;
        if (!is_known(name, known)) {
            problem_set(err, PROBLEM_UNKNOWN_PARAMETER,
                        "there is no parameter \"%.*s\" here", STR_ARG(name));
            hint_at_known(known, err);
            return (enum dm_code)PROBLEM_UNKNOWN_PARAMETER;
        }
        if (occurrences(target, name) > 1)
            return problem_set(err, PROBLEM_DUPLICATE_PARAMETER,
                               "the parameter \"%.*s\" is given more than once",
                               STR_ARG(name));
    }
    return DM_OK;
}
