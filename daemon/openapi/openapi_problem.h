/* Which problems an operation can end with. */
#ifndef DYNAMOD_DAEMON_OPENAPI_OPENAPI_PROBLEM_H
#define DYNAMOD_DAEMON_OPENAPI_OPENAPI_PROBLEM_H

#include "daemon/openapi/openapi_builder.h"
#include "daemon/openapi/openapi_operation.h"

/* Adds the errors to the endpoint's `responses`: by status, each with the types that this
 * operation has. */
void openapi_add_problems(struct openapi *api, const struct openapi_endpoint *endpoint,
                          json_t *responses);

#endif
