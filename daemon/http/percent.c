/* Percent-encoding. */
#include "daemon/http/percent.h"

#include "base/utf8.h"
#include "daemon/http/problem.h"

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

/* The byte at encoded[*at], and *at past it; -1 when there is none to be had. */
static int decode_byte(struct dm_str encoded, size_t *at, bool plus_is_space)
{
    char c = encoded.ptr[(*at)++];
    if (c == '+' && plus_is_space)
        return ' ';
    if (c != '%')
        return allowed(c) ? (unsigned char)c : -1;
    if (encoded.len - *at < 2)
        return -1;
    int high = hex_digit(encoded.ptr[*at]), low = hex_digit(encoded.ptr[*at + 1]);
    *at += 2;
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

enum dm_code percent_decode(const struct percent_text *kind, struct dm_str encoded,
                            struct arena *arena, struct dm_str *ret_text,
                            struct dm_error *err)
{
    char *text = arena_alloc(arena, encoded.len + 1);
    if (!text)
        return error_nomem(err);

    size_t len = 0;
    for (size_t at = 0; at < encoded.len;) {
        int byte = decode_byte(encoded, &at, kind->plus_is_space);
        if (byte < 0)
            return problem_set(err, kind->problem,
                               "the %s has a character that must be percent-encoded, or "
                               "a broken percent-encoding",
                               kind->what);
        text[len++] = (char)byte;
    }
    text[len] = '\0';
    if (!utf8_valid((struct dm_str){text, len}))
        return problem_set(err, kind->problem, "the %s is not UTF-8", kind->what);

    *ret_text = (struct dm_str){text, len};
    return DM_OK;
}

static bool unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~", c));
}

void percent_encode(struct dm_str text, struct dm_buf *out)
{
    for (size_t i = 0; i < text.len; i++)
        if (unreserved(text.ptr[i]))
            buf_add_char(out, text.ptr[i]);
        else
            buf_printf(out, "%%%02X", (unsigned char)text.ptr[i]);
}

/* Visible ASCII but those that RFC 3986 leaves out. */
static bool in_uri(char c)
{
    return c > ' ' && c <= '~' && !strchr("\"<>\\^`{|}", c);
}

void percent_mend(struct dm_str encoded, struct dm_buf *out)
{
    for (size_t i = 0; i < encoded.len; i++)
        if (in_uri(encoded.ptr[i]))
            buf_add_char(out, encoded.ptr[i]);
        else
            buf_printf(out, "%%%02X", (unsigned char)encoded.ptr[i]);
}
