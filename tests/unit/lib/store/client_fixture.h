/* A DynamoDB client, the peer that it talks to, and what became of its call. */
#ifndef DYNAMOD_TESTS_STORE_CLIENT_FIXTURE_H
#define DYNAMOD_TESTS_STORE_CLIENT_FIXTURE_H

#include "store/dynamodb/client.h"
#include "support/loop_fixture.h"
#include "support/peer.h"

enum { DEADLINE_MS = 60000, BACKOFF_MAX_MS = 20000 };

struct client_fixture {
    struct fake_clock clock;
    struct dm_loop *loop;
    struct peer peer;
    struct client_options options;
    struct client *client;
    struct arena arena;
    struct client_call *call;
    bool once; /* of the requests */
    unsigned times;
    enum dm_code code;               /* of the last call that ended */
    unsigned codes[DM_E_CODE_COUNT]; /* of all */
    char reply[64];
    struct dm_error err;
};

/* An environment that says nothing and has no files. */
const struct environment *client_environment(void);

/* Loop, peer and options, of which the first request makes a client. It is the beginning
 * of 2024. */
struct client_fixture *client_fixture(void);
void client_fixture_free(struct client_fixture *f);

/* Sends a ListTables. */
void client_fixture_send(struct client_fixture *f);
enum dm_code client_fixture_try(struct client_fixture *f);

/* Turns the loop until the call has ended. */
void client_fixture_await(struct client_fixture *f);

/* Turns the loop until there is nothing more to do. */
void client_fixture_settle(struct client_fixture *f);

/* Waits for the next retry's backoff to begin, and lets the longest pass. */
void client_fixture_pass_backoff(struct client_fixture *f);

struct client_figures client_fixture_figures(const struct client_fixture *f);

/* The peer's replies; header: lines of it, each with its end. */
void client_reply(int connection, unsigned status, const char *body);
void client_reply_with(int connection, unsigned status, const char *header,
                       struct dm_str body);
void client_reply_error(int connection, unsigned status, const char *type);

#endif
