/* Base64 and base64url, written in whole groups, read strictly. */
#include "base/base64.h"

#include <stdint.h>

#include "base/error.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_write(struct dm_str bytes, struct dm_buf *out)
{
    size_t len = bytes.len / 3 * 4 + (bytes.len % 3 ? 4 : 0);
    char *to = len ? buf_room(out, len) : NULL;
    if (!to)
        return;

    const unsigned char *from = (const unsigned char *)bytes.ptr;
    for (size_t left = bytes.len; left; to += 4) {
        size_t taken = left < 3 ? left : 3;
        unsigned group = (unsigned)from[0] << 16;
        group |= taken > 1 ? (unsigned)from[1] << 8 : 0;
        group |= taken > 2 ? (unsigned)from[2] : 0;
        to[0] = alphabet[group >> 18];
        to[1] = alphabet[group >> 12 & 63];
        to[2] = taken > 1 ? alphabet[group >> 6 & 63] : '=';
        to[3] = taken > 2 ? alphabet[group & 63] : '=';
        from += taken;
        left -= taken;
    }
    out->len += len;
}

/* clang-format off */
/* A character's six bits plus one, 0 for none; both alphabets at once. */
static const uint8_t sextets[128] = {
    ['+'] = 63, ['-'] = 63, ['/'] = 64, ['_'] = 64,
    ['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
    ['A'] =  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13,
            14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
    ['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
            40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
};
/* clang-format on */

/* Reads up to four characters into out, one less bytes; the bits that no byte takes must
 * be zero (RFC 4648 section 3.5). */
static bool read_group(const char *text, size_t len, char *out)
{
    unsigned group = 0;
    if (len < 2)
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= sizeof sextets || !sextets[c])
            return false;
        group |= (sextets[c] - 1U) << (18 - 6 * i);
    }
    size_t bytes = len - 1;
    if (group & (0xFFFFFFU >> 8 * bytes))
        return false;
    for (size_t i = 0; i < bytes; i++)
        out[i] = (char)(group >> (16 - 8 * i));
    return true;
}

static enum dm_code read_text(struct dm_str text, struct arena *arena,
                              struct dm_str *ret_bytes, struct dm_error *err)
{
    char *bytes = arena_alloc(arena, text.len / 4 * 3 + 3);
    if (!bytes)
        return error_nomem(err);
    size_t len = 0;
    for (size_t at = 0; at < text.len; at += 4) {
        size_t taken = text.len - at < 4 ? text.len - at : 4;
        if (!read_group(text.ptr + at, taken, bytes + len))
            return error_set(err, DM_E_INVALID, "not base64");
        len += taken - 1;
    }
    *ret_bytes = (struct dm_str){bytes, len};
    return DM_OK;
}

static bool holds(struct dm_str text, char c)
{
    return text.len && memchr(text.ptr, c, text.len);
}

/* Without the one or two '=' that fill the last group. */
static struct dm_str without_padding(struct dm_str text)
{
    size_t len = text.len;
    for (int i = 0; i < 2 && len && text.ptr[len - 1] == '='; i++)
        len--;
    return (struct dm_str){text.ptr, len};
}

enum dm_code base64_read(struct dm_str text, struct arena *arena,
                         struct dm_str *ret_bytes, struct dm_error *err)
{
    if (text.len % 4 || holds(text, '-') || holds(text, '_'))
        return error_set(err, DM_E_INVALID, "not base64");
    return read_text(without_padding(text), arena, ret_bytes, err);
}

enum dm_code base64url_read(struct dm_str text, struct arena *arena,
                            struct dm_str *ret_bytes, struct dm_error *err)
{
    struct dm_str digits = without_padding(text);
    bool badly_padded = digits.len != text.len && text.len % 4;
    if (badly_padded || holds(text, '+') || holds(text, '/'))
        return error_set(err, DM_E_INVALID, "not base64url");
    return read_text(digits, arena, ret_bytes, err);
}
