/* DynamoDB's ValidationException, said by us. */
#ifndef DYNAMOD_EXPR_VALIDATION_H
#define DYNAMOD_EXPR_VALIDATION_H

#include "base/error.h"

/* As error_set, with DM_E_VALIDATION and DynamoDB's type of error. */
enum dm_code validation_error(struct dm_error *err, const char *format, ...)
    DM_PRINTF(2, 3);

#endif
