/* The DynamoDB client: signatures, retries, fresh credentials, deadlines; against a peer
 * on a real socket, with a clock that stands still until a test moves it. */
#include "store/dynamodb/client.h"

#include <stdio.h>
#include <unistd.h>

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
    unsigned times;
    enum dm_code code;
    char reply[64];
    struct dm_error err;
};

static const char *nothing(const struct environment *environment, const char *name)
{
    (void)environment, (void)name;
    return NULL;
}

static const struct environment empty = {nothing};

static struct client_fixture *fixture(void)
{
    static struct client_fixture fixture;
    struct client_fixture *f = &fixture;
    *f = (struct client_fixture){.clock = fake_clock()};
    f->clock.now_ms = 1704067200000; /* 2024-01-01T00:00:00Z */
    assert_ok(loop_new(&f->clock.clock, &f->loop, &f->err), f->err);
    peer_init(&f->peer, f->loop, 8);
    arena_init(&f->arena, 1024 * 1024);
    f->options = (struct client_options){.region = STR("eu-west-1"),
                                         .host = dm_str(f->peer.url),
                                         .access_key_id = STR("AKID"),
                                         .secret_access_key = STR("secret"),
                                         .connect_timeout_ms = 50000,
                                         .read_timeout_ms = 50000,
                                         .base_backoff_ms = 25,
                                         .max_retry_attempts = 3,
                                         .max_pool_connections = 2};
    return f;
}

static void done(enum dm_code code, struct dm_str reply, const struct dm_error *err,
                 void *ctx)
{
    struct client_fixture *f = ctx;
    f->times++;
    f->code = code;
    snprintf(f->reply, sizeof f->reply, "%.*s", STR_ARG(reply));
    if (code)
        f->err = *err;
}

static void send_request(struct client_fixture *f)
{
    struct client_request request = {
        .operation = "ListTables",
        .body = STR("{}"),
        .max_reply = 1000,
        .deadline_ms = f->clock.now_ms + DEADLINE_MS,
        .arena = &f->arena,
    };
    if (!f->client)
        assert_ok(client_new(f->loop, &empty, &f->options, &f->client, &f->err), f->err);
    f->times = 0;
    assert_ok(client_send(f->client, &request, done, f, &f->call, &f->err), f->err);
    cr_assert_eq(f->times, 0, "done before client_send returned");
}

static void free_fixture(struct client_fixture *f)
{
    client_free(f->client);
    arena_done(&f->arena);
    peer_done(&f->peer);
    dm_loop_free(f->loop);
}

static void turn_until_done(struct client_fixture *f)
{
    for (int i = 0; i < 1000 && !f->times; i++)
        assert_ok(dm_loop_turn(f->loop, 100, &f->err), f->err);
    cr_assert_eq(f->times, 1);
}

/* Lets the longest backoff pass. */
static void pass_backoff(struct client_fixture *f)
{
    for (int i = 0; i < 3; i++)
        assert_ok(dm_loop_turn(f->loop, 0, &f->err), f->err);
    f->clock.now_ms += BACKOFF_MAX_MS / 2;
}

static void reply(int connection, unsigned status, const char *body)
{
    char text[512];
    snprintf(text, sizeof text,
             "HTTP/1.1 %u X\r\nx-amzn-RequestId: R1\r\nContent-Length: %zu\r\n\r\n%s",
             status, strlen(body), body);
    peer_send(connection, text);
}

static void reply_error(int connection, unsigned status, const char *type)
{
    char body[128];
    snprintf(body, sizeof body, "{\"__type\":\"x#%s\",\"message\":\"words\"}", type);
    reply(connection, status, body);
}

/* --- what is sent --- */

TEST(client, signs_with_the_session_token_and_the_extra_headers)
{
    struct client_fixture *f = fixture();
    struct http_header extra = {STR("X-Team"), STR("core")};
    f->options.extra_headers = &extra;
    f->options.extra_header_count = 1;
    f->options.session_token = STR("TOKEN");
    send_request(f);
    int connection = peer_accept(&f->peer);
    const char *request = peer_read(&f->peer, connection);
    static const char *const parts[] = {
        "POST / HTTP/1.1\r\n",
        "Content-Type: application/x-amz-json-1.0\r\n",
        "X-Amz-Target: DynamoDB_20120810.ListTables\r\n",
        "X-Team: core\r\n",
        "X-Amz-Date: 20240101T000000Z\r\n",
        "X-Amz-Security-Token: TOKEN\r\n",
        "Credential=AKID/20240101/eu-west-1/dynamodb/aws4_request",
        ("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target;"
         "x-team"),
        "\r\n\r\n{}",
    };
    for (size_t i = 0; i < DM_COUNT(parts); i++)
        cr_assert_not_null(strstr(request, parts[i]), "%s lacks %s", request, parts[i]);
    cr_assert_null(strstr(request, "secret"));

    reply(connection, 200, "{\"TableNames\":[]}");
    turn_until_done(f);
    cr_assert_eq(f->code, DM_OK);
    assert_str(dm_str(f->reply), "{\"TableNames\":[]}");
    free_fixture(f);
    close(connection);
}

/* --- trying again --- */

TEST(client, tries_again_what_failed_in_passing)
{
    struct client_fixture *f = fixture();
    send_request(f);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    reply_error(connection, 500, "InternalServerError");
    for (int i = 0; i < 2; i++) {
        pass_backoff(f);
        peer_read(&f->peer, connection);
        reply_error(connection, 400, i ? "ThrottlingException" : "RequestLimitExceeded");
    }
    pass_backoff(f);
    peer_read(&f->peer, connection);
    reply(connection, 200, "{}");
    turn_until_done(f);
    cr_assert_eq(f->code, DM_OK);
    free_fixture(f);
    close(connection);
}

