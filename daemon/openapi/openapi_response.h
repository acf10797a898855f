/* Responses of the document: what an operation answers when it ends well, and the header
 * fields of all answers. */
#ifndef DYNAMOD_DAEMON_OPENAPI_OPENAPI_RESPONSE_H
#define DYNAMOD_DAEMON_OPENAPI_OPENAPI_RESPONSE_H

#include "daemon/openapi/openapi_builder.h"
#include "daemon/openapi/openapi_operation.h"

/* Sets of them are sums. */
enum {
    HEADERS_ALWAYS = 1 << 0,
    HEADERS_OF_STORE = 1 << 1,
    HEADERS_OF_TAG = 1 << 2,
    HEADERS_OF_PAGE = 1 << 3,
    HEADERS_OF_RETRY = 1 << 4,
    HEADERS_OF_CREATION = 1 << 5
};

/* Adds what is the same for every app. */
void openapi_add_responses(struct openapi *api);

/* A response's `headers`. */
json_t *openapi_headers(struct openapi *api, unsigned headers);

/* Adds those of a model's items, for endpoints to refer to. */
void openapi_add_model_responses(struct openapi *api, const struct model_listing *model);

/* Adds the success, and what else is no error, to an endpoint's `responses`. */
void openapi_add_success(struct openapi *api, const struct openapi_endpoint *endpoint,
                         json_t *responses);

#endif
