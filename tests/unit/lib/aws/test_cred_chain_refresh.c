/* The chain over time: what is loaded anew, when, and what is used meanwhile. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "aws/cred_chain.h"
#include "aws/profile.h"
#include "base/iso8601.h"
#include "fake_environment.h"
#include "support/loop_fixture.h"
#include "support/peer.h"

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE };

/* A chain whose credentials come from the peer, as a container's or an instance's. */
struct service {
    struct fake_clock clock;
    struct fake_environment environment;
    char credentials_path[64];
    struct dm_loop *loop;
    struct profiles *profiles;
    struct peer peer;
    struct cred_chain *chain;
    struct dm_error err;

    struct cred_waiter waiter;
    unsigned times;
    enum dm_code code;
    struct dm_error told;
};

static void on_told(enum dm_code code, const struct dm_error *err, void *ctx)
{
    struct service *s = ctx;
    s->times++;
    s->code = code;
    s->told = *err;
}

static void service_init(struct service *s, const char *variable)
{
    *s = (struct service){.clock = fake_clock(),
                          .credentials_path = "/tmp/dynamod-test-XXXXXX",
                          .waiter = {.done = on_told}};
    s->waiter.ctx = s;
    close(mkstemp(s->credentials_path));
    assert_ok(loop_new(&s->clock.clock, &s->loop, &s->err), s->err);
    peer_init(&s->peer, s->loop, 8);
    s->environment = FAKE({variable, s->peer.url},
                          {"AWS_SHARED_CREDENTIALS_FILE", s->credentials_path});
    assert_ok(profiles_new(&s->environment.environment, &s->profiles, &s->err), s->err);
    struct cred_sources sources = {.environment = &s->environment.environment,
                                   .loop = s->loop,
                                   .profiles = s->profiles};
    assert_ok(cred_chain_new(&sources, &s->chain, &s->err), s->err);
}

static void service_done(struct service *s)
{
    cred_chain_free(s->chain);
    profiles_free(s->profiles);
    dm_loop_free(s->loop);
    peer_done(&s->peer);
    unlink(s->credentials_path);
}
DM_AUTO_DONE_DEFINE(service, service_done)

#define CONTAINER "AWS_CONTAINER_CREDENTIALS_FULL_URI"
#define INSTANCE "AWS_EC2_METADATA_SERVICE_ENDPOINT"

static void turn_once(struct service *s)
{
    assert_ok(dm_loop_turn(s->loop, 0, &s->err), s->err);
}

static void settle(struct service *s)
{
    do
        turn_once(s);
    while (readable(dm_loop_fd(s->loop)));
}

/* Time passes, in steps that let timers come in their turn. */
static void pass(struct service *s, int64_t ms)
{
    s->clock.now_ms += ms;
    turn_once(s);
}

static void begin_wait(struct service *s)
{
    s->times = 0;
    cred_chain_wait(s->chain, &s->waiter);
}

static void await_told(struct service *s)
{
    struct pollfd ready = {.fd = dm_loop_fd(s->loop), .events = POLLIN};
    while (s->times == 0) {
        cr_assert_eq(poll(&ready, 1, STUCK_MS), 1, "nothing happens");
        turn_once(s);
    }
    cr_assert_eq(s->times, 1);
}

static void answer_on(struct service *s, int connection, unsigned status,
                      const char *body)
{
    char text[1024];
    peer_read(&s->peer, connection);
    snprintf(text, sizeof text, "HTTP/1.1 %u Status\r\nContent-Length: %zu\r\n\r\n%s",
             status, strlen(body), body);
    peer_send(connection, text);
}

static void answer(struct service *s, unsigned status, const char *body)
{
    int connection = peer_accept(&s->peer);
    answer_on(s, connection, status, body);
    peer_sees_end(&s->peer, connection);
}

/* Keys of that name that live so long from now on. */
static const char *keys_of(const struct service *s, const char *id, int64_t life_ms)
{
    static char text[512];
    struct instant at = {.seconds = (s->clock.now_ms + life_ms) / 1000};
    DM_AUTO_DONE(dm_buf) when;
    buf_init(&when, 64);
    iso8601_write(&at, &when);
    snprintf(text, sizeof text,
             "{\"Code\":\"Success\",\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"s\","
             "\"Token\":\"t\",\"Expiration\":\"%.*s\"}",
             id, STR_ARG(buf_str(&when)));
    return text;
}

static void assert_current(struct service *s, const char *id)
{
    const struct credentials *current = cred_chain_current(s->chain);
    cr_assert_eq(current == NULL, id == NULL, "%s",
                 current ? current->access_key_id : "");
    if (id)
        assert_str(dm_str(current->access_key_id), id);
}

static void assert_told(struct service *s, enum dm_code code)
{
    await_told(s);
    cr_assert_eq(s->code, code, "%s", s->told.message);
}

