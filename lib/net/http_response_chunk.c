/* A reply's body in chunks (RFC 9112 section 7.1). Extensions and trailers are dropped.
 */
#include <stdint.h>

#include "net/http_response.h"

#define NO_DIGIT 16U

static unsigned hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? (unsigned)(lower - 'a') + 10 : NO_DIGIT;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* No control character but the tab. */
static bool is_text(char c)
{
    return is_blank(c) || ((unsigned char)c > ' ' && c != 0x7f);
}

static void move_on(struct response *response, bool allowed, enum response_part part)
{
    if (allowed)
        response->part = part;
    else
        response->progress = RESPONSE_NOT_HTTP;
}

/* A size past what fits is as large as can be. */
static void add_digit(struct response *response, unsigned digit)
{
    response->left =
        response->left > SIZE_MAX >> 4 ? SIZE_MAX : response->left << 4 | digit;
    response->digits++;
}

static void after_size(struct response *response, char c)
{
    if (c == '\r')
        move_on(response, true, RESPONSE_CHUNK_SIZE_END);
    else if (is_blank(c))
        move_on(response, true, RESPONSE_CHUNK_BLANK);
    else
        move_on(response, c == ';', RESPONSE_CHUNK_EXTENSION);
}

static void read_size(struct response *response, char c)
{
    unsigned digit = hex_digit(c);
    if (digit != NO_DIGIT)
        add_digit(response, digit);
    else if (response->digits)
        after_size(response, c);
    else
        response->progress = RESPONSE_NOT_HTTP;
}

static void size_ended(struct response *response, char c)
{
    move_on(response, c == '\n',
            response->left ? RESPONSE_CHUNK_DATA : RESPONSE_TRAILER_START);
    if (c == '\n' && response->left > response->max_body - response->body.len)
        response->progress = RESPONSE_TOO_LARGE;
    response->chunk_line = 0;
    response->digits = 0;
}

static void read_line_character(struct response *response, char c)
{
    if (++response->chunk_line > RESPONSE_CHUNK_LINE_MAX) {
        response->progress = RESPONSE_NOT_HTTP;
        return;
    }
    if (response->part == RESPONSE_CHUNK_SIZE)
        read_size(response, c);
    else if (response->part == RESPONSE_CHUNK_BLANK)
        after_size(response, c);
    else if (response->part == RESPONSE_CHUNK_SIZE_END)
        size_ended(response, c);
    else if (c == '\r')
        move_on(response, true, RESPONSE_CHUNK_SIZE_END);
    else
        move_on(response, is_text(c), RESPONSE_CHUNK_EXTENSION);
}

static void read_trailer(struct response *response, char c)
{
    if (++response->seen > RESPONSE_HEAD_MAX)
        response->progress = RESPONSE_HEAD_TOO_LARGE;
    else if (response->part == RESPONSE_TRAILER_END)
        move_on(response, c == '\n', RESPONSE_TRAILER_START);
    else if (response->part == RESPONSE_LAST_LF)
        move_on(response, c == '\n', RESPONSE_END);
    else if (c == '\r')
        response->part =
            response->part == RESPONSE_TRAILER ? RESPONSE_TRAILER_END : RESPONSE_LAST_LF;
    else
        move_on(response,
                is_text(c) && (response->part == RESPONSE_TRAILER || !is_blank(c)),
                RESPONSE_TRAILER);
    if (response->part == RESPONSE_END)
        response->progress = RESPONSE_WHOLE;
}

static void read_character(struct response *response, char c)
{
    if (response->part == RESPONSE_CHUNK_DATA_CR)
        move_on(response, c == '\r', RESPONSE_CHUNK_DATA_LF);
    else if (response->part == RESPONSE_CHUNK_DATA_LF)
        move_on(response, c == '\n', RESPONSE_CHUNK_SIZE);
    else if (response->part >= RESPONSE_TRAILER_START)
        read_trailer(response, c);
    else
        read_line_character(response, c);
}

static size_t read_data(struct response *response, const char *bytes, size_t len)
{
    size_t used = len < response->left ? len : response->left;
    response_add_body(response, bytes, used);
    response->left -= used;
    if (!response->left)
        response->part = RESPONSE_CHUNK_DATA_CR;
    return used;
}

size_t response_read_chunks(struct response *response, const char *bytes, size_t len)
{
    size_t used = 0;
    while (used < len && response->progress == RESPONSE_MORE) {
        if (response->part == RESPONSE_CHUNK_DATA)
            used += read_data(response, bytes + used, len - used);
        else
            read_character(response, bytes[used++]);
    }
    return used;
}
