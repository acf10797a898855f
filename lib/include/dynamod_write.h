/* The writing half of dynamod.h, which includes it: items one at a time, and many at
 * once. */
#ifndef DYNAMOD_WRITE_H
#define DYNAMOD_WRITE_H

#include "dynamod.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- writing --- */

/*
 * What must hold for a write to be done; else it is DM_E_CONDITION. Zero: nothing. Tags
 * are as in the header fields of HTTP (RFC 9110 section 13.1): "*" is any item, and a
 * list, "\"a\", \"b\"", is an item that has one of these tags, by either format's
 * dm_item_etag. Where the model has a version attribute and if_match is one tag that
 * names a version, that is the condition; else the item is read first, and written on
 * condition that every attribute is as it was read.
 */
struct dm_guard {
    struct dm_str if_match; /* it is there, and has one of them; len 0: any or none */
    struct dm_str if_none_match;     /* it is not there, or has none of them */
    const struct dm_filter *filters; /* of its attributes, as in a query */
    size_t filter_count;
};

/*
 * Version attributes count by themselves: 1 in an item that is new, else one more. Which
 * version a dm_put replaces is its item's, or if_match's; without either, a put replaces
 * no item that has one. In a merge patch it is a condition. Elsewhere to set it is
 * DM_E_INVALID_ITEM or DM_E_INVALID_PATCH.
 *
 * `token` is DynamoDB's ClientRequestToken, up to 36 visible ASCII characters: the same
 * write with the same token within 10 minutes has no second effect. It costs twice the
 * capacity. What reads first (tags without a version, patches that need the item) may
 * then be DM_E_CONFLICT instead, still without a second effect.
 *
 * All is copied before a call returns. Zero is the default of every field.
 */

/* Puts a whole item. */
struct dm_put {
    struct dm_str hash_key, range_key; /* as in dm_get, and the item need not have them;
                                          hash_key.ptr NULL: the item has its own */
    struct dm_str item;                /* JSON; the model's defaults are added */
    enum dm_format format;             /* of the item */
    bool create;                       /* DM_E_EXISTS when it is there */
    struct dm_guard guard;
    struct dm_str token; /* len 0: none */
    unsigned timeout_ms; /* for all of it, retries included; 0: 10 000 */
};

enum dm_patch_dialect {
    DM_MERGE_PATCH, /* RFC 7396 */
    DM_JSON_PATCH,  /* RFC 6902; a test that fails is DM_E_CONDITION */
    DM_UPDATE       /* {"set":{"a.b":1},"remove":["c[0]"],"add":{"count":1,"tags":["x"]},
                       "delete":{"tags":["y"]},"append":{"log":["z"]},"if":{"a":"eq.1"}},
                       one atomic UpdateItem */
};

/* Changes an item. What needs the item to be known is read, reckoned and written on
 * condition that it is as read, again when it was not, up to 8 times; then DM_E_CONFLICT.
 */
struct dm_update {
    struct dm_str hash_key, range_key; /* as in dm_get */
    enum dm_patch_dialect dialect;
    struct dm_str patch; /* plain JSON, in the form that the model declares */
    bool upsert;         /* makes the item if there is none; else DM_E_NOT_FOUND */
    struct dm_guard guard;
    struct dm_str message; /* of DM_E_NOT_FOUND, up to 256 bytes; len 0: the model's */
    struct dm_str token;
    unsigned timeout_ms;
};

/* Deletes an item, or is DM_E_NOT_FOUND. */
struct dm_delete {
    struct dm_str hash_key, range_key; /* as in dm_get */
    bool return_item;                  /* as it was; not with a token */
    struct dm_guard guard;
    struct dm_str message;
    struct dm_str token;
    unsigned timeout_ms;
};

/* What became of one write. */
struct dm_outcome;

/* Whether the item is new. Of a put with a token it is known only if the put could not
 * have replaced one: then true, else false. */
DM_EXPORT bool dm_outcome_created(const struct dm_outcome *outcome);

/*
 * The item as it is now (put, update), or was (delete that returns it). After
 * DM_E_CONDITION and DM_E_EXISTS, the one that stands there. Lives as long as the
 * outcome; NULL: there is none, or the model does not allow reading it.
 */
DM_EXPORT const struct dm_item *dm_outcome_item(const struct dm_outcome *outcome);

/* Its key, as dm_get takes it: what a template makes without it, dates in ISO 8601, B as
 * base64url. ptr NULL: the model has no range key. Live as long as the outcome. */
DM_EXPORT struct dm_str dm_outcome_hash_key(const struct dm_outcome *outcome);
DM_EXPORT struct dm_str dm_outcome_range_key(const struct dm_outcome *outcome);
DM_EXPORT void dm_outcome_free(struct dm_outcome *outcome);

/* A whole item's entity tag, with its quotes: what a guard takes. Terminated; dm_free()
 * it. */
DM_EXPORT DM_MUST_USE enum dm_code dm_item_etag(const struct dm_item *item,
                                                enum dm_format format, char **ret_etag,
                                                struct dm_error *err);

