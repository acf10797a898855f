/* Quoting for error messages. */
#include "value/quote.h"

#include <stdio.h>

#include "base/utf8.h"

/* Length of the printable character that the bytes begin with, or 0. */
static size_t printable(struct dm_str bytes)
{
    unsigned char first = (unsigned char)bytes.ptr[0];
    if (first < 0x20 || first == 0x7F)
        return 0;
    for (size_t len = 1; len <= 4 && len <= bytes.len; len++)
        if (utf8_valid((struct dm_str){bytes.ptr, len}))
            /* U+0080 … U+009F are controls too. */
            return first == 0xC2 && (unsigned char)bytes.ptr[1] < 0xA0 ? 0 : len;
    return 0;
}

/* Writes how the first character or byte shows to out; returns the length of that. */
static size_t show(struct dm_str bytes, char out[8], size_t *ret_taken)
{
    size_t len = printable(bytes);
    if (len == 0) {
        *ret_taken = 1;
        return (size_t)snprintf(out, 8, "\\x%02x", (unsigned char)bytes.ptr[0]);
    }
    memcpy(out, bytes.ptr, len);
    *ret_taken = len;
    return len;
}

struct quote quote(struct dm_str bytes)
{
    struct quote quoted;
    size_t len = 0, taken;
    for (; bytes.len; bytes.ptr += taken, bytes.len -= taken) {
        char shown[8];
        size_t size = show(bytes, shown, &taken);
        if (len + size > QUOTE_MAX) {
            memcpy(quoted.text + len, "…", sizeof "…");
            return quoted;
        }
        memcpy(quoted.text + len, shown, size);
        len += size;
    }
    quoted.text[len] = '\0';
    return quoted;
}
