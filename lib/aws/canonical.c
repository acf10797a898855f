/* The canonical form of a request. */
#include "aws/canonical.h"

#include "base/error.h"
#include "base/str.h"
#include "net/http_field.h"

static char *put(char *to, struct dm_str text)
{
    if (text.len)
        memcpy(to, text.ptr, text.len);
    return to + text.len;
}

static char *put_char(char *to, char c)
{
    *to = c;
    return to + 1;
}

/* --- the path --- */

static bool letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool unreserved(char c)
{
    return letter_or_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/* What was percent-encoded is so once more: every service but S3 wants it twice. */
static char *put_encoded(char *to, struct dm_str segment)
{
    for (size_t i = 0; i < segment.len; i++) {
        unsigned char c = (unsigned char)segment.ptr[i];
        if (unreserved((char)c)) {
            *to++ = (char)c;
            continue;
        }
        *to++ = '%';
        *to++ = "0123456789ABCDEF"[c >> 4];
        *to++ = "0123456789ABCDEF"[c & 15];
    }
    return to;
}

static char *drop_segment(char *start, char *to)
{
    while (to > start && *--to != '/')
        ;
    return to;
}

/* RFC 3986, section 5.2.4, and without empty segments. */
static char *put_path(char *to, struct dm_str path)
{
    char *start = to;
    bool slash = str_ends(path, STR("/"));
    while (path.ptr) {
        struct dm_str segment = str_split(&path, '/');
        if (str_empty(segment) || str_equal(segment, STR(".")))
            continue;
        if (str_equal(segment, STR("..")))
            to = drop_segment(start, to);
        else
            to = put_encoded(put_char(to, '/'), segment);
    }
    return slash || to == start ? put_char(to, '/') : to;
}

/* --- the headers --- */

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

static enum dm_code check_header(const struct http_header *header, struct dm_error *err)
{
    if (!field_is_name(header->name))
        return error_set(err, DM_E_INVALID, "a header's name is not an HTTP token");
    if (!field_is_value(header->value))
        return error_set(err, DM_E_INVALID,
                         "header %.*s: its value holds a control character",
                         STR_ARG(header->name));
    return DM_OK;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static enum dm_code lower_name(struct http_header *header, struct arena *arena,
                               struct dm_error *err)
{
    char *name = arena_alloc(arena, header->name.len);
    if (!name)
        return error_nomem(err);
    for (size_t i = 0; i < header->name.len; i++)
        name[i] = lower(header->name.ptr[i]);
    header->name.ptr = name;
    return DM_OK;
}

static int compare_names(struct dm_str a, struct dm_str b)
{
    int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Stable, and the fastest for the handful that there are. */
static void sort_headers(struct http_header *headers, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct http_header moved = headers[i];
        size_t at = i;
        for (; at && compare_names(headers[at - 1].name, moved.name) > 0; at--)
            headers[at] = headers[at - 1];
        headers[at] = moved;
    }
}

static enum dm_code prepare_headers(const struct canonical_input *input,
                                    struct arena *arena, struct dm_error *err)
{
    for (size_t i = 0; i < input->header_count; i++) {
        DM_TRY(check_header(&input->headers[i], err));
        DM_TRY(lower_name(&input->headers[i], arena, err));
    }
    sort_headers(input->headers, input->header_count);
    return DM_OK;
}

/* Trimmed, and each run of blanks one space. */
static char *put_value(char *to, struct dm_str value)
{
    value = str_trim(value);
    for (size_t i = 0; i < value.len; i++) {
        if (!blank(value.ptr[i]))
            *to++ = value.ptr[i];
        else if (!blank(value.ptr[i - 1]))
            *to++ = ' ';
    }
    return to;
}

static bool same_name_as_before(const struct canonical_input *input, size_t i)
{
    return i > 0 && str_equal(input->headers[i].name, input->headers[i - 1].name);
}

static char *put_headers(char *to, const struct canonical_input *input)
{
    for (size_t i = 0; i < input->header_count; i++) {
        const struct http_header *header = &input->headers[i];
        if (same_name_as_before(input, i))
            to[-1] = ',';
        else
            to = put_char(put(to, header->name), ':');
        to = put_char(put_value(to, header->value), '\n');
    }
    return to;
}

static char *put_signed_headers(char *to, const struct canonical_input *input)
{
    const char *start = to;
    for (size_t i = 0; i < input->header_count; i++) {
        if (same_name_as_before(input, i))
            continue;
        if (to > start)
            to = put_char(to, ';');
        to = put(to, input->headers[i].name);
    }
    return to;
}

/* At least what the text takes: each byte of a path may become three. */
static size_t room(const struct canonical_input *input)
{
    size_t len = input->method.len + 3 * input->path.len + input->query.len +
                 input->body_hash.len + 6;
    for (size_t i = 0; i < input->header_count; i++)
        len += 2 * input->headers[i].name.len + input->headers[i].value.len + 3;
    return len;
}

enum dm_code canonical_make(const struct canonical_input *input, struct arena *arena,
                            struct canonical *ret_form, struct dm_error *err)
{
    DM_TRY(prepare_headers(input, arena, err));
    char *text = arena_alloc(arena, room(input));
    if (!text)
        return error_nomem(err);

    char *to = put_char(put(text, input->method), '\n');
    to = put_char(put_path(to, input->path), '\n');
    to = put_char(put(to, input->query), '\n');
    to = put_char(put_headers(to, input), '\n');
    char *names = to;
    to = put_signed_headers(to, input);
    ret_form->signed_headers = (struct dm_str){names, (size_t)(to - names)};
    to = put(put_char(to, '\n'), input->body_hash);
    ret_form->text = (struct dm_str){text, (size_t)(to - text)};
    return DM_OK;
}
