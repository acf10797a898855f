/* Borrowed strings. */
#include "base/str.h"

#include "base/mem.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool str_equal_nocase(struct dm_str a, struct dm_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

bool str_starts(struct dm_str str, struct dm_str prefix)
{
    return str.len >= prefix.len &&
           str_equal((struct dm_str){str.ptr, prefix.len}, prefix);
}

bool str_ends(struct dm_str str, struct dm_str suffix)
{
    return str.len >= suffix.len &&
           str_equal((struct dm_str){str.ptr + (str.len - suffix.len), suffix.len},
                     suffix);
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct dm_str str_trim(struct dm_str str)
{
    while (str.len && blank(str.ptr[0]))
        str.ptr++, str.len--;
    while (str.len && blank(str.ptr[str.len - 1]))
        str.len--;
    return str;
}

struct dm_str str_split(struct dm_str *rest, char separator)
{
    struct dm_str part = *rest;
    const char *end = part.len ? memchr(part.ptr, separator, part.len) : NULL;
    if (!end) {
        *rest = (struct dm_str){NULL, 0};
        return part;
    }
    part.len = (size_t)(end - part.ptr);
    *rest = (struct dm_str){end + 1, rest->len - part.len - 1};
    return part;
}

char *str_dup(struct dm_str str)
{
    char *copy = mem_new(str.len + 1);
    if (copy && str.len)
        memcpy(copy, str.ptr, str.len);
    return copy;
}

bool str_to_size(struct dm_str str, size_t max, size_t *ret_value)
{
    size_t value = 0;
    if (str.len == 0)
        return false;
    for (size_t i = 0; i < str.len; i++) {
        if (str.ptr[i] < '0' || str.ptr[i] > '9')
            return false;
        size_t digit = (size_t)(str.ptr[i] - '0');
        if (digit > max || value > (max - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *ret_value = value;
    return true;
}
