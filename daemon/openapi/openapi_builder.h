/* A document under way: jansson's values, and one failure for all of them. */
#ifndef DYNAMOD_DAEMON_OPENAPI_OPENAPI_BUILDER_H
#define DYNAMOD_DAEMON_OPENAPI_OPENAPI_BUILDER_H

#include <jansson.h>

#include "base/macros.h"

/* Like a dm_buf: what cannot be added marks it, and is asked about once, at the end. */
struct openapi {
    json_t *document;                                           /* owned */
    json_t *paths, *schemas, *parameters, *headers, *responses; /* parts of it */
    json_t *problems; /* owned: the error responses of each operation, made once */
    bool asks;        /* its callers who they are */
    bool failed;
};

/* Each takes the value; NULL, as of what could not be made, is the failure. */
void openapi_put(struct openapi *api, json_t *object, const char *name, json_t *value);
void openapi_put_str(struct openapi *api, json_t *object, struct dm_str name,
                     json_t *value);
void openapi_put_named(struct openapi *api, json_t *object, json_t *value,
                       const char *format, ...) DM_PRINTF(4, 5);
void openapi_append(struct openapi *api, json_t *array, json_t *value);

/* A text of ours as the JSON that it is. */
json_t *openapi_json(const char *text);

json_t *openapi_str(struct dm_str text);

/* {"$ref":"#/components/KIND/NAME"}, the name as printf would write it. */
json_t *openapi_ref(const char *kind, const char *format, ...) DM_PRINTF(2, 3);

#endif
