/* The Prefer header. */
#include "daemon/http/preference.h"

#include "base/str.h"

static struct dm_str unquoted(struct dm_str value)
{
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
        return (struct dm_str){value.ptr + 1, value.len - 2};
    return value;
}

/* The value of the first of that name, which alone counts (section 2). */
static struct dm_str find(struct dm_str prefer, struct dm_str name)
{
    while (prefer.ptr) {
        struct dm_str parameters = str_split(&prefer, ',');
        struct dm_str value = str_split(&parameters, ';');
        if (str_equal_nocase(str_trim(str_split(&value, '=')), name))
            return unquoted(str_trim(value));
    }
    return (struct dm_str){NULL, 0};
}

static enum preferred_return read_return(struct dm_str value)
{
    if (str_equal_nocase(value, STR("minimal")))
        return PREFER_MINIMAL;
    return str_equal_nocase(value, STR("representation")) ? PREFER_REPRESENTATION
                                                          : PREFER_NOTHING;
}

struct preferences preferences_read(struct dm_str prefer)
{
    struct dm_str handling = find(prefer, STR("handling"));
    return (struct preferences){
        .lenient = str_equal_nocase(handling, STR("lenient")),
        .preferred_return = read_return(find(prefer, STR("return"))),
    };
}

const char *preferences_applied(const struct preferences *preferences, bool returned)
{
    static const char *const texts[][PREFER_REPRESENTATION + 1] = {
        {"", "return=minimal", "return=representation"},
        {"handling=lenient", "handling=lenient, return=minimal",
         "handling=lenient, return=representation"},
    };
    return texts[preferences->lenient]
                [returned ? preferences->preferred_return : PREFER_NOTHING];
}