static void gives_up(unsigned status, const char *type, unsigned tries, enum dm_code code)
{
    struct client_fixture *f = fixture();
    send_request(f);
    int connection = peer_accept(&f->peer);
    for (unsigned i = 0; i < tries; i++) {
        if (i)
            pass_backoff(f);
        peer_read(&f->peer, connection);
        reply_error(connection, status, type);
    }
    turn_until_done(f);
    cr_assert_eq(f->code, code, "%s", type);
    assert_str(dm_str(f->err.upstream_type), type);
    assert_str(dm_str(f->err.upstream_request_id), "R1");
    cr_assert_eq(f->err.retry_after_s > 0, code == DM_E_THROTTLED);
    free_fixture(f);
    close(connection);
}

TEST(client, gives_up_after_the_retries_that_are_allowed)
{
    gives_up(500, "InternalServerError", 4, DM_E_UPSTREAM);
    gives_up(400, "ThrottlingException", 4, DM_E_THROTTLED);
}

TEST(client, tries_what_fresh_credentials_may_mend_once_more)
{
    gives_up(400, "ExpiredTokenException", 2, DM_E_REFUSED);
    gives_up(400, "UnrecognizedClientException", 2, DM_E_REFUSED);
}

TEST(client, does_not_try_again_what_is_final)
{
    gives_up(400, "ValidationException", 1, DM_E_VALIDATION);
    gives_up(400, "AccessDeniedException", 1, DM_E_REFUSED);
    gives_up(400, "ResourceNotFoundException", 1, DM_E_TABLE_NOT_FOUND);
}

TEST(client, tries_again_on_another_connection_when_one_breaks)
{
    struct client_fixture *f = fixture();
    send_request(f);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    peer_send(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half");
    close(connection);
    for (int i = 0; i < 20; i++)
        assert_ok(dm_loop_turn(f->loop, 10, &f->err), f->err);
    pass_backoff(f);
    connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    reply(connection, 200, "{}");
    turn_until_done(f);
    cr_assert_eq(f->code, DM_OK);
    free_fixture(f);
    close(connection);
}

TEST(client, does_not_try_again_a_reply_that_is_too_large)
{
    struct client_fixture *f = fixture();
    char body[2000] = {0};
    memset(body, ' ', sizeof body - 1);
    send_request(f);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    peer_send(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1999\r\n\r\n");
    peer_send(connection, body);
    turn_until_done(f);
    cr_assert_eq(f->code, DM_E_UPSTREAM);
    assert_str(dm_str(f->err.message), "reply larger than 1000 bytes");
    free_fixture(f);
    close(connection);
}

/* --- time --- */

TEST(client, ends_at_the_deadline)
{
    struct client_fixture *f = fixture();
    f->options.read_timeout_ms = 2 * DEADLINE_MS;
    send_request(f);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    f->clock.now_ms += DEADLINE_MS - 1;
    assert_ok(dm_loop_turn(f->loop, 0, &f->err), f->err);
    cr_assert_eq(f->times, 0);
    f->clock.now_ms += 1;
    turn_until_done(f);
    cr_assert_eq(f->code, DM_E_TIMEOUT);
    peer_sees_end(&f->peer, connection);
    free_fixture(f);
}

TEST(client, does_not_wait_for_a_retry_that_would_come_after_the_deadline)
{
    struct client_fixture *f = fixture();
    send_request(f);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    f->clock.now_ms += DEADLINE_MS - 1;
    peer_send(connection, "HTTP/1.1 500 X\r\nx-amz-retry-after: 5\r\n"
                          "Content-Length: 0\r\n\r\n");
    turn_until_done(f);
    cr_assert_eq(f->code, DM_E_UPSTREAM);
    free_fixture(f);
    close(connection);
}

TEST(client, counts_a_read_timeout_as_a_try)
{
    struct client_fixture *f = fixture();
    f->options.max_retry_attempts = 0;
    send_request(f);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    f->clock.now_ms += 50000;
    turn_until_done(f);
    cr_assert_eq(f->code, DM_E_TIMEOUT);
    assert_str(dm_str(f->err.message), "no answer in 50000 ms");
    peer_sees_end(&f->peer, connection);
    free_fixture(f);
}

/* --- ending early --- */

TEST(client, can_be_cancelled_while_it_waits_for_an_answer_or_for_a_retry)
{
    struct client_fixture *f = fixture();
    send_request(f);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    client_cancel(f->call);
    peer_sees_end(&f->peer, connection);

    send_request(f);
    connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    reply_error(connection, 500, "InternalServerError");
    for (int i = 0; i < 20; i++)
        assert_ok(dm_loop_turn(f->loop, 10, &f->err), f->err);
    client_cancel(f->call);
    f->clock.now_ms += DEADLINE_MS;
    assert_ok(dm_loop_turn(f->loop, 0, &f->err), f->err);
    cr_assert_eq(f->times, 0);
    free_fixture(f);
    close(connection);
}

TEST(client, fails_without_credentials_and_sends_nothing)
{
    struct client_fixture *f = fixture();
    f->options.access_key_id = f->options.secret_access_key = (struct dm_str){NULL, 0};
    send_request(f);
    turn_until_done(f);
    cr_assert_eq(f->code, DM_E_CREDENTIALS);
    cr_assert_not(peer_has_connection(&f->peer));
    free_fixture(f);
}

TEST(client, survives_each_allocation_failing)
{
    struct client_fixture *f = fixture();
    WITH_EACH_ALLOCATION_FAILING
    {
        DM_AUTO(client) *client = NULL;
        enum dm_code code = client_new(f->loop, &empty, &f->options, &client, &f->err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", f->err.message);
    }
    free_fixture(f);
}