/* Begins with credentials of an hour. */
static void start(struct service *s)
{
    assert_current(s, NULL);
    begin_wait(s);
    answer(s, 200, keys_of(s, "FIRST", HOUR));
    assert_told(s, DM_OK);
    assert_current(s, "FIRST");
    struct cred_status status = cred_chain_status(s->chain);
    cr_assert(status.usable);
    assert_str(dm_str(status.provider), "container");
    cr_assert_eq(status.expires_ms / 1000, (s->clock.now_ms + HOUR) / 1000);
    cr_assert_eq(status.loads, 1);
}

static bool asks(struct service *s)
{
    settle(s);
    return peer_has_connection(&s->peer);
}

TEST(refresh, does_not_happen_before_it_is_advised)
{
    DM_AUTO_DONE(service) s;
    service_init(&s, CONTAINER);
    start(&s);
    pass(&s, 44 * MINUTE);
    assert_current(&s, "FIRST");
    cr_assert_not(asks(&s));
}

TEST(refresh, that_is_advised_keeps_nobody_waiting)
{
    DM_AUTO_DONE(service) s;
    service_init(&s, CONTAINER);
    start(&s);
    pass(&s, 46 * MINUTE);
    assert_current(&s, "FIRST");
    cr_assert(asks(&s));
    assert_current(&s, "FIRST");
    answer(&s, 200, keys_of(&s, "SECOND", HOUR));
    settle(&s);
    assert_current(&s, "SECOND");
    cr_assert_eq(cred_chain_status(s.chain).loads, 2);
    cr_assert_not(asks(&s));
}

TEST(refresh, that_is_needed_is_waited_for)
{
    DM_AUTO_DONE(service) s;
    service_init(&s, CONTAINER);
    start(&s);
    pass(&s, 51 * MINUTE);
    assert_current(&s, NULL);
    begin_wait(&s);
    settle(&s);
    cr_assert_eq(s.times, 0);
    answer(&s, 200, keys_of(&s, "SECOND", HOUR));
    assert_told(&s, DM_OK);
    assert_current(&s, "SECOND");
}

TEST(refresh, that_fails_is_tolerated_and_tried_again_after_a_minute)
{
    DM_AUTO_DONE(service) s;
    service_init(&s, CONTAINER);
    start(&s);
    pass(&s, 51 * MINUTE);
    begin_wait(&s);
    answer(&s, 404, "");
    assert_told(&s, DM_OK);
    assert_current(&s, "FIRST");
    struct cred_status status = cred_chain_status(s.chain);
    cr_assert(status.usable);
    cr_assert_eq(status.failures, 1);
    assert_str(dm_str(status.failed), "container");
    assert_str(dm_str(status.message), "container: answered 404");

    pass(&s, 59 * 1000);
    assert_current(&s, "FIRST");
    cr_assert_not(asks(&s));
    pass(&s, 17 * 1000);
    assert_current(&s, NULL);
    begin_wait(&s);
    answer(&s, 200, keys_of(&s, "SECOND", HOUR));
    assert_told(&s, DM_OK);
    assert_current(&s, "SECOND");
    cr_assert_null(cred_chain_status(s.chain).failed);
}

TEST(refresh, that_fails_at_the_end_is_a_failure_that_stands_for_a_second)
{
    DM_AUTO_DONE(service) s;
    service_init(&s, CONTAINER);
    start(&s);
    pass(&s, HOUR);
    assert_current(&s, NULL);
    begin_wait(&s);
    answer(&s, 404, "");
    assert_told(&s, DM_E_CREDENTIALS);
    assert_str(dm_str(s.told.message), "container: answered 404");
    cr_assert_not(cred_chain_status(s.chain).usable);

    begin_wait(&s);
    assert_told(&s, DM_E_CREDENTIALS);
    cr_assert_not(peer_has_connection(&s.peer));
    pass(&s, 1000);
    begin_wait(&s);
    answer(&s, 200, keys_of(&s, "SECOND", HOUR));
    assert_told(&s, DM_OK);
    assert_current(&s, "SECOND");
}

TEST(refresh, refuses_what_has_expired_already)
{
    DM_AUTO_DONE(service) s;
    service_init(&s, CONTAINER);
    begin_wait(&s);
    answer(&s, 200, keys_of(&s, "OLD", 0));
    assert_told(&s, DM_E_CREDENTIALS);
    assert_str(dm_str(s.told.message), "container: what it gave has expired");
}

TEST(refresh, of_what_was_rejected_waits_until_it_is_a_second_old)
{
    DM_AUTO_DONE(service) s;
    service_init(&s, CONTAINER);
    start(&s);
    uint64_t generation = cred_chain_current(s.chain)->generation;
    cred_chain_reject(s.chain, generation);
    assert_current(&s, "FIRST");
    pass(&s, 1000);
    cred_chain_reject(s.chain, generation + 1);
    assert_current(&s, "FIRST");
    cred_chain_reject(s.chain, generation);
    assert_current(&s, NULL);
}

/* Version 2: a token, the role's name, its keys. */
static void instance_answers(struct service *s, const char *keys)
{
    int connection = peer_accept(&s->peer);
    answer_on(s, connection, 200, "imds-token");
    answer_on(s, connection, 200, "role");
    answer_on(s, connection, 200, keys);
    peer_sees_end(&s->peer, connection);
}

