/* Paths of the document: each route, for each model and index that it is of. */
#ifndef DYNAMOD_DAEMON_OPENAPI_OPENAPI_PATH_H
#define DYNAMOD_DAEMON_OPENAPI_OPENAPI_PATH_H

#include "daemon/openapi/openapi.h"
#include "daemon/openapi/openapi_builder.h"

void openapi_add_paths(struct openapi *api, const struct openapi_app *app);

#endif
