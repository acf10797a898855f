/* The DynamoDB store, the peer that it talks to, and what became of a call. */
#ifndef DYNAMOD_TESTS_DYNAMODB_FIXTURE_H
#define DYNAMOD_TESTS_DYNAMODB_FIXTURE_H

#include "store/dynamodb/dynamodb.h"
#include "store/dynamodb/explain.h"
#include "support/loop_fixture.h"
#include "support/peer.h"

struct dynamodb_fixture {
    struct fake_clock clock;
    struct dm_loop *loop;
    struct peer peer;
    int connection; /* -1: none yet */
    struct client *client;
    struct dm_store *store;
    struct arena arena;
    struct store_base base;
    struct store_call *call;
    unsigned times;
    enum dm_code code;
    bool with_result;
    struct store_result result; /* lives as long as the arena */
    struct dm_error err;
};

struct dynamodb_fixture *dynamodb_fixture_new(void);
void dynamodb_fixture_free(struct dynamodb_fixture *f);

/* A store_done_fn; ctx is the fixture. */
void dynamodb_fixture_done(enum dm_code code, const struct store_result *result,
                           const struct dm_error *err, void *ctx);

/* Sends one of each operation, named as in store_ops, with all that it can say. */
enum dm_code dynamodb_fixture_send(struct dynamodb_fixture *f, const char *operation);

/* What it would send of a get, query or scan. */
enum dm_code dynamodb_fixture_explain(struct dynamodb_fixture *f, const char *operation,
                                      struct dm_buf *out);

/* The body of the request that was sent. */
const char *dynamodb_fixture_body(struct dynamodb_fixture *f);

/* Answers the request that was sent, and waits until the call is done. */
void dynamodb_fixture_answer(struct dynamodb_fixture *f, unsigned status,
                             const char *body);

#endif
