/* Parameters of the document: in the query, the header and the path. */
#ifndef DYNAMOD_DAEMON_OPENAPI_OPENAPI_PARAMETER_H
#define DYNAMOD_DAEMON_OPENAPI_OPENAPI_PARAMETER_H

#include "daemon/openapi/openapi_builder.h"
#include "daemon/openapi/openapi_operation.h"

/* Adds what is the same on every model of the app, for endpoints to refer to. */
void openapi_add_parameters(struct openapi *api, const struct openapi_app *app);

/* An operation's `parameters`. */
json_t *openapi_parameters_of(struct openapi *api,
                              const struct openapi_endpoint *endpoint);

/* Of a key as text, as it is at that place. */
json_t *openapi_key_text_schema(const struct openapi_place *place, bool is_range);

#endif
