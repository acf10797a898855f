/* An app on DynamoDB, which the test plays: what is asked of it, in which order, and what
 * becomes of its answers. */
#ifndef DYNAMOD_TESTS_DIALOGUE_FIXTURE_H
#define DYNAMOD_TESTS_DIALOGUE_FIXTURE_H

#include "app_fixture.h"
#include "support/loop_fixture.h"
#include "support/peer.h"

static inline const char *nothing(const struct environment *environment, const char *name)
{
    (void)environment, (void)name;
    return NULL;
}

static const struct environment empty = {nothing};

/* An app, its DynamoDB, and what became of the last call. */
struct dialogue {
    struct fake_clock clock;
    struct dm_loop *loop;
    struct peer peer;
    int connection; /* -1: none yet */
    struct dm_app *app;
    struct dm_call *call;
    struct call_cost cost;
    struct dm_error err;
    enum dm_code code;
    unsigned times;
    char text[512]; /* what was given, as text */
    char next[512];
};

static inline struct dialogue *dialogue_new(const char *models)
{
    static struct dialogue dialogue;
    struct dialogue *d = &dialogue;
    char folder[] = "/tmp/dynamod-test-XXXXXX", path[64], text[2048];
    DM_AUTO(app_config) *config = NULL;
    *d = (struct dialogue){.clock = fake_clock(), .connection = -1};
    assert_ok(loop_new(&d->clock.clock, &d->loop, &d->err), d->err);
    peer_init(&d->peer, d->loop, 8);
    cr_assert(mkdtemp(folder));
    snprintf(
        text, sizeof text,
        "dynamodb = { region = \"eu-west-1\"; host = \"%.63s\"; max_retry_attempts = 0;\n"
        "aws_access_key_id = \"AKID\"; aws_secret_access_key = \"secret\";\n"
        "max_pool_connections = 1; };\nmodels = { %.1024s };\n",
        d->peer.url, models);
    put_file(folder, "todo.conf", text);
    snprintf(path, sizeof path, "%s/todo.conf", folder);
    assert_ok(app_config_load(path, &empty, &config, &d->err), d->err);
    remove_file(folder, "todo.conf");
    rmdir(folder);
    assert_ok(app_new(config, d->loop, &empty, &d->app, &d->err), d->err);
    return d;
}

static inline void dialogue_free(struct dialogue *d)
{
    dm_app_free(d->app);
    peer_done(&d->peer);
    dm_loop_free(d->loop);
}

static inline const char *request(struct dialogue *d)
{
    if (d->connection < 0)
        d->connection = peer_accept(&d->peer);
    return peer_read(&d->peer, d->connection);
}

/* The next request is of that operation, and has that in it. */
static inline void expect(struct dialogue *d, const char *operation, const char *part)
{
    char target[64];
    const char *text = request(d);
    snprintf(target, sizeof target, "DynamoDB_20120810.%s\r\n", operation);
    cr_assert(strstr(text, target), "%s", text);
    cr_assert(strstr(text, part), "%s", text);
}

static inline void answer(struct dialogue *d, unsigned status, const char *body)
{
    char text[2048];
    snprintf(text, sizeof text, "HTTP/1.1 %u X\r\nContent-Length: %zu\r\n\r\n%s", status,
             strlen(body), body);
    peer_send(d->connection, text);
}

static inline void wait_for(struct dialogue *d)
{
    struct dm_error err = {0};
    for (int i = 0; i < 1000 && !d->times; i++)
        assert_ok(dm_loop_turn(d->loop, 100, &err), err);
    cr_assert_eq(d->times, 1);
}

static inline void settle(struct dialogue *d, enum dm_code code,
                          const struct dm_error *err)
{
    d->times++;
    d->code = code;
    d->err = code ? *err : (struct dm_error){0};
}

static inline void keep(char room[512], struct dm_str text)
{
    snprintf(room, 512, "%.*s", STR_ARG(text));
}

#endif
