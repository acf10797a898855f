/*
 * libdynamod: models over DynamoDB, or over an SQLite file that stands in for it.
 *
 * An app is a libconfig file that names models (tables) and how to reach them. Open it,
 * and read items by key:
 *
 *     struct dm_error err = {0};
 *     struct dm_app *app = NULL;
 *     struct dm_item *item = NULL;
 *     struct dm_get get = {.hash_key = dm_str("42")};
 *
 *     if (dm_app_open("todo.conf", &app, &err) ||
 *         dm_get_or_404(app, "todo", &get, &item, &err))
 *         fprintf(stderr, "%s\n", err.message);
 *
 * An app, its items and its loop belong to the thread that uses them. Two apps share
 * nothing but the file of the embedded store that both may name. The library never logs,
 * exits or aborts. It starts one thread for each embedded file of an app, which writes to
 * it, blocks all signals and ends with the app; without such a file, none.
 *
 * Fallible functions return DM_OK or another dm_code, fill *err (when it is given) and
 * leave their ret_ arguments untouched on failure. Text is UTF-8. Times are milliseconds.
 */
#ifndef DYNAMOD_H
#define DYNAMOD_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DM_VERSION_MAJOR 0
#define DM_VERSION_MINOR 1
#define DM_VERSION_PATCH 0

#if defined(__GNUC__)
#define DM_EXPORT __attribute__((visibility("default")))
#define DM_MUST_USE __attribute__((warn_unused_result))
#else
#define DM_EXPORT
#define DM_MUST_USE
#endif

/* The version that runs, "0.1.0". Static. */
DM_EXPORT const char *dm_version(void);

/* --- errors --- */

enum dm_code {
    DM_OK = 0,
    DM_E_NOMEM,       /* memory ran out, or a ceiling was reached */
    DM_E_INTERNAL,    /* a mistake of this library */
    DM_E_CONFIG,      /* the app's file: message has file, line and what was expected; or
                         the embedded store's, or a seed */
    DM_E_INVALID,     /* an argument that is none of the below */
    DM_E_INVALID_KEY, /* a key of the wrong type, empty, too long, or missing */
    DM_E_INVALID_PROJECTION, /* attributes_to_get is not a list of document paths */
    DM_E_INVALID_FILTER,     /* a condition that is none, or cannot be asked here */
    DM_E_INVALID_TOKEN,      /* `after` is of no page of this query */
    DM_E_INVALID_ITEM,       /* what is to be written is no item of this model */
    DM_E_INVALID_PATCH,      /* a patch that is none, or does not fit the item */
    DM_E_TOO_LARGE,          /* the item would be larger than 400 KB */
    DM_E_FORBIDDEN,          /* the model's `allow` does not include the operation */
    DM_E_NOT_FOUND,       /* no such item: message is the request's, else the model's */
    DM_E_MODEL_NOT_FOUND, /* the app has no such model */
    DM_E_INDEX_NOT_FOUND, /* the model has no such index */
    DM_E_TABLE_NOT_FOUND, /* the model's table does not exist */
    DM_E_EXISTS,          /* the item to be created is there already */
    DM_E_VALIDATION,      /* DynamoDB's ValidationException */
    DM_E_CONFLICT,  /* DynamoDB's ResourceInUse, TransactionConflict and their kin */
    DM_E_CONDITION, /* DynamoDB's ConditionalCheckFailed */
    DM_E_PRECONDITION_REQUIRED, /* the model's require_if_match, and a write without */
    DM_E_CREDENTIALS,           /* no provider has credentials */
    DM_E_REFUSED,               /* DynamoDB refused this app's credentials or policy */
    DM_E_UPSTREAM,    /* not reachable, failed, or answered what is not DynamoDB's */
    DM_E_THROTTLED,   /* throttled after every retry */
    DM_E_OVERLOADED,  /* too many requests already wait for a connection */
    DM_E_UNAVAILABLE, /* DynamoDB cannot be reached for some time: nothing was sent */
    DM_E_TIMEOUT,     /* the deadline passed, or DynamoDB did not answer in time */
    DM_E_CODE_COUNT
};

/* What went wrong. No part of it holds a credential or an account number; only
 * DM_E_CONFIG names files of the host. */
struct dm_error {
    enum dm_code code;
    unsigned retry_after_s; /* 0: no advice */
    char message[512]; /* one sentence for people; cut at a character when too long */
    char hint[128];    /* what to do about it; may be empty */
    char upstream_type[64]; /* DynamoDB's error type ("ValidationException"), or empty */
    char upstream_request_id[72]; /* DynamoDB's request id, or empty */
};

