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

bool field_is_value(struct dm_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}
