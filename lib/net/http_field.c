/* Header fields, as RFC 9110 has them. */
#include "net/http_field.h"

#include <stdint.h>

/* A bit for each character of a token, from that of code 0 on. */
static const uint32_t token_characters[256 / 32] = {
    0, 0x03ff6cfa, /* ! # $ % & ' * + - . 0-9 */
    0xc7fffffe,    /* A-Z ^ _ */
    0x57ffffff,    /* ` a-z | ~ */
};

bool field_is_name(struct dm_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (!(token_characters[c / 32] >> c % 32 & 1))
            return false;
    }
    return text.len > 0;
}

static bool is_control(unsigned char c)
{
    return (c < ' ' && c != '\t') || c == 0x7f;
}

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* Whether one of eight bytes is below the blank or DEL; the tab too, so look again. */
static bool may_have_control(const char *bytes)
{
    uint64_t word = 0;
    memcpy(&word, bytes, sizeof word);
    uint64_t low = (word - EACH_BYTE(' ')) & ~word;
    uint64_t del = word ^ EACH_BYTE(0x7f);
    del = (del - EACH_BYTE(1)) & ~del;
    return (low | del) & EACH_BYTE(0x80);
}

bool field_is_value(struct dm_str text)
{
    size_t i = 0;
    while (i < text.len) {
        if (text.len - i >= sizeof(uint64_t) && !may_have_control(text.ptr + i))
            i += sizeof(uint64_t);
        else if (is_control((unsigned char)text.ptr[i++]))
            return false;
    }
    return true;
}
