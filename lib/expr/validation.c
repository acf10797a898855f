/* Errors in DynamoDB's words. */
#include "expr/validation.h"

#include <stdarg.h>
#include <stdio.h>

enum dm_code(validation_error)(struct dm_error *err, const char *format, ...)
{
    if (!err)
        return DM_E_VALIDATION;

    char message[sizeof err->message + 1]; /* one more, so that error_set cuts it */
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    error_set(err, DM_E_VALIDATION, "%s", message);
    snprintf(err->upstream_type, sizeof err->upstream_type, "ValidationException");
    return DM_E_VALIDATION;
}