/* The code's name in kebab-case, "item-not-found": the tail of a problem's URN. Static.
 */
DM_EXPORT const char *dm_code_name(enum dm_code code);

/* --- text --- */

/* Bytes that somebody else owns; not terminated. */
struct dm_str {
    const char *ptr;
    size_t len;
};

static inline struct dm_str dm_str(const char *text)
{
    struct dm_str str = {text, text ? strlen(text) : 0};
    return str;
}

/* --- values and items --- */

/*
 * DynamoDB's ten types (API_AttributeValue):
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
 */
enum dm_type { DM_S, DM_N, DM_B, DM_BOOL, DM_NULL, DM_L, DM_M, DM_SS, DM_NS, DM_BS };

enum dm_format {
    DM_PLAIN, /* {"id":"1","count":3}: numbers verbatim, binary as base64, sets as arrays
               */
    DM_TYPED  /* {"id":{"S":"1"},"count":{"N":"3"}}: DynamoDB JSON, without loss */
};

struct dm_value; /* borrowed from its item */
struct dm_item;

/* All but dm_value_type take NULL for a value that is not there. */
DM_EXPORT enum dm_type dm_value_type(const struct dm_value *value);

/* S: the text. N: its digits as stored. B: the bytes. Any other type: {NULL, 0}. */
DM_EXPORT struct dm_str dm_value_text(const struct dm_value *value);

/* BOOL: its value. Any other type: false. */
DM_EXPORT bool dm_value_bool(const struct dm_value *value);

/* How many elements (L), members (M) or set members (SS, NS, BS) there are; 0 for
 * scalars. */
DM_EXPORT size_t dm_value_count(const struct dm_value *value);

/* The element or member at `index` (< count), or NULL. Sets: see dm_value_text_at. */
DM_EXPORT const struct dm_value *dm_value_at(const struct dm_value *value, size_t index);

/* M: the name of the member at `index`. Any other type: {NULL, 0}. */
DM_EXPORT struct dm_str dm_value_name_at(const struct dm_value *value, size_t index);

/* SS, NS, BS: the set's member at `index`. Any other type: {NULL, 0}. */
DM_EXPORT struct dm_str dm_value_text_at(const struct dm_value *value, size_t index);

/* M: the member of that name, or NULL. */
DM_EXPORT const struct dm_value *dm_value_member(const struct dm_value *value,
                                                 const char *name);

/* The item as a value of type M; lives as long as the item. */
DM_EXPORT const struct dm_value *dm_item_value(const struct dm_item *item);

/* The attribute of that name, or NULL. */
DM_EXPORT const struct dm_value *dm_item_attr(const struct dm_item *item,
                                              const char *name);

/* The item as JSON, terminated; dm_free() it. *ret_len may be NULL. */
DM_EXPORT DM_MUST_USE enum dm_code dm_item_json(const struct dm_item *item,
                                                enum dm_format format, char **ret_json,
                                                size_t *ret_len, struct dm_error *err);

DM_EXPORT void dm_item_free(struct dm_item *item);

/* Releases text that this library returned. */
DM_EXPORT void dm_free(void *memory);

/* --- loops --- */

/*
 * An event loop, for the asynchronous calls. Turn it yourself, or let a loop of your own
 * watch dm_loop_fd() for reading and call dm_loop_turn(loop, 0) whenever it is readable.
 */
struct dm_loop;

DM_EXPORT DM_MUST_USE enum dm_code dm_loop_new(struct dm_loop **ret_loop,
                                               struct dm_error *err);

/* Readable when there is something to do. The loop owns it. */
DM_EXPORT int dm_loop_fd(struct dm_loop *loop);

/* Waits up to timeout_ms (-1: until something happens) and handles what there is. */
DM_EXPORT DM_MUST_USE enum dm_code dm_loop_turn(struct dm_loop *loop, int timeout_ms,
                                                struct dm_error *err);

/* Free the apps on it first. */
DM_EXPORT void dm_loop_free(struct dm_loop *loop);

/* --- apps --- */

struct dm_app;

/*
 * Opens the app that the file describes; its name is the file's without ".conf". Checks
 * the whole file, sends nothing. Where models are on the embedded store, makes its file,
 * their tables and, from the seeds, the items of tables that have none: blocks until that
 * is done, and is DM_E_CONFIG, "FILE:LINE: …" for a seed, when it cannot be. Each app
 * opened has a "sqlite::memory:" of its own. With a loop, completions arrive on it; the
 * blocking calls work either way.
 */
DM_EXPORT DM_MUST_USE enum dm_code dm_app_open(const char *path, struct dm_app **ret_app,
                                               struct dm_error *err);
