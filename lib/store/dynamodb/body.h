/*
 * The JSON of a request under way. Members are appended one after the other, each with
 * its comma; a failure stays in the buffer, or in `refused`.
 */
#ifndef DYNAMOD_STORE_DYNAMODB_BODY_H
#define DYNAMOD_STORE_DYNAMODB_BODY_H

#include "expr/render.h"
#include "store/store.h"

/* Embedded; the JSON is lent, the rest lives in the arena. */
struct body {
    struct dm_store *store; /* NULL: it is not to be sent */
    const struct store_base *base;
    struct dm_buf *json;
    struct render render;    /* placeholders of the expressions since the last of
                                body_placeholders */
    struct dm_error refused; /* why an expression cannot be sent; code DM_OK: it can */
    bool once;               /* not to be sent again where it may have been done */
};

/* Appends to *json; the object is open. */
struct body body_begin(const struct store_base *base, struct dm_buf *json);

/* An object or an array: its opening, as a member unless name is NULL, and its end. */
void body_open(struct body *body, const char *name, char bracket);
void body_open_table(struct body *body, struct dm_str table, char bracket);
void body_close(struct body *body, char bracket);

/* A member, or with name NULL an element. */
void body_string(struct body *body, const char *name, struct dm_str text);
void body_bool(struct body *body, const char *name, bool value);
void body_number(struct body *body, const char *name, unsigned number);
void body_item(struct body *body, const char *name, const struct dm_value *item);
void body_key(struct body *body, const char *name, const struct key *key);

/* "ReturnConsumedCapacity":"TOTAL" */
void body_ask_capacity(struct body *body);

/* Expressions; NULL and empty ones are no member at all. */
void body_projection(struct body *body, const struct projection *projection);
void body_condition(struct body *body, const char *name,
                    const struct condition *condition);
void body_key_condition(struct body *body, const struct key_condition *condition);
void body_update(struct body *body, const struct update *update);

/* What the expressions since the last time stand for. */
void body_placeholders(struct body *body);

/* The end of the object. DM_E_NOMEM, or DM_E_VALIDATION for an expression that is too
 * long. */
DM_MUST_USE enum dm_code body_end(struct body *body, struct dm_error *err);

#endif