/*
 * The model must allow writing. The caller frees *ret_outcome, which is given on DM_OK,
 * and on DM_E_CONDITION and DM_E_EXISTS with what stands there; else it is NULL. Where a
 * reply was lost and the write was sent again, a condition may fail because of the write
 * itself. An update that adds or appends, and a JSON Patch, is not sent again without a
 * token, unless the model says retry_adds. Block.
 */
DM_EXPORT DM_MUST_USE enum dm_code dm_put(struct dm_app *app, const char *model,
                                          const struct dm_put *put,
                                          struct dm_outcome **ret_outcome,
                                          struct dm_error *err);
DM_EXPORT DM_MUST_USE enum dm_code dm_update(struct dm_app *app, const char *model,
                                             const struct dm_update *update,
                                             struct dm_outcome **ret_outcome,
                                             struct dm_error *err);
DM_EXPORT DM_MUST_USE enum dm_code dm_delete(struct dm_app *app, const char *model,
                                             const struct dm_delete *asked,
                                             struct dm_outcome **ret_outcome,
                                             struct dm_error *err);

/* As dm_item_fn. The outcome is the callee's to free; given or NULL as above. */
typedef void (*dm_outcome_fn)(enum dm_code code, struct dm_outcome *outcome,
                              const struct dm_error *err, void *ctx);

DM_EXPORT DM_MUST_USE enum dm_code dm_put_async(struct dm_app *app, const char *model,
                                                const struct dm_put *put,
                                                dm_outcome_fn done, void *ctx,
                                                struct dm_call **ret_call,
                                                struct dm_error *err);
DM_EXPORT DM_MUST_USE enum dm_code dm_update_async(struct dm_app *app, const char *model,
                                                   const struct dm_update *update,
                                                   dm_outcome_fn done, void *ctx,
                                                   struct dm_call **ret_call,
                                                   struct dm_error *err);
DM_EXPORT DM_MUST_USE enum dm_code dm_delete_async(struct dm_app *app, const char *model,
                                                   const struct dm_delete *asked,
                                                   dm_outcome_fn done, void *ctx,
                                                   struct dm_call **ret_call,
                                                   struct dm_error *err);

/* --- many at once --- */

/*
 * Many items of one model. The document is JSON; items and keys in it are in `format`, in
 * the form that the model declares; keys are objects of the key attributes alone. All is
 * copied before a call returns.
 *
 *     dm_batch_get:   {"keys": [{"id": "1"}, …], "attributes_to_get": "a,b.c",
 *                      "consistent_read": true}, the last two as in dm_get
 *     dm_batch_write: {"put": [ITEM, …], "delete": [KEY, …]}, either alone too
 *
 * Any number of them: they are sent to DynamoDB in as many requests as it takes, four at
 * a time; what it leaves unprocessed is sent again, ever more slowly, until the time is
 * over. A document that is none is DM_E_INVALID, else a key DM_E_INVALID_KEY, an item
 * DM_E_INVALID_ITEM or DM_E_TOO_LARGE; the message says which: "put[3]: …".
 */
struct dm_batch {
    struct dm_str document; /* up to 16 MB */
    enum dm_format format;
    unsigned timeout_ms; /* for all of it; 0: 10 000 */
};

/* What was asked for, in that order. */
struct dm_items;

DM_EXPORT size_t dm_items_count(const struct dm_items *items);

/* The one at `index`, an M that lives as long as the items; NULL: there is no such item,
 * or its time to live is over; and past the last. */
DM_EXPORT const struct dm_value *dm_items_at(const struct dm_items *items, size_t index);

/* As a JSON array, null for what is not there; terminated; dm_free() it. *ret_len may be
 * NULL. */
DM_EXPORT DM_MUST_USE enum dm_code dm_items_json(const struct dm_items *items,
                                                 enum dm_format format, char **ret_json,
                                                 size_t *ret_len, struct dm_error *err);
DM_EXPORT void dm_items_free(struct dm_items *items);

/* All of the items, or none: DM_E_THROTTLED when DynamoDB kept leaving some unprocessed.
 * A key may come twice. Up to 32 MB of items. The caller frees *ret_items. Blocks. */
DM_EXPORT DM_MUST_USE enum dm_code dm_batch_get(struct dm_app *app, const char *model,
                                                const struct dm_batch *batch,
                                                struct dm_items **ret_items,
                                                struct dm_error *err);

enum dm_written_kind { DM_WRITTEN_PUT, DM_WRITTEN_DELETE };

/* What became of a batch of writes. */
struct dm_written;

/* How many were done. */
DM_EXPORT size_t dm_written_count(const struct dm_written *written,
                                  enum dm_written_kind kind);

/* How many were not: some of them may yet have been, where a reply was lost or the time
 * was over. All can be sent again. */
DM_EXPORT size_t dm_written_left_count(const struct dm_written *written,
                                       enum dm_written_kind kind);

