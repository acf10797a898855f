/* The HTTP client: its pool, its queue, cancelling and freeing. */
#include "net/http.h"

#include <pthread.h>
#include <unistd.h>

#include "unit/lib/net/http_fixture.h"

static struct http_fixture *fixture_with(unsigned max_connections, unsigned max_queue)
{
    struct http_fixture *f = http_fixture_new(8);
    f->options.max_connections = max_connections;
    f->options.max_queue = max_queue;
    http_fixture_client(f);
    return f;
}

/* --- the pool and the queue --------------------------------------------------------- */

TEST(http, uses_a_connection_again)
{
    struct http_fixture *f = fixture_with(2, 0);
    int connection = http_fixture_exchange(f, -1);
    for (int i = 0; i < 20; i++)
        http_fixture_exchange(f, connection);
    cr_assert_not(peer_has_connection(&f->peer));
    close(connection);
    http_fixture_free(f);
}

TEST(http, opens_no_more_connections_than_allowed_and_lets_the_others_wait_in_order)
{
    struct http_fixture *f = fixture_with(2, 3);
    struct outcome outcomes[5];
    for (size_t i = 0; i < DM_COUNT(outcomes); i++) {
        outcomes[i] = outcome_of(f);
        http_fixture_send(f, &outcomes[i]);
    }
    struct http_request request = http_fixture_request(f);
    cr_assert_eq(http_send(f->client, &request, outcome_done, NULL, NULL, &f->err),
                 DM_E_OVERLOADED);
    assert_str(dm_str(f->err.message), "3 requests wait for a connection");

    int first = peer_accept(&f->peer), second = peer_accept(&f->peer);
    peer_read(&f->peer, first);
    peer_read(&f->peer, second);
    for (size_t i = 0; i < 3; i++) {
        peer_send(first, HTTP_OK);
        peer_read(&f->peer, first);
        cr_assert_eq(outcomes[0].times + outcomes[1].times, 1);
        for (size_t j = 2; j < 5; j++)
            cr_assert_eq(outcomes[j].times, j < 2 + i ? 1 : 0);
    }
    peer_send(first, HTTP_OK);
    peer_send(second, HTTP_OK);
    for (size_t i = 0; i < DM_COUNT(outcomes); i++) {
        http_fixture_await(f, &outcomes[i]);
        assert_answered(outcomes[i]);
    }
    cr_assert_not(peer_has_connection(&f->peer));
    close(first);
    close(second);
    http_fixture_free(f);
}

static void send_next(struct outcome *outcome)
{
    outcome[1] = outcome_of(outcome->f);
    http_fixture_send(outcome->f, &outcome[1]);
}

TEST(http, a_callback_may_send_on_the_connection_that_it_frees)
{
    struct http_fixture *f = fixture_with(1, 0);
    struct outcome outcomes[2] = {outcome_of(f)};
    outcomes[0].then = send_next;
    http_fixture_send(f, &outcomes[0]);
    int connection = peer_accept(&f->peer);
    for (size_t i = 0; i < 2; i++) {
        peer_read(&f->peer, connection);
        peer_send(connection, HTTP_OK);
        http_fixture_await(f, &outcomes[i]);
        assert_answered(outcomes[i]);
    }
    cr_assert_not(peer_has_connection(&f->peer));
    close(connection);
    http_fixture_free(f);
}

TEST(http, what_a_callback_sends_goes_behind_those_that_wait)
{
    struct http_fixture *f = fixture_with(1, 1);
    struct outcome outcomes[2] = {outcome_of(f)}, waiting = outcome_of(f);
    outcomes[0].then = send_next;
    http_fixture_send(f, &outcomes[0]);
    http_fixture_send(f, &waiting);
    int connection = peer_accept(&f->peer);
    for (int i = 0; i < 2; i++) {
        peer_read(&f->peer, connection);
        peer_send(connection, HTTP_OK);
    }
    http_fixture_await(f, &waiting);
    cr_assert_eq(outcomes[1].times, 0);
    peer_read(&f->peer, connection);
    peer_send(connection, HTTP_OK);
    http_fixture_await(f, &outcomes[1]);
    close(connection);
    http_fixture_free(f);
}

static void turn_for_long(struct outcome *outcome)
{
    outcome->f->clock.now_ms += 2 * READ_TIMEOUT_MS;
    http_fixture_settle(outcome->f);
}

TEST(http, a_callback_may_turn_the_loop)
{
    struct http_fixture *f = fixture_with(1, 1);
    struct outcome outcome = outcome_of(f), waiting = outcome_of(f);
    outcome.then = turn_for_long;
    http_fixture_send(f, &outcome);
    http_fixture_send(f, &waiting);
    int connection = peer_accept(&f->peer);
    for (int i = 0; i < 2; i++) {
        peer_read(&f->peer, connection);
        peer_send(connection, HTTP_OK);
    }
    http_fixture_await(f, &waiting);
    assert_answered(outcome);
    assert_answered(waiting);
    close(connection);
    http_fixture_free(f);
}

TEST(http, two_clients_share_no_connection)
{
    struct http_fixture *f = fixture_with(1, 0);
    int connection = http_fixture_exchange(f, -1);
    struct http_client *first = f->client;
    http_fixture_client(f);
    int other = http_fixture_exchange(f, -1);
    http_client_free(first);
    peer_sees_end(&f->peer, connection);
    http_fixture_exchange(f, other);
    close(other);
    http_fixture_free(f);
}

/* --- cancelling and freeing --------------------------------------------------------- */

