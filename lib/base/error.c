/* Errors: their names, and how they are filled in. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

static const char *const code_names[DM_E_CODE_COUNT] = {
    [DM_OK] = "ok",
    [DM_E_NOMEM] = "out-of-memory",
    [DM_E_INTERNAL] = "internal-error",
    [DM_E_CONFIG] = "invalid-configuration",
    [DM_E_INVALID] = "invalid-request",
    [DM_E_INVALID_KEY] = "invalid-key",
    [DM_E_INVALID_PROJECTION] = "invalid-projection",
    [DM_E_INVALID_FILTER] = "invalid-filter",
    [DM_E_INVALID_TOKEN] = "invalid-token",
    [DM_E_INVALID_ITEM] = "invalid-item",
    [DM_E_INVALID_PATCH] = "invalid-patch",
    [DM_E_TOO_LARGE] = "item-too-large",
    [DM_E_FORBIDDEN] = "operation-not-allowed",
    [DM_E_NOT_FOUND] = "item-not-found",
    [DM_E_MODEL_NOT_FOUND] = "model-not-found",
    [DM_E_INDEX_NOT_FOUND] = "index-not-found",
    [DM_E_TABLE_NOT_FOUND] = "table-not-found",
    [DM_E_EXISTS] = "item-exists",
    [DM_E_VALIDATION] = "validation-failed",
    [DM_E_CONFLICT] = "conflict",
    [DM_E_CONDITION] = "condition-failed",
    [DM_E_PRECONDITION_REQUIRED] = "precondition-required",
    [DM_E_CREDENTIALS] = "no-credentials",
    [DM_E_REFUSED] = "upstream-refused",
    [DM_E_UPSTREAM] = "upstream-failed",
    [DM_E_THROTTLED] = "throttled",
    [DM_E_OVERLOADED] = "overloaded",
    [DM_E_UNAVAILABLE] = "upstream-unavailable",
    [DM_E_TIMEOUT] = "timeout",
};

const char *dm_code_name(enum dm_code code)
{
    if ((unsigned)code >= DM_E_CODE_COUNT)
        return "unknown";
    return code_names[code];
}

DM_PRINTF(3, 0)
static void format_text(char *text, size_t size, const char *format, va_list args)
{
    int len = vsnprintf(text, size, format, args);
    if (len < 0)
        text[0] = '\0';
    if ((size_t)len >= size)
        text[utf8_cut(text, size - 1)] = '\0';
}

enum dm_code(error_set)(struct dm_error *err, enum dm_code code, const char *format, ...)
{
    if (!err)
        return code;

    *err = (struct dm_error){.code = code};
    va_list args;
    va_start(args, format);
    format_text(err->message, sizeof err->message, format, args);
    va_end(args);
    return code;
}

void error_hint(struct dm_error *err, const char *format, ...)
{
    if (!err)
        return;
    va_list args;
    va_start(args, format);
    format_text(err->hint, sizeof err->hint, format, args);
    va_end(args);
}

enum dm_code(error_nomem)(struct dm_error *err)
{
    return error_set(err, DM_E_NOMEM, "out of memory");
}