/* One of those, as it stands in the document; past the last: {NULL, 0}. */
DM_EXPORT struct dm_str dm_written_left(const struct dm_written *written,
                                        enum dm_written_kind kind, size_t index);

/* Why some were not done; NULL when all were. */
DM_EXPORT const struct dm_error *dm_written_why(const struct dm_written *written);

/* {"put":3,"delete":1,"unprocessed":{"put":[…],"delete":[…]}}, terminated; dm_free() it.
 * *ret_len may be NULL. */
DM_EXPORT DM_MUST_USE enum dm_code dm_written_json(const struct dm_written *written,
                                                   char **ret_json, size_t *ret_len,
                                                   struct dm_error *err);
DM_EXPORT void dm_written_free(struct dm_written *written);

/*
 * Puts and deletes items, each by itself and without conditions: a version attribute is
 * stored as the item's and 1, or 1. No key may come twice. A model that demands
 * conditions (require_if_match) is DM_E_FORBIDDEN. Fails where nothing is known to have
 * been done; else *ret_written, which the caller frees, has what was left. Blocks.
 */
DM_EXPORT DM_MUST_USE enum dm_code dm_batch_write(struct dm_app *app, const char *model,
                                                  const struct dm_batch *batch,
                                                  struct dm_written **ret_written,
                                                  struct dm_error *err);

/*
 * All or nothing, of up to 100 items, no item twice, of models that share their app's
 * connection. Items, keys and copying as in dm_batch; CONDITIONS are the filters of a
 * query, {"status": "eq.open", "or": "(a.eq.1,b.eq.2)"}.
 *
 *     {"get": [{"model": "todo", "key": KEY, "attributes_to_get": "a,b.c"}, …]}
 *
 *     {"write": [{"model": "todo", "put": ITEM, "if": CONDITIONS},
 *                {"model": "todo", "update": {"key": KEY, "upsert": true, "set": {…},
 *                 "remove": […], "add": {…}, "delete": {…}, "append": {…}}, "if": …},
 *                {"model": "todo", "delete": KEY, "if": …},
 *                {"model": "todo", "check": KEY, "if": CONDITIONS}, …]}
 *
 * An update is written in plain JSON, but for its key, and is of an item that is there,
 * unless it says upsert. Version attributes count as in a single write.
 */
struct dm_transaction {
    struct dm_str document; /* up to 16 MB */
    enum dm_format format;
    struct dm_str token; /* ClientRequestToken: up to 36 visible ASCII characters; the
                            same transaction with the same token within 10 minutes has no
                            second effect; len 0: none */
    unsigned timeout_ms; /* for all of it; 0: 10 000 */
};

/* What became of a transaction. */
struct dm_transacted;

/* Its entries. */
DM_EXPORT size_t dm_transacted_count(const struct dm_transacted *transacted);

/* The items of a "get", in its order; NULL for a "write". Lent. */
DM_EXPORT const struct dm_items *dm_transacted_items(
    const struct dm_transacted *transacted);

/* Why the entry at `index` had the transaction cancelled; DM_OK: it had not. *ret_detail
 * (may be NULL) is lent. */
DM_EXPORT enum dm_code dm_transacted_reason(const struct dm_transacted *transacted,
                                            size_t index, struct dm_str *ret_detail);
DM_EXPORT void dm_transacted_free(struct dm_transacted *transacted);

/* The caller frees *ret_transacted, which is given on DM_OK, and on DM_E_CONFLICT when
 * the transaction was cancelled, with the reasons; else it is NULL. Blocks. */
DM_EXPORT DM_MUST_USE enum dm_code dm_transact(struct dm_app *app,
                                               const struct dm_transaction *transaction,
                                               struct dm_transacted **ret_transacted,
                                               struct dm_error *err);

/* As dm_item_fn. What is given is the callee's to free. */
typedef void (*dm_items_fn)(enum dm_code code, struct dm_items *items,
                            const struct dm_error *err, void *ctx);
typedef void (*dm_written_fn)(enum dm_code code, struct dm_written *written,
                              const struct dm_error *err, void *ctx);
typedef void (*dm_transacted_fn)(enum dm_code code, struct dm_transacted *transacted,
                                 const struct dm_error *err, void *ctx);

DM_EXPORT DM_MUST_USE enum dm_code dm_batch_get_async(
    struct dm_app *app, const char *model, const struct dm_batch *batch, dm_items_fn done,
    void *ctx, struct dm_call **ret_call, struct dm_error *err);
DM_EXPORT DM_MUST_USE enum dm_code dm_batch_write_async(
    struct dm_app *app, const char *model, const struct dm_batch *batch,
    dm_written_fn done, void *ctx, struct dm_call **ret_call, struct dm_error *err);
DM_EXPORT DM_MUST_USE enum dm_code dm_transact_async(
    struct dm_app *app, const struct dm_transaction *transaction, dm_transacted_fn done,
    void *ctx, struct dm_call **ret_call, struct dm_error *err);

#ifdef __cplusplus
}
#endif

#endif
