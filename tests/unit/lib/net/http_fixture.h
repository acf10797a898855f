/* A client, the peer that it talks to, and what became of its calls. */
#ifndef DYNAMOD_TESTS_NET_HTTP_FIXTURE_H
#define DYNAMOD_TESTS_NET_HTTP_FIXTURE_H

#include "net/http.h"
#include "support/loop_fixture.h"
#include "support/peer.h"

enum { READ_TIMEOUT_MS = 5000, CONNECT_TIMEOUT_MS = 60000, MAX_REPLY = 1000 };

struct http_fixture {
    struct fake_clock clock;
    struct dm_loop *loop;
    struct peer peer;
    struct http_options options;
    struct http_client *client;
    struct dm_error err;
};

/* What became of one call. */
struct outcome {
    struct http_fixture *f;
    struct http_call *call;
    unsigned times;
    enum http_failure failure;
    unsigned status;
    char body[64];
    char header[64]; /* X-Test */
    struct dm_error err;
    void (*then)(struct outcome *outcome); /* in the callback, unless NULL */
};

#define HTTP_OK "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

/* Loop and peer; then a client of the options. */
struct http_fixture *http_fixture_new(int backlog);
void http_fixture_client(struct http_fixture *f);
void http_fixture_free(struct http_fixture *f);

/* A POST of "body" to the peer. */
struct http_request http_fixture_request(const struct http_fixture *f);
struct outcome outcome_of(struct http_fixture *f);
void outcome_done(enum http_failure failure, const struct http_reply *reply,
                  const struct dm_error *err, void *ctx);

/* Sends it; the call has the outcome. */
void http_fixture_send(struct http_fixture *f, struct outcome *outcome);

/* Turns the loop until the outcome is there. */
void http_fixture_await(struct http_fixture *f, const struct outcome *outcome);

/* Turns the loop until there is nothing more to do. */
void http_fixture_settle(struct http_fixture *f);

/* A call answered on that connection, or on a new one that it returns (-1). */
int http_fixture_exchange(struct http_fixture *f, int connection);

#define assert_answered(outcome)                                                         \
    do {                                                                                 \
        cr_assert_eq((outcome).times, 1);                                                \
        cr_assert_eq((outcome).failure, HTTP_ANSWERED, "%s", (outcome).err.message);     \
        cr_assert_eq((outcome).status, 200);                                             \
        assert_str(dm_str((outcome).body), "hello");                                     \
        cr_assert_eq((outcome).err.code, DM_OK);                                         \
    } while (0)

#define assert_failed(outcome, expected_failure, expected_code, expected_message)        \
    do {                                                                                 \
        cr_assert_eq((outcome).times, 1);                                                \
        assert_str(dm_str((outcome).err.message), expected_message);                     \
        cr_assert_eq((outcome).failure, expected_failure);                               \
        cr_assert_eq((outcome).err.code, expected_code);                                 \
    } while (0)

#endif