DM_EXPORT DM_MUST_USE enum dm_code dm_app_open_on(const char *path, struct dm_loop *loop,
                                                  struct dm_app **ret_app,
                                                  struct dm_error *err);

DM_EXPORT const char *dm_app_name(const struct dm_app *app);

/* Number of models, and the name of the one at `index` (in the file's order), or NULL. */
DM_EXPORT size_t dm_app_model_count(const struct dm_app *app);
DM_EXPORT const char *dm_app_model_name(const struct dm_app *app, size_t index);

/* Calls still under way are cancelled: their callbacks never come. Not from inside a
 * callback. */
DM_EXPORT void dm_app_free(struct dm_app *app);

/* --- reading --- */

/* Which item, and how. Zero is the default of every field; all is copied before a call
 * returns. */
struct dm_get {
    struct dm_str hash_key;  /* as text: S as it is, N in any spelling, B as base64url;
                                dates in ISO 8601, and what a template makes without it */
    struct dm_str range_key; /* likewise; ptr NULL on a model without a range key */
    bool consistent_read;    /* strong, at twice the read capacity */
    struct dm_str
        attributes_to_get; /* "a,b.c,d[0]"; len 0: the whole item; up to 4096 bytes */
    struct dm_str message; /* of DM_E_NOT_FOUND, up to 256 bytes; len 0: the model's */
    unsigned timeout_ms;   /* for all of it, retries included; 0: 10 000 */
};

/* The item of that key, or DM_E_NOT_FOUND: also when its time to live is over, unless the
 * model shows such items. The caller frees *ret_item. Blocks. */
DM_EXPORT DM_MUST_USE enum dm_code dm_get_or_404(struct dm_app *app, const char *model,
                                                 const struct dm_get *get,
                                                 struct dm_item **ret_item,
                                                 struct dm_error *err);

/* The first item that a Scan finds, or DM_E_NOT_FOUND; get's keys must be empty. Blocks.
 */
DM_EXPORT DM_MUST_USE enum dm_code dm_first_or_404(struct dm_app *app, const char *model,
                                                   const struct dm_get *get,
                                                   struct dm_item **ret_item,
                                                   struct dm_error *err);

struct dm_call; /* something under way; gone once its callback begins */

/*
 * Called exactly once, on the loop's thread, from dm_loop_turn, never before the call
 * that asked has returned. The item is the callee's to free, NULL unless code is DM_OK.
 * err is lent until return.
 */
typedef void (*dm_item_fn)(enum dm_code code, struct dm_item *item,
                           const struct dm_error *err, void *ctx);

/* As above without blocking. On failure at once, there is no callback. *ret_call may be
 * NULL. */
DM_EXPORT DM_MUST_USE enum dm_code dm_get_or_404_async(
    struct dm_app *app, const char *model, const struct dm_get *get, dm_item_fn done,
    void *ctx, struct dm_call **ret_call, struct dm_error *err);
DM_EXPORT DM_MUST_USE enum dm_code dm_first_or_404_async(
    struct dm_app *app, const char *model, const struct dm_get *get, dm_item_fn done,
    void *ctx, struct dm_call **ret_call, struct dm_error *err);

/* --- pages --- */

/*
 * One condition, in the words of the REST query: the name is an attribute's document path
 * ("shelf.row"), or "and" or "or" (with "not." before them or not); the value an operator
 * and its operands: "eq.open", "between.(1,9)", "not.begins_with.x", and for "or"
 * "(a.eq.1,and(b.gt.2,c.exists.true))". All of a query's are and-ed.
 */
struct dm_filter {
    struct dm_str name, value;
};

/*
 * Which items, and how. Zero is the default of every field; all is copied before a call
 * returns. Items outside the templates of the model's keys are never seen, items past
 * their time to live only where the model shows them, or where an index does not hold
 * that attribute. A contradiction (a limit of a count, an order of a Scan) is
 * DM_E_INVALID, and the hint says the right spelling.
 */
struct dm_query {
    struct dm_str index;     /* len 0: the table */
    struct dm_str hash_key;  /* as in dm_get; ptr NULL: all partitions, by a Scan */
    struct dm_str range_key; /* likewise; ptr NULL: the whole partition */
    const struct dm_filter *filters; /* on a Query, one on the range key narrows it */
    size_t filter_count;
    struct dm_str attributes_to_get;
    struct dm_str after;  /* dm_page_next of the page before; len 0: the first page. The
                             limit, attributes_to_get and consistent_read may be others */
    unsigned limit;       /* items looked at for one page, 1 to 1000; 0: 100 */
    bool consistent_read; /* not on a global index */
    bool descending;      /* by the range key; not on a Scan */
    bool count; /* the number only: of as many pages of 1 MB as the model's count_pages
                   says; then there is a next, from which counting goes on */
    unsigned timeout_ms; /* for all of it; 0: 10 000 */
};

