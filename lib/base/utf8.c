/* UTF-8: checking, cutting, encoding. */
#include "base/utf8.h"

/* Length of the character that starts at p, or 0 (RFC 3629 section 4). */
static size_t character(const unsigned char *p, size_t left)
{
    unsigned char lead = p[0], low = 0x80, high = 0xBF;
    size_t len = lead < 0x80   ? 1
                 : lead < 0xC2 ? 0
                 : lead < 0xE0 ? 2
                 : lead < 0xF0 ? 3
                               : 4;
    if (lead > 0xF4 || len == 0 || len > left)
        return 0;
    if (lead == 0xE0)
        low = 0xA0;
    if (lead == 0xED)
        high = 0x9F;
    if (lead == 0xF0)
        low = 0x90;
    if (lead == 0xF4)
        high = 0x8F;
    if (len > 1 && (p[1] < low || p[1] > high))
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return len;
}

static bool ascii8(const char *p)
{
    unsigned long long word;
    memcpy(&word, p, sizeof word);
    return !(word & 0x8080808080808080ULL);
}

bool utf8_valid(struct dm_str text)
{
    size_t at = 0;
    while (at < text.len) {
        if (text.len - at >= 8 && ascii8(text.ptr + at)) {
            at += 8;
            continue;
        }
        size_t len = character((const unsigned char *)text.ptr + at, text.len - at);
        if (!len)
            return false;
        at += len;
    }
    return true;
}

size_t utf8_cut(const char *text, size_t len)
{
    size_t start = len;
    while (start > 0 && len - start < 4 &&
           ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0 || (unsigned char)text[start - 1] < 0x80)
        return len;
    start--;
    return character((const unsigned char *)text + start, len - start) ? len : start;
}

size_t utf8_encode(unsigned code_point, char out[4])
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xC0 | code_point >> 6);
        out[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xE0 | code_point >> 12);
        out[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code_point >> 18);
    out[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code_point & 0x3F));
    return 4;
}
