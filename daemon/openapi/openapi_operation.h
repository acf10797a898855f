/* What the router's table does not say of an operation: who may, and what is answered. */
#ifndef DYNAMOD_DAEMON_OPENAPI_OPENAPI_OPERATION_H
#define DYNAMOD_DAEMON_OPENAPI_OPENAPI_OPERATION_H

#include "daemon/http/router.h"
#include "daemon/openapi/openapi.h"

/* What the model must allow; or any model, where the route is of none. */
enum openapi_access {
    ACCESS_ANY,
    ACCESS_READ,
    ACCESS_WRITE,
    ACCESS_WRITE_BLINDLY, /* without a condition */
    ACCESS_EITHER
};

/* For which keys of the table or index a row is. */
enum openapi_keys { KEYS_ANY, KEYS_KNOWN, KEYS_HASH_ONLY, KEYS_COMPOSITE };

/* How it ends well. */
enum openapi_answer {
    ANSWER_APPS,
    ANSWER_APP,
    ANSWER_MODELS,
    ANSWER_OPENAPI,
    ANSWER_ITEM,
    ANSWER_PAGE,
    ANSWER_ITEMS,   /* by their keys */
    ANSWER_CREATED, /* here and below: with the item as Prefer's `return` says */
    ANSWER_CHANGED,
    ANSWER_DELETED,
    ANSWER_BATCH,
    ANSWER_TRANSACTED
};

/* What the body is, in each of the route's content types. */
enum openapi_body {
    BODY_NONE,
    BODY_PARAMETERS,
    BODY_NEW_ITEM, /* with its key */
    BODY_ITEM,
    BODY_PATCH,
    BODY_BATCH_GET,
    BODY_BATCH_WRITE,
    BODY_TRANSACTION
};

/* Sets of them are sums. */
enum openapi_trait {
    TRAIT_TAGGED = 1 << 0,  /* If-Match and If-None-Match are of the answer */
    TRAIT_GUARDED = 1 << 1, /* they are of the item that is there */
    TRAIT_TOKEN = 1 << 2,   /* takes an Idempotency-Key */
    TRAIT_RETURN = 1 << 3   /* Prefer says whether it answers with the item */
};

/* A route may have several rows, for different keys. */
struct openapi_operation {
    const char *operation; /* the route's */
    const char *name;      /* this row's own, unique */
    enum openapi_access access;
    enum openapi_keys keys;
    enum openapi_answer answer;
    unsigned traits;
    unsigned required; /* of the route's parameters; range where there is one */
    unsigned never;    /* of the route's parameters: is always refused here */
    enum openapi_body body;
};
extern const struct openapi_operation openapi_operations[];
extern const size_t openapi_operation_count;

/* Where an operation is offered. */
struct openapi_place {
    const struct model_listing *model; /* NULL: on no model */
    const struct store_index *index;   /* NULL: on the table */
    const struct key_schema *schema;   /* NULL: not known */
    const struct openapi_app *app;
};

/* An operation at its place. */
struct openapi_endpoint {
    const struct route *route;
    const struct openapi_operation *operation;
    struct openapi_place place;
    unsigned parameters; /* those that are of use here */
};

/* False where the route is not offered. */
bool openapi_endpoint_find(const struct route *route, const struct openapi_place *place,
                           struct openapi_endpoint *ret_endpoint);

#endif
