/* One provider on a loop. */
#include "provider_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void ended(struct cred_load *load, enum load_end end, struct credentials *found,
                  const struct dm_error *err)
{
    struct provider_fixture *f = DM_CONTAINER(load, struct provider_fixture, load);
    f->times++;
    f->end = end;
    if (found) {
        f->found = *found;
        *found = (struct credentials){0};
    }
    if (err)
        f->err = *err;
}

struct provider_fixture *provider_fixture_new(cred_provider_new_fn make)
{
    static struct provider_fixture fixture;
    struct provider_fixture *f = &fixture;
    *f = (struct provider_fixture){.clock = fake_clock(),
                                   .environment = {.environment = {fake_get}},
                                   .config_path = "/tmp/dynamod-test-XXXXXX",
                                   .load = {ended}};
    close(mkstemp(f->config_path));
    fixture_set(f, "AWS_CONFIG_FILE", f->config_path);
    assert_ok(loop_new(&f->clock.clock, &f->loop, &f->err), f->err);
    assert_ok(profiles_new(&f->environment.environment, &f->profiles, &f->err), f->err);
    peer_init(&f->peer, f->loop, 8);
    f->sources = (struct cred_sources){.environment = &f->environment.environment,
                                       .loop = f->loop,
                                       .profiles = f->profiles};
    assert_ok(make(&f->sources, &f->provider, &f->err), f->err);
    mem_forbid("SecretAccessKey"); /* what an answer with keys has */
    return f;
}

void provider_fixture_free(struct provider_fixture *f)
{
    f->provider.ops->free(f->provider.object);
    credentials_done(&f->found);
    profiles_free(f->profiles);
    dm_loop_free(f->loop);
    peer_done(&f->peer);
    cr_assert_eq(mem_spilled(), 0, "an answer stays in freed memory");
    mem_forbid(NULL);
    unlink(f->config_path);
}

void fixture_set(struct provider_fixture *f, const char *name, const char *value)
{
    struct fake_variable *variable = f->environment.variables;
    while (variable->name && strcmp(variable->name, name) != 0)
        variable++;
    cr_assert_lt(variable - f->environment.variables, FAKE_VARIABLES);
    *variable = (struct fake_variable){name, value};
}

void fixture_configure(struct provider_fixture *f, const char *text)
{
    FILE *file = fopen(f->config_path, "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
    assert_ok(profiles_refresh(f->profiles, &f->err), f->err);
}

void fixture_load(struct provider_fixture *f)
{
    credentials_done(&f->found);
    f->times = 0;
    f->err = (struct dm_error){0};
    f->provider.ops->load(f->provider.object, &f->load);
}

void fixture_turn(struct provider_fixture *f)
{
    struct dm_error err = {0};
    assert_ok(dm_loop_turn(f->loop, 0, &err), err);
}

void fixture_await(struct provider_fixture *f)
{
    struct pollfd ready = {.fd = dm_loop_fd(f->loop), .events = POLLIN};
    while (f->times == 0) {
        cr_assert_eq(poll(&ready, 1, STUCK_MS), 1, "nothing happens");
        fixture_turn(f);
    }
    cr_assert_eq(f->times, 1);
}

int fixture_serve(struct provider_fixture *f, int connection, const char *reply)
{
    if (connection < 0)
        connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    peer_send(connection, reply);
    return connection;
}

/* Closes and forgets a connection that the client has closed. */
static bool has_question(int *connection)
{
    struct pollfd ready = {.fd = *connection, .events = POLLIN};
    char byte;
    if (*connection < 0 || poll(&ready, 1, 0) == 0)
        return false;
    if (recv(*connection, &byte, 1, MSG_PEEK) == 1)
        return true;
    close(*connection);
    *connection = -1;
    return false;
}

void fixture_serve_all(struct provider_fixture *f, const char *const *bodies)
{
    int connection = -1;
    while (!f->times) {
        if (connection < 0 && peer_has_connection(&f->peer))
            connection = peer_accept(&f->peer);
        if (!f->times && has_question(&connection))
            fixture_serve(f, connection, reply_of(200, *bodies++));
        f->clock.now_ms++;
        fixture_turn(f);
    }
    if (connection >= 0)
        close(connection);
}

const char *reply_of(unsigned status, const char *body)
{
    static char text[4096];
    snprintf(text, sizeof text, "HTTP/1.1 %u Status\r\nContent-Length: %zu\r\n\r\n%s",
             status, strlen(body), body);
    return text;
}

void assert_keys(struct provider_fixture *f, const char *id, const char *secret,
                 const char *token, int64_t expires_ms)
{
    fixture_await(f);
    cr_assert_eq(f->end, LOAD_DONE, "%d: %s", f->end, f->err.message);
    assert_str(dm_str(f->found.access_key_id), id);
    assert_str(dm_str(f->found.secret_access_key), secret);
    cr_assert_eq(f->found.session_token == NULL, token == NULL);
    if (token)
        assert_str(dm_str(f->found.session_token), token);
    cr_assert_eq(f->found.expires_ms, expires_ms);
}

void assert_absent(struct provider_fixture *f)
{
    fixture_await(f);
    cr_assert_eq(f->end, LOAD_ABSENT, "%d: %s", f->end, f->err.message);
}

void assert_load_failed(struct provider_fixture *f, const char *message)
{
    fixture_await(f);
    cr_assert_eq(f->end, LOAD_FAILED);
    cr_assert_eq(f->err.code, DM_E_CREDENTIALS);
    assert_str(dm_str(f->err.message), message);
}
