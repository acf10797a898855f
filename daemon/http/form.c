/* Forms. */
#include "daemon/http/form.h"

#include "base/str.h"

static enum dm_code read_parameter(const struct percent_text *kind, struct dm_str value,
                                   struct arena *arena, struct parameter_list *list,
                                   struct dm_error *err)
{
    struct parameter_text text;
    if (str_empty(value)) /* "a=1&&b=2" */
        return DM_OK;
    struct dm_str name = str_split(&value, '=');
    DM_TRY(percent_decode(kind, name, arena, &text.name, err));
    DM_TRY(percent_decode(kind, value, arena, &text.value, err));
    return parameter_list_add(list, &text, arena, err);
}

enum dm_code form_read(const struct percent_text *kind, struct dm_str text,
                       struct arena *arena, struct parameter_list *list,
                       struct dm_error *err)
{
    while (text.ptr)
        DM_TRY(read_parameter(kind, str_split(&text, '&'), arena, list, err));
    return DM_OK;
}
