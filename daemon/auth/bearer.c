/* Reading the Authorization field. */
#include "daemon/auth/bearer.h"

#include "base/str.h"

static bool is_of_token(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~+/", c));
}

/* 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=" */
static bool is_token(struct dm_str text)
{
    size_t len = 0;
    while (len < text.len && is_of_token(text.ptr[len]))
        len++;
    bool has_any = len > 0;
    while (len < text.len && text.ptr[len] == '=')
        len++;
    return has_any && len == text.len;
}

bool bearer_parse(struct dm_str value, struct dm_str *ret_token)
{
    struct dm_str token = value;
    struct dm_str scheme = str_split(&token, ' ');
    if (!token.ptr || !str_equal_nocase(scheme, STR("Bearer")))
        return false;
    token = str_trim(token);
    if (!is_token(token))
        return false;
    *ret_token = token;
    return true;
}