/* A page of items, in their order. It may be empty and yet have a next. */
struct dm_page;

DM_EXPORT size_t
dm_page_count(const struct dm_page *page); /* items; or what was counted */

/* The item at `index`, an M that lives as long as the page; NULL past the last, and of a
 * page that only counts. */
DM_EXPORT const struct dm_value *dm_page_item(const struct dm_page *page, size_t index);

/* What `after` of the next page is; len 0 at the end. Opaque, good for the same query of
 * the same model of the same app, in any process that shares its configuration. */
DM_EXPORT struct dm_str dm_page_next(const struct dm_page *page);

/* The items as a JSON array, terminated; dm_free() it. *ret_len may be NULL. */
DM_EXPORT DM_MUST_USE enum dm_code dm_page_json(const struct dm_page *page,
                                                enum dm_format format, char **ret_json,
                                                size_t *ret_len, struct dm_error *err);
DM_EXPORT void dm_page_free(struct dm_page *page);

/* One page of a Query or a Scan. The caller frees *ret_page. Blocks. */
DM_EXPORT DM_MUST_USE enum dm_code dm_query(struct dm_app *app, const char *model,
                                            const struct dm_query *query,
                                            struct dm_page **ret_page,
                                            struct dm_error *err);

/* The first item of a Query or a Scan that meets the filters, however far it is, or
 * DM_E_NOT_FOUND with the message (up to 256 bytes; len 0: the model's). `after`, `limit`
 * and `count` must be zero. Blocks. */
DM_EXPORT DM_MUST_USE enum dm_code dm_query_first_or_404(
    struct dm_app *app, const char *model, const struct dm_query *query,
    struct dm_str message, struct dm_item **ret_item, struct dm_error *err);

/* As dm_item_fn. The page is the callee's to free. */
typedef void (*dm_page_fn)(enum dm_code code, struct dm_page *page,
                           const struct dm_error *err, void *ctx);

DM_EXPORT DM_MUST_USE enum dm_code dm_query_async(struct dm_app *app, const char *model,
                                                  const struct dm_query *query,
                                                  dm_page_fn done, void *ctx,
                                                  struct dm_call **ret_call,
                                                  struct dm_error *err);
DM_EXPORT DM_MUST_USE enum dm_code dm_query_first_or_404_async(
    struct dm_app *app, const char *model, const struct dm_query *query,
    struct dm_str message, dm_item_fn done, void *ctx, struct dm_call **ret_call,
    struct dm_error *err);

/* --- calls under way --- */

/* Ends a call whose callback has not begun; it will not come. */
DM_EXPORT void dm_call_cancel(struct dm_call *call);

/* Makes the model's table if it is missing, with the model's keys and the app's capacity
 * units, and waits until it is ACTIVE, up to timeout_ms (0: 60 000). Blocks. */
DM_EXPORT DM_MUST_USE enum dm_code dm_create_table(struct dm_app *app, const char *model,
                                                   unsigned timeout_ms,
                                                   struct dm_error *err);

/* --- the connection --- */

/* Any DynamoDB operation, JSON in and out, signed and retried by the app's settings. An
 * app on the embedded store has none: its calls are DM_E_INVALID. */
struct dm_connection;

/* The app's; lives as long as the app. */
DM_EXPORT struct dm_connection *dm_app_connection(struct dm_app *app);

/* One call: "ListTables", "{}". Reply: JSON, terminated; dm_free() it. Up to 16 MB each.
 * Blocks, up to timeout_ms (0: 10 000). */
DM_EXPORT DM_MUST_USE enum dm_code dm_connection_call(
    struct dm_connection *connection, const char *operation, struct dm_str request,
    unsigned timeout_ms, char **ret_reply, struct dm_error *err);

/* Called exactly once, as dm_item_fn is. The reply is lent until return. */
typedef void (*dm_reply_fn)(enum dm_code code, struct dm_str reply,
                            const struct dm_error *err, void *ctx);

DM_EXPORT DM_MUST_USE enum dm_code dm_connection_call_async(
    struct dm_connection *connection, const char *operation, struct dm_str request,
    unsigned timeout_ms, dm_reply_fn done, void *ctx, struct dm_call **ret_call,
    struct dm_error *err);

#ifdef __cplusplus
}
#endif

#include "dynamod_write.h"

#endif
