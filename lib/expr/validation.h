/* DynamoDB's ValidationException, said by us. */
#ifndef DYNAMOD_EXPR_VALIDATION_H
#define DYNAMOD_EXPR_VALIDATION_H

#include "base/error.h"

/* As error_set, with DM_E_VALIDATION and DynamoDB's type of error. */
enum dm_code validation_error(struct dm_error *err, const char *format, ...)
    DM_PRINTF(2, 3);

#ifdef __clang_analyzer__
#define validation_error(...) ((void)(validation_error)(__VA_ARGS__), DM_E_VALIDATION)
#endif

#endif
