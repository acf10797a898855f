/* The rule for names of tables and indexes. */
#include "value/table_name.h"

enum { NAME_MIN = 3, NAME_MAX = 255 };

static bool allowed(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-' || c == '.';
}

bool table_name_valid(struct dm_str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!allowed(name.ptr[i]))
            return false;
    return name.len >= NAME_MIN && name.len <= NAME_MAX;
}
