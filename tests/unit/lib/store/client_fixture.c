/* What the DynamoDB client's tests share. */
#include "unit/lib/store/client_fixture.h"

#include <stdio.h>
#include <sys/socket.h>

static const char *no_files(const struct environment *environment, const char *name)
{
    (void)environment;
    if (strcmp(name, "AWS_EC2_METADATA_DISABLED") == 0)
        return "true";
    return str_ends(dm_str(name), STR("_FILE")) ? "/dev/null" : NULL;
}

const struct environment *client_environment(void)
{
    static const struct environment environment = {no_files};
    return &environment;
}

struct client_fixture *client_fixture(void)
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
    f->codes[code]++;
    snprintf(f->reply, sizeof f->reply, "%.*s", STR_ARG(reply));
    if (code)
        f->err = *err;
}

enum dm_code client_fixture_try(struct client_fixture *f)
{
    struct client_request request = {
        .operation = "ListTables",
        .body = STR("{}"),
        .max_reply = 1000,
        .deadline_ms = f->clock.now_ms + DEADLINE_MS,
        .arena = &f->arena,
        .once = f->once,
    };
    if (!f->client)
        assert_ok(
            client_new(f->loop, client_environment(), &f->options, &f->client, &f->err),
            f->err);
    f->times = 0;
    return client_send(f->client, &request, done, f, &f->call, &f->err);
}

void client_fixture_send(struct client_fixture *f)
{
    assert_ok(client_fixture_try(f), f->err);
    cr_assert_eq(f->times, 0, "done before client_send returned");
}

void client_fixture_free(struct client_fixture *f)
{
    client_free(f->client);
    arena_done(&f->arena);
    peer_done(&f->peer);
    dm_loop_free(f->loop);
}

void client_fixture_await(struct client_fixture *f)
{
    for (int i = 0; i < 1000 && !f->times; i++)
        assert_ok(dm_loop_turn(f->loop, 100, &f->err), f->err);
    cr_assert_eq(f->times, 1);
}

void client_fixture_settle(struct client_fixture *f)
{
    do
        assert_ok(dm_loop_turn(f->loop, 0, &f->err), f->err);
    while (readable(dm_loop_fd(f->loop)));
}

static uint64_t retries(const struct client_fixture *f)
{
    uint64_t sum = 0;
    struct client_figures figures = client_fixture_figures(f);
    for (size_t i = 0; i < CLIENT_RETRY_COUNT; i++)
        sum += figures.retries[i];
    return sum;
}

void client_fixture_pass_backoff(struct client_fixture *f)
{
    struct pollfd ready = {.fd = dm_loop_fd(f->loop), .events = POLLIN};
    uint64_t before = retries(f);
    while (retries(f) == before) {
        cr_assert_eq(poll(&ready, 1, STUCK_MS), 1, "nothing happens");
        assert_ok(dm_loop_turn(f->loop, 0, &f->err), f->err);
    }
    f->clock.now_ms += BACKOFF_MAX_MS / 2;
    assert_ok(dm_loop_turn(f->loop, 0, &f->err), f->err);
}

struct client_figures client_fixture_figures(const struct client_fixture *f)
{
    struct client_figures figures;
    client_read_figures(f->client, &figures);
    return figures;
}

void client_reply_with(int connection, unsigned status, const char *header,
                       struct dm_str body)
{
    char text[1024];
    int len = snprintf(text, sizeof text,
                       "HTTP/1.1 %u X\r\nx-amzn-RequestId: R1\r\n%sContent-Length: "
                       "%zu\r\n\r\n",
                       status, header, body.len);
    cr_assert_lt((size_t)len + body.len, sizeof text);
    memcpy(text + len, body.ptr, body.len);
    size_t all = (size_t)len + body.len;
    cr_assert_eq(send(connection, text, all, MSG_NOSIGNAL), (ssize_t)all);
}

void client_reply(int connection, unsigned status, const char *body)
{
    client_reply_with(connection, status, "", dm_str(body));
}

void client_reply_error(int connection, unsigned status, const char *type)
{
    char body[128];
    snprintf(body, sizeof body, "{\"__type\":\"x#%s\",\"message\":\"words\"}", type);
    client_reply(connection, status, body);
}
