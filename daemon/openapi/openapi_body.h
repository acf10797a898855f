/* Bodies of the document's requests. */
#ifndef DYNAMOD_DAEMON_OPENAPI_OPENAPI_BODY_H
#define DYNAMOD_DAEMON_OPENAPI_OPENAPI_BODY_H

#include "daemon/openapi/openapi_builder.h"
#include "daemon/openapi/openapi_operation.h"

/* An operation's `requestBody`, in each content type that its route takes. */
json_t *openapi_body_of(struct openapi *api, const struct openapi_endpoint *endpoint);

#endif
