/* The OpenAPI 3.1 document of one app: https://spec.openapis.org/oas/v3.1.1.html */
#ifndef DYNAMOD_DAEMON_OPENAPI_OPENAPI_H
#define DYNAMOD_DAEMON_OPENAPI_OPENAPI_H

#include <jansson.h>

#include "model/app.h"

struct openapi_app {
    const char *name;
    bool is_named; /* served at /apps/{app}; else it is the default, at / */
    const struct model_listing *models;
    size_t model_count;
    bool asks;         /* its callers who they are */
    unsigned page_max; /* items of a page; 0: as many as `limit` may be anywhere */
};

/*
 * What routes, parameters, content types and problems make of the app's models: a path
 * for each model and index, without a placeholder for their names, for what `allow`
 * includes. A model whose table is not described keeps only what needs no key. HEAD and
 * OPTIONS are not told apart from GET. NULL: out of memory.
 */
json_t *openapi_document(const struct openapi_app *app);

#endif