static void instance_is_down(struct service *s)
{
    while (!s->times) {
        if (peer_has_connection(&s->peer))
            peer_reset(peer_accept(&s->peer));
        turn_once(s);
    }
}

TEST(refresh, of_an_instance_that_is_down_lets_its_keys_outlive_their_end)
{
    DM_AUTO_DONE(service) s;
    service_init(&s, INSTANCE);
    begin_wait(&s);
    instance_answers(&s, keys_of(&s, "FIRST", HOUR));
    assert_told(&s, DM_OK);
    pass(&s, HOUR);
    assert_current(&s, NULL);
    begin_wait(&s);
    instance_is_down(&s);
    assert_told(&s, DM_OK);
    assert_current(&s, "FIRST");
    struct cred_status status = cred_chain_status(s.chain);
    cr_assert(status.usable);
    cr_assert_geq(status.expires_ms, s.clock.now_ms + 5 * MINUTE);
    cr_assert_eq(status.failures, 1);

    pass(&s, 76 * 1000);
    assert_current(&s, "FIRST");
    settle(&s);
    instance_answers(&s, keys_of(&s, "SECOND", HOUR));
    settle(&s);
    assert_current(&s, "SECOND");
}

/* The failure still stands when they end: it is not for those who ask then. */
TEST(refresh, that_fails_just_before_an_instances_keys_end_lets_them_outlive_it)
{
    DM_AUTO_DONE(service) s;
    service_init(&s, INSTANCE);
    begin_wait(&s);
    instance_answers(&s, keys_of(&s, "FIRST", HOUR));
    assert_told(&s, DM_OK);
    pass(&s, HOUR - 500);
    assert_current(&s, NULL);
    begin_wait(&s);
    instance_is_down(&s);
    assert_told(&s, DM_OK);
    pass(&s, 600);
    assert_current(&s, NULL);
    begin_wait(&s);
    assert_told(&s, DM_OK);
    assert_current(&s, "FIRST");
}

TEST(refresh, takes_an_instances_keys_though_they_have_expired)
{
    DM_AUTO_DONE(service) s;
    service_init(&s, INSTANCE);
    begin_wait(&s);
    instance_answers(&s, keys_of(&s, "OLD", 0));
    assert_told(&s, DM_OK);
    assert_current(&s, "OLD");
    cr_assert_geq(cred_chain_status(s.chain).expires_ms, s.clock.now_ms + 5 * MINUTE);
}

static void write_keys(const struct service *s, const char *text)
{
    FILE *file = fopen(s->credentials_path, "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
}

TEST(refresh, reads_a_file_that_has_changed_once_it_is_at_rest)
{
    DM_AUTO_DONE(service) s;
    service_init(&s, CONTAINER);
    write_keys(&s, "[default]\naws_access_key_id = A\naws_secret_access_key = s\n");
    begin_wait(&s);
    assert_told(&s, DM_OK);
    assert_current(&s, "A");

    write_keys(&s, "[default]\naws_access_key_id = AB\naws_secret_acc");
    assert_current(&s, "A");
    pass(&s, 1000);
    assert_current(&s, "A");
    write_keys(&s, "[default]\naws_access_key_id = ABC\naws_secret_access_key = s\n");
    pass(&s, 1000);
    assert_current(&s, "A");
    settle(&s);
    assert_current(&s, "A");
    pass(&s, 1000);
    assert_current(&s, "A");
    settle(&s);
    assert_current(&s, "ABC");
    cr_assert_eq(cred_chain_status(s.chain).loads, 2);
}

TEST(refresh, keeps_what_it_has_when_a_file_is_spoilt)
{
    DM_AUTO_DONE(service) s;
    service_init(&s, CONTAINER);
    write_keys(&s, "[default]\naws_access_key_id = A\naws_secret_access_key = s\n");
    begin_wait(&s);
    assert_told(&s, DM_OK);
    write_keys(&s, "[default]\naws_access_key_id = AB\naws_secret_acc");
    for (int i = 0; i < 5; i++) {
        pass(&s, 1000);
        assert_current(&s, "A");
        settle(&s);
    }
    struct cred_status status = cred_chain_status(s.chain);
    cr_assert(status.usable);
    cr_assert_eq(status.loads, 2);
    cr_assert_eq(status.failures, 1);
    assert_str(dm_str(status.message), "shared credentials file: line 3: expected "
                                       "[section] or name = value");
}

TEST(refresh, counts_by_provider)
{
    DM_AUTO_DONE(service) s;
    struct cred_provider_status status;
    uint64_t loads = 0, failures = 0;
    size_t count = 0;
    service_init(&s, CONTAINER);
    start(&s);
    for (; cred_chain_provider(s.chain, count, &status); count++) {
        loads += status.loads;
        failures += status.failures;
        cr_assert_eq(status.loads, strcmp(status.name, "container") == 0);
    }
    cr_assert_eq(count, 10);
    cr_assert_eq(loads, 1);
    cr_assert_eq(failures, 0);
}