TEST(http, a_call_that_waits_can_be_cancelled)
{
    struct http_fixture *f = fixture_with(1, 2);
    struct outcome first = outcome_of(f), second = outcome_of(f), third = outcome_of(f);
    http_fixture_send(f, &first);
    http_fixture_send(f, &second);
    http_fixture_send(f, &third);
    http_cancel(second.call);
    http_cancel(NULL);
    int connection = peer_accept(&f->peer);
    for (int i = 0; i < 2; i++) {
        peer_read(&f->peer, connection);
        peer_send(connection, HTTP_OK);
    }
    http_fixture_await(f, &third);
    assert_answered(first);
    assert_answered(third);
    cr_assert_eq(second.times, 0);
    close(connection);
    http_fixture_free(f);
}

TEST(http, a_call_cancelled_under_way_closes_its_connection_and_lets_the_next_go)
{
    struct http_fixture *f = fixture_with(1, 1);
    struct outcome first = outcome_of(f), second = outcome_of(f);
    http_fixture_send(f, &first);
    http_fixture_send(f, &second);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    http_cancel(first.call);
    peer_sees_end(&f->peer, connection);
    connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    peer_send(connection, HTTP_OK);
    http_fixture_await(f, &second);
    assert_answered(second);
    f->clock.now_ms += READ_TIMEOUT_MS;
    http_fixture_settle(f);
    cr_assert_eq(first.times, 0);
    close(connection);
    http_fixture_free(f);
}

static void cancel_next(struct outcome *outcome)
{
    http_cancel(outcome[1].call);
}

TEST(http, a_callback_may_cancel_another_call_that_has_just_been_answered_too)
{
    struct http_fixture *f = fixture_with(2, 0);
    struct outcome outcomes[2] = {outcome_of(f), outcome_of(f)};
    outcomes[0].then = cancel_next;
    http_fixture_send(f, &outcomes[0]);
    http_fixture_send(f, &outcomes[1]);
    int first = peer_accept(&f->peer), second = peer_accept(&f->peer);
    peer_read(&f->peer, first);
    peer_read(&f->peer, second);
    peer_send(first, HTTP_OK);
    peer_send(second, HTTP_OK);
    http_fixture_await(f, &outcomes[0]);
    http_fixture_settle(f);
    cr_assert_eq(outcomes[0].times + outcomes[1].times, 1);
    close(first);
    close(second);
    http_fixture_free(f);
}

TEST(http, a_client_can_be_freed_with_calls_at_every_stage)
{
    struct http_fixture *f = fixture_with(2, 1);
    struct outcome sent = outcome_of(f), connecting = outcome_of(f),
                   waiting = outcome_of(f);
    http_fixture_send(f, &sent);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    http_fixture_send(f, &connecting);
    http_fixture_send(f, &waiting);
    http_client_free(f->client);
    f->client = NULL;
    peer_sees_end(&f->peer, connection);
    http_fixture_settle(f);
    cr_assert_eq(sent.times + connecting.times + waiting.times, 0);
    http_fixture_free(f);
}

static void free_client(struct outcome *outcome)
{
    http_client_free(outcome->f->client);
    outcome->f->client = NULL;
}

TEST(http, a_callback_may_free_the_client)
{
    struct http_fixture *f = fixture_with(1, 1);
    struct outcome outcome = outcome_of(f), waiting = outcome_of(f);
    outcome.then = free_client;
    http_fixture_send(f, &outcome);
    http_fixture_send(f, &waiting);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    peer_send(connection, HTTP_OK);
    http_fixture_await(f, &outcome);
    assert_answered(outcome);
    cr_assert_eq(waiting.times, 0);
    close(connection);
    http_fixture_free(f);
}

static void *make_and_free(void *nothing)
{
    (void)nothing;
    for (int i = 0; i < 20; i++) {
        struct dm_error err = {0};
        struct http_options options = {.max_connections = 1};
        DM_AUTO(dm_loop) *loop = NULL;
        DM_AUTO(http_client) *client = NULL;
        assert_ok(dm_loop_new(&loop, &err), err);
        assert_ok(http_client_new(loop, &options, &client, &err), err);
    }
    return NULL;
}

TEST(http, clients_come_and_go_in_several_threads)
{
    pthread_t threads[4];
    for (size_t i = 0; i < DM_COUNT(threads); i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, make_and_free, NULL), 0);
    for (size_t i = 0; i < DM_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
}

/* --- memory ------------------------------------------------------------------------- */

static enum dm_code make_and_send(struct http_fixture *f, struct outcome *outcomes)
{
    struct http_header header = {STR("X-Name"), STR("value")};
    struct http_request request = http_fixture_request(f);
    request.headers = &header;
    request.header_count = 1;
    f->options.ca_file = "/dev/null";
    DM_TRY(http_client_new(f->loop, &f->options, &f->client, &f->err));
    DM_TRY(http_send(f->client, &request, outcome_done, &outcomes[0], NULL, &f->err));
    return http_send(f->client, &request, outcome_done, &outcomes[1], NULL, &f->err);
}

TEST(http, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        mem_fail_at(0);
        struct http_fixture *f = http_fixture_new(8);
        f->options.max_connections = 1;
        mem_fail_at(nth_);
        struct outcome outcomes[2] = {outcome_of(f), outcome_of(f)};
        if (make_and_send(f, outcomes) == DM_OK) {
            peer_serve(&f->peer, HTTP_OK, &outcomes[1].times);
            cr_assert_eq(outcomes[0].times, 1);
        }
        for (size_t i = 0; i < 2; i++)
            if (outcomes[i].times && outcomes[i].failure != HTTP_ANSWERED)
                cr_assert_eq(outcomes[i].err.code, DM_E_NOMEM);
        cr_assert(mem_failed() || outcomes[1].failure == HTTP_ANSWERED);
        http_fixture_free(f);
    }
}
