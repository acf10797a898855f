/* A reply's status line and fields, and what they say of its body. */
#include <stdint.h>

#include "base/str.h"
#include "net/http_field.h"
#include "net/http_response.h"

enum { STATUS_AT = 9, STATUS_END = STATUS_AT + 3 /* in "HTTP/1.1 200" */ };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_version(const char *text)
{
    return memcmp(text, "HTTP/1.1 ", STATUS_AT) == 0 ||
           memcmp(text, "HTTP/1.0 ", STATUS_AT) == 0;
}

/* RFC 9112 section 4; the blank before an empty reason may be missing. */
static bool read_status(struct response *response, struct dm_str line)
{
    if (line.len < STATUS_END || !is_version(line.ptr) || !field_is_value(line) ||
        (line.len > STATUS_END && line.ptr[STATUS_END] != ' '))
        return false;
    response->is_http_1_0 = line.ptr[STATUS_AT - 2] == '0';
    response->status = 0;
    for (size_t i = STATUS_AT; i < STATUS_END; i++) {
        if (!is_digit(line.ptr[i]))
            return false;
        response->status = response->status * 10 + (unsigned)(line.ptr[i] - '0');
    }
    return response->status >= 100;
}

/* --- the fields that frame --- */

/* A length past what fits is as large as can be: nobody takes it. */
static bool read_length(struct dm_str value, size_t *ret_length)
{
    size_t length = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (!is_digit(value.ptr[i]))
            return false;
        size_t digit = (size_t)(value.ptr[i] - '0');
        length = length > (SIZE_MAX - digit) / 10 ? SIZE_MAX : length * 10 + digit;
    }
    *ret_length = length;
    return value.len > 0;
}

static bool note_length(struct response *response, struct dm_str value)
{
    size_t length = 0;
    if (!read_length(value, &length) ||
        (response->has_length && length != response->left))
        return false;
    response->has_length = true;
    response->left = length;
    return true;
}

/* No other coding was asked for (RFC 9112 section 7.4). */
static bool note_coding(struct response *response, struct dm_str value)
{
    if (response->is_chunked || !str_equal_nocase(value, STR("chunked")))
        return false;
    response->is_chunked = true;
    return true;
}

static bool note_connection(struct response *response, struct dm_str value)
{
    while (value.ptr) {
        struct dm_str option = str_trim(str_split(&value, ','));
        response->says_close |= str_equal_nocase(option, STR("close"));
        response->says_keep_alive |= str_equal_nocase(option, STR("keep-alive"));
    }
    return true;
}

static bool read_field(struct response *response, struct dm_str line)
{
    static const struct {
        struct dm_str name;
        bool (*note)(struct response *response, struct dm_str value);
    } framing[] = {
        {{"Content-Length", 14}, note_length},
        {{"Transfer-Encoding", 17}, note_coding},
        {{"Connection", 10}, note_connection},
    };
    struct dm_str value = line, name = str_split(&value, ':');
    if (!value.ptr || !field_is_name(name) || !field_is_value(value))
        return false;
    for (size_t i = 0; i < DM_COUNT(framing); i++)
        if (name.len == framing[i].name.len && str_equal_nocase(name, framing[i].name))
            return framing[i].note(response, str_trim(value));
    return true;
}

enum response_progress response_read_line(struct response *response, struct dm_str line)
{
    bool is_status = line.ptr == response->head.ptr;
    bool good = is_status ? read_status(response, line) : read_field(response, line);
    return good ? RESPONSE_MORE : RESPONSE_NOT_HTTP;
}

/* --- the body --- */

/* A reply before the reply (RFC 9110 section 15.2): forgotten. We ask for no other
 * protocol, so 101 is none. */
static enum response_progress skip_interim(struct response *response)
{
    if (response->status == 101 || ++response->interims > RESPONSE_INTERIM_MAX)
        return RESPONSE_NOT_HTTP;
    buf_reset(&response->head);
    response->line = 0;
    response->left = 0;
    response->has_length = response->is_chunked = false;
    response->says_close = response->says_keep_alive = false;
    return RESPONSE_MORE;
}

static bool has_body(const struct response *response)
{
    return !response->is_to_head && response->status != 204 && response->status != 304;
}

static enum response_progress begin_body(struct response *response)
{
    if (response->is_chunked)
        response->part = RESPONSE_CHUNK_SIZE;
    else if (response->has_length)
        response->part = RESPONSE_BODY_OF_LENGTH;
    else
        response->part = RESPONSE_BODY_UNTIL_CLOSE;
    if (response->part == RESPONSE_BODY_UNTIL_CLOSE)
        response->keeps_alive = false;
    if (response->part != RESPONSE_BODY_OF_LENGTH)
        return RESPONSE_MORE;
    if (response->left > response->max_body)
        return RESPONSE_TOO_LARGE;
    return response->left ? RESPONSE_MORE : RESPONSE_WHOLE;
}

/* RFC 9112 sections 6.3 and 9.3. What may be read in two ways is not read at all. */
enum response_progress response_read_framing(struct response *response)
{
    if (response->is_chunked && (response->has_length || response->is_http_1_0))
        return RESPONSE_NOT_HTTP;
    if (response->status < 200)
        return skip_interim(response);
    response->keeps_alive =
        !response->says_close && (!response->is_http_1_0 || response->says_keep_alive);
    return has_body(response) ? begin_body(response) : RESPONSE_WHOLE;
}
