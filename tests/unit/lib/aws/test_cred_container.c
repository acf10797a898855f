/* The container's endpoint: where it may be, what is sent, what is tried again. */
#include "provider_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char url[128];

static struct provider_fixture *fixture(void)
{
    struct provider_fixture *f = provider_fixture_new(cred_container_new);
    snprintf(url, sizeof url, "%sv2/keys?id=1", f->peer.url);
    fixture_set(f, "AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
    return f;
}

static void assert_reply_fails(const char *reply, const char *message)
{
    struct provider_fixture *f = fixture();
    fixture_load(f);
    close(fixture_serve(f, -1, reply));
    assert_load_failed(f, message);
    provider_fixture_free(f);
}

TEST(cred_container, is_absent_when_no_variable_names_it)
{
    struct provider_fixture *f = provider_fixture_new(cred_container_new);
    fixture_set(f, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "token");
    fixture_load(f);
    cr_assert_eq(f->times, 1);
    assert_absent(f);
    provider_fixture_free(f);
}

TEST(cred_container, gives_the_keys_that_the_endpoint_answers)
{
    struct provider_fixture *f = fixture();
    fixture_load(f);
    cr_assert_eq(f->times, 0);
    close(fixture_serve(f, -1, reply_of(200, KEYS_JSON)));
    assert_keys(f, "ID", "secret", "token", KEYS_EXPIRE_MS);
    assert_has(f->peer.request, "GET /v2/keys?id=1 HTTP/1.1\r\n");
    assert_has(f->peer.request, "\r\nAccept: application/json\r\n");
    assert_has_not(f->peer.request, "Authorization");
    provider_fixture_free(f);
}

TEST(cred_container, is_asked_on_a_new_connection_at_each_load)
{
    struct provider_fixture *f = fixture();
    for (int i = 0; i < 3; i++) {
        fixture_load(f);
        int connection = fixture_serve(f, -1, reply_of(200, KEYS_JSON));
        assert_keys(f, "ID", "secret", "token", KEYS_EXPIRE_MS);
        peer_sees_end(&f->peer, connection);
    }
    provider_fixture_free(f);
}

TEST(cred_container, is_shown_the_token_of_the_environment)
{
    struct provider_fixture *f = fixture();
    fixture_set(f, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc=");
    fixture_load(f);
    close(fixture_serve(f, -1, reply_of(200, KEYS_JSON)));
    assert_keys(f, "ID", "secret", "token", KEYS_EXPIRE_MS);
    assert_has(f->peer.request, "\r\nAuthorization: Basic abc=\r\n");
    provider_fixture_free(f);
}

/* The config file of the fixture serves as any file. */
static void write_token(struct provider_fixture *f, const char *token)
{
    FILE *file = fopen(f->config_path, "w");
    cr_assert_geq(fputs(token, file), 0);
    cr_assert_eq(fclose(file), 0);
    fixture_set(f, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", f->config_path);
}

TEST(cred_container, is_shown_the_token_that_the_file_has_by_then)
{
    struct provider_fixture *f = fixture();
    fixture_set(f, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "of the environment");
    static const struct {
        const char *token, *line;
    } cases[] = {{"first", "\r\nAuthorization: first\r\n"},
                 {"second", "\r\nAuthorization: second\r\n"}};
    for (size_t i = 0; i < DM_COUNT(cases); i++) {
        write_token(f, cases[i].token);
        fixture_load(f);
        close(fixture_serve(f, -1, reply_of(200, KEYS_JSON)));
        assert_keys(f, "ID", "secret", "token", KEYS_EXPIRE_MS);
        assert_has(f->peer.request, cases[i].line);
    }
    provider_fixture_free(f);
}

static void assert_token_fails(const char *token, const char *message)
{
    struct provider_fixture *f = fixture();
    write_token(f, token);
    fixture_load(f);
    assert_load_failed(f, message);
    cr_assert_not(peer_has_connection(&f->peer));
    provider_fixture_free(f);
}

TEST(cred_container, is_shown_no_token_that_would_be_a_header_more)
{
    const char *message = "container: header Authorization has a control character";
    assert_token_fails("token\n", message);
    assert_token_fails("token\r\nX-Evil: 1", message);
    assert_token_fails("",
                       "container: the authorization token's file: empty, or not there");
}

TEST(cred_container, is_not_asked_without_the_token_that_a_file_should_have)
{
    struct provider_fixture *f = fixture();
    fixture_set(f, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/no/such/file");
    fixture_load(f);
    assert_load_failed(f,
                       "container: the authorization token's file: empty, or not there");
    provider_fixture_free(f);
}

static void assert_url_fails(const char *name, const char *value, const char *message)
{
    struct provider_fixture *f = fixture();
    fixture_set(f, name, value);
    fixture_load(f);
    for (int i = 0; i < 2; i++) {
        fixture_turn(f);
        while (f->times == 0 && readable(dm_loop_fd(f->loop)))
            fixture_turn(f);
        f->clock.now_ms += 400;
    }
    assert_load_failed(f, message);
    provider_fixture_free(f);
}

TEST(cred_container, is_of_this_host_where_there_is_no_tls)
{
    static const char full[] = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
    static const char forbidden[] =
        "container: cannot connect: the address is not allowed";
    assert_url_fails(full, "http://192.0.2.1/", forbidden);
    assert_url_fails(full, "http://3221225985/", forbidden);
    assert_url_fails(full, "http://169.254.170.3/", forbidden);
    assert_url_fails(full, "http://169.254.169.254/", forbidden);
    assert_url_fails(full, "http://[2001:db8::1]/", forbidden);
    assert_url_fails(full, "http://[fd00:ec2::24]/", forbidden);
    assert_url_fails(full, "http://127.0.0.1@192.0.2.1/", forbidden);
    assert_url_fails(full, "ftp://127.0.0.1/", "container: not a URL of http or https");
    assert_url_fails(full, "/v2/keys", "container: not a URL");
}

TEST(cred_container, may_be_any_name_and_address_of_the_loopback)
{
    struct provider_fixture *f = fixture();
    const char *port = strrchr(f->peer.url, ':');
    snprintf(url, sizeof url, "http://localhost%s", port);
    fixture_load(f);
    close(fixture_serve(f, -1, reply_of(200, KEYS_JSON)));
    assert_keys(f, "ID", "secret", "token", KEYS_EXPIRE_MS);
    provider_fixture_free(f);
}

TEST(cred_container, has_a_path_that_is_one)
{
    assert_url_fails("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@192.0.2.1/",
                     "container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin "
                     "with /");
}

TEST(cred_container, is_asked_again_after_what_may_pass)
{
    static const unsigned statuses[] = {500, 503, 429};
    for (size_t i = 0; i < DM_COUNT(statuses); i++) {
        struct provider_fixture *f = fixture();
        fixture_load(f);
        int connection = fixture_serve(f, -1, reply_of(statuses[i], ""));
        while (readable(dm_loop_fd(f->loop)))
            fixture_turn(f);
        f->clock.now_ms += 200;
        fixture_turn(f);
        close(fixture_serve(f, connection, reply_of(200, KEYS_JSON)));
        assert_keys(f, "ID", "secret", "token", KEYS_EXPIRE_MS);
        provider_fixture_free(f);
    }
}

TEST(cred_container, is_given_up_after_three_tries)
{
    static const int64_t pauses_ms[] = {200, 400, 0};
    struct provider_fixture *f = fixture();
    fixture_load(f);
    for (size_t i = 0; i < DM_COUNT(pauses_ms); i++) {
        int connection = peer_accept(&f->peer);
        peer_read(&f->peer, connection);
        cr_assert_eq(f->times, 0);
        peer_reset(connection);
        while (readable(dm_loop_fd(f->loop)))
            fixture_turn(f);
        f->clock.now_ms += pauses_ms[i];
    }
    assert_load_failed(f, "container: connection lost before the reply's end");
    provider_fixture_free(f);
}

TEST(cred_container, that_is_silent_is_given_up_in_time)
{
    static const int64_t pauses_ms[] = {200, 400, 0};
    struct provider_fixture *f = fixture();
    fixture_load(f);
    for (size_t i = 0; i < DM_COUNT(pauses_ms); i++) {
        int connection = peer_accept(&f->peer);
        peer_read(&f->peer, connection);
        f->clock.now_ms += 2000;
        peer_sees_end(&f->peer, connection);
        f->clock.now_ms += pauses_ms[i];
    }
    assert_load_failed(f, "container: no answer in 2000 ms");
    provider_fixture_free(f);
}

TEST(cred_container, that_refuses_is_not_asked_again)
{
    assert_reply_fails(reply_of(400, "no"), "container: answered 400");
    assert_reply_fails(reply_of(403, KEYS_JSON), "container: answered 403");
    assert_reply_fails(reply_of(302, ""), "container: answered 302");
}

TEST(cred_container, that_answers_something_else_is_not_believed)
{
    assert_reply_fails(
        reply_of(200, "<html>"),
        "container: not the JSON of credentials: byte 0: expected an object");
    assert_reply_fails(reply_of(200, "{\"AccessKeyId\":\"A\"}"),
                       "container: the answer has no SecretAccessKey");
}

TEST(cred_container, is_forgotten_with_the_provider)
{
    struct provider_fixture *f = fixture();
    fixture_load(f);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    provider_fixture_free(f);
    cr_assert_eq(f->times, 0);
    close(connection);
}

TEST(cred_container, is_forgotten_with_the_provider_between_two_tries)
{
    struct provider_fixture *f = fixture();
    fixture_load(f);
    int connection = fixture_serve(f, -1, reply_of(500, ""));
    while (readable(dm_loop_fd(f->loop)))
        fixture_turn(f);
    provider_fixture_free(f);
    cr_assert_eq(f->times, 0);
    close(connection);
}

TEST(cred_container, survives_each_allocation_failing)
{
    static const char *const bodies[] = {KEYS_JSON};
    struct provider_fixture *f = fixture();
    write_token(f, "token");
    fixture_load(f);
    fixture_serve_all(f, bodies); /* the loop's memory stays */
    credentials_done(&f->found);
    WITH_EACH_ALLOCATION_FAILING
    {
        fixture_load(f);
        fixture_serve_all(f, bodies);
        cr_assert_eq(f->end, mem_failed() ? LOAD_FAILED : LOAD_DONE);
        cr_assert_eq(f->err.code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s",
                     f->err.message);
        credentials_done(&f->found);
    }
    provider_fixture_free(f);
}
