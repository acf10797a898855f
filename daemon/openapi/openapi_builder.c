/* Building a document. */
#include "daemon/openapi/openapi_builder.h"

#include <stdarg.h>

void openapi_put(struct openapi *api, json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value))
        api->failed = true;
}

void openapi_put_str(struct openapi *api, json_t *object, struct dm_str name,
                     json_t *value)
{
    if (json_object_setn_new(object, name.ptr, name.len, value))
        api->failed = true;
}

void openapi_put_named(struct openapi *api, json_t *object, json_t *value,
                       const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    json_t *name = json_vsprintf(format, arguments);
    va_end(arguments);
    if (json_object_set_new(object, json_string_value(name), value))
        api->failed = true;
    json_decref(name);
}

void openapi_append(struct openapi *api, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value))
        api->failed = true;
}

json_t *openapi_json(const char *text)
{
    return json_loads(text, JSON_DECODE_ANY, NULL);
}

json_t *openapi_str(struct dm_str text)
{
    return json_stringn(text.ptr, text.len);
}

json_t *openapi_ref(const char *kind, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    json_t *name = json_vsprintf(format, arguments);
    va_end(arguments);
    json_t *path =
        name ? json_sprintf("#/components/%s/%s", kind, json_string_value(name)) : NULL;
    json_decref(name);
    return json_pack("{s:o}", "$ref", path);
}
