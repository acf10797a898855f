/* The traceparent header. */
#include "daemon/http/traceparent.h"

#include "base/str.h"

enum { SHORTEST = 55, LONGEST = 256 };

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Takes so many digits from the text. */
static bool take_digits(struct dm_str *text, size_t count, bool may_be_zero)
{
    bool is_zero = true;
    if (text->len < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!is_hex(text->ptr[i]))
            return false;
        is_zero = is_zero && text->ptr[i] == '0';
    }
    *text = (struct dm_str){text->ptr + count, text->len - count};
    return may_be_zero || !is_zero;
}

static bool take_dash(struct dm_str *text)
{
    if (!str_starts(*text, STR("-")))
        return false;
    *text = (struct dm_str){text->ptr + 1, text->len - 1};
    return true;
}

static bool all_visible(struct dm_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return false;
    return true;
}

bool traceparent_valid(struct dm_str text)
{
    struct dm_str rest = text;
    if (text.len < SHORTEST || text.len > LONGEST || str_starts(text, STR("ff")))
        return false;
    if (!take_digits(&rest, 2, true) || !take_dash(&rest) ||
        !take_digits(&rest, 32, false) || !take_dash(&rest) ||
        !take_digits(&rest, 16, false) || !take_dash(&rest) ||
        !take_digits(&rest, 2, true))
        return false;
    if (str_empty(rest))
        return true;
    return !str_starts(text, STR("00")) && take_dash(&rest) && all_visible(rest);
}
