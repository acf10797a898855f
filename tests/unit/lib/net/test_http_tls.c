/* The HTTP client over TLS, against OpenSSL's own test server. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/lib/net/http_fixture.h"

struct tls_server {
    char folder[32];
    char certificate[64]; /* self-signed, for 127.0.0.1 alone */
    char key[64];
    pid_t pid;
    unsigned port;
};

/* Runs it with `out` as its standard output. */
static pid_t run(const char *const command[], int out)
{
    pid_t pid = fork();
    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(out, STDOUT_FILENO);
    if (freopen("/dev/null", "w", stderr))
        execvp(command[0], (char *const *)(uintptr_t)command);
    _exit(127);
}

static void make_certificate(struct tls_server *server)
{
    const char *command[] = {
        "openssl",  "req",       "-x509",   "-newkey",
        "rsa:2048", "-nodes",    "-days",   "2",
        "-subj",    "/CN=test",  "-addext", "subjectAltName=IP:127.0.0.1",
        "-keyout",  server->key, "-out",    server->certificate,
        NULL};
    int status = 1;
    waitpid(run(command, STDERR_FILENO), &status, 0);
    cr_assert_eq(status, 0, "openssl req");
}

static void server_init(struct tls_server *server)
{
    *server = (struct tls_server){.folder = "/tmp/dynamod-tls-XXXXXX"};
    cr_assert_not_null(mkdtemp(server->folder));
    snprintf(server->certificate, sizeof server->certificate, "%s/cert", server->folder);
    snprintf(server->key, sizeof server->key, "%s/key", server->folder);
    make_certificate(server);

    const char *command[] = {"openssl",   "s_server", "-accept",           "127.0.0.1:0",
                             "-www",      "-cert",    server->certificate, "-key",
                             server->key, NULL};
    int out[2];
    char line[256] = "";
    cr_assert_eq(pipe(out), 0);
    server->pid = run(command, out[1]);
    close(out[1]);
    FILE *lines = fdopen(out[0], "r");
    while (sscanf(line, "ACCEPT 127.0.0.1:%u", &server->port) != 1)
        cr_assert_not_null(fgets(line, sizeof line, lines), "openssl s_server");
    fclose(lines);
}

static void server_done(struct tls_server *server)
{
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    unlink(server->certificate);
    unlink(server->key);
    rmdir(server->folder);
}

/* Whether the handshake was one of a session that was there before: the server says so.
 */
static void note_session(enum http_failure failure, const struct http_reply *reply,
                         const struct dm_error *err, void *ctx)
{
    struct outcome *outcome = ctx;
    outcome_done(failure, reply, err, ctx);
    if (!reply)
        return;
    struct dm_str body = reply->body;
    bool resumed = memmem(body.ptr, body.len, "Reused, TLSv1.3", 15);
    snprintf(outcome->body, sizeof outcome->body, "%s", resumed ? "resumed" : "new");
}

static void begin(struct http_fixture *f, const char *url, struct outcome *outcome)
{
    struct http_request request = {.method = "GET", .url = url, .max_reply = 100000};
    *outcome = outcome_of(f);
    assert_ok(http_send(f->client, &request, note_session, outcome, NULL, &f->err),
              f->err);
}

static struct outcome get(const struct tls_server *server, const char *host,
                          const char *ca_file)
{
    struct http_fixture *f = http_fixture_new(8);
    char url[64];
    snprintf(url, sizeof url, "https://%s:%u/", host, server->port);
    f->options.ca_file = ca_file;
    http_fixture_client(f);
    struct outcome outcome;
    begin(f, url, &outcome);
    http_fixture_await(f, &outcome);
    http_fixture_free(f);
    return outcome;
}

TEST(http_tls, a_certificate_is_trusted_for_its_name_by_its_authority_alone)
{
    struct tls_server server;
    server_init(&server);
    struct outcome outcome = get(&server, "127.0.0.1", server.certificate);
    cr_assert_eq(outcome.failure, HTTP_ANSWERED, "%s", outcome.err.message);
    cr_assert_eq(outcome.status, 200);

    outcome = get(&server, "127.0.0.1", NULL);
    assert_failed(outcome, HTTP_NOT_SENT, DM_E_UPSTREAM, "certificate not trusted");
    outcome = get(&server, "localhost", server.certificate);
    assert_failed(outcome, HTTP_NOT_SENT, DM_E_UPSTREAM, "certificate not trusted");
    server_done(&server);
}

static void assert_session(struct http_fixture *f, const char *url, const char *expected)
{
    struct outcome outcome;
    begin(f, url, &outcome);
    http_fixture_await(f, &outcome);
    cr_assert_eq(outcome.failure, HTTP_ANSWERED, "%s", outcome.err.message);
    assert_str(dm_str(outcome.body), expected);
}

TEST(http_tls, a_session_is_taken_up_again_by_any_later_connection)
{
    struct tls_server server;
    server_init(&server);
    struct http_fixture *f = http_fixture_new(8);
    char url[64];
    snprintf(url, sizeof url, "https://127.0.0.1:%u/", server.port);
    f->options.ca_file = server.certificate;
    http_fixture_client(f);
    assert_session(f, url, "new");
    struct outcome other = outcome_of(f);
    http_fixture_send(f, &other); /* so that the next transfer is another one */
    assert_session(f, url, "resumed");
    http_cancel(other.call);
    http_fixture_settle(f);
    f->clock.now_ms += 60000;
    http_fixture_settle(f);
    assert_session(f, url, "resumed");
    http_fixture_free(f);
    server_done(&server);
}
