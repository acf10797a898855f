/* The DynamoDB client where the endpoint fails it: damaged and packed replies, wrong
 * clocks, what must not be sent twice, and what is counted. */
#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

#include "unit/lib/store/client_fixture.h"

#define HELLO STR("{\"TableNames\":[]}")

/* A call and its request at the peer, which it returns. */
static int begin(struct client_fixture *f)
{
    client_fixture_send(f);
    int connection = peer_accept(&f->peer);
    peer_read(&f->peer, connection);
    return connection;
}

static void ends_well(struct client_fixture *f)
{
    client_fixture_await(f);
    cr_assert_eq(f->code, DM_OK, "%s", f->err.message);
    assert_str(dm_str(f->reply), HELLO.ptr);
}

static void end(struct client_fixture *f, int connection)
{
    client_fixture_free(f);
    close(connection);
}

/* --- the bytes of a reply --- */

static void reply_checked(int connection, struct dm_str body, unsigned long checksum)
{
    char header[64];
    snprintf(header, sizeof header, "x-amz-crc32: %lu\r\n", checksum);
    client_reply_with(connection, 200, header, body);
}

static unsigned long crc_of(struct dm_str body)
{
    return crc32(0, (const Bytef *)body.ptr, (uInt)body.len);
}

TEST(client_faults, takes_a_reply_whose_checksum_is_right)
{
    struct client_fixture *f = client_fixture();
    int connection = begin(f);
    reply_checked(connection, HELLO, crc_of(HELLO));
    ends_well(f);
    end(f, connection);
}

TEST(client_faults, tries_again_when_a_reply_is_damaged)
{
    struct client_fixture *f = client_fixture();
    int connection = begin(f);
    reply_checked(connection, HELLO, crc_of(HELLO) ^ 1);
    client_fixture_pass_backoff(f);
    peer_read(&f->peer, connection);
    reply_checked(connection, HELLO, crc_of(HELLO));
    ends_well(f);
    cr_assert_eq(client_fixture_figures(f).retries[CLIENT_RETRY_DAMAGED], 1);
    end(f, connection);
}

TEST(client_faults, fails_when_every_reply_is_damaged)
{
    struct client_fixture *f = client_fixture();
    f->options.max_retry_attempts = 0;
    int connection = begin(f);
    client_reply_with(connection, 200, "x-amz-crc32: many\r\n", HELLO);
    client_fixture_await(f);
    cr_assert_eq(f->code, DM_E_UPSTREAM);
    assert_str(dm_str(f->err.message), "the reply was damaged on its way");
    end(f, connection);
}

static struct dm_str pack(struct dm_str text, char *packed, size_t size)
{
    z_stream stream = {.next_in = (z_const Bytef *)(uintptr_t)text.ptr,
                       .avail_in = (uInt)text.len,
                       .next_out = (Bytef *)packed,
                       .avail_out = (uInt)size};
    cr_assert_eq(
        deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY),
        Z_OK);
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return (struct dm_str){packed, size - stream.avail_out};
}

static void reply_packed(int connection, unsigned status, struct dm_str packed)
{
    char header[128];
    snprintf(header, sizeof header, "Content-Encoding: gzip\r\nx-amz-crc32: %lu\r\n",
             crc_of(packed));
    client_reply_with(connection, status, header, packed);
}

TEST(client_faults, reads_packed_replies_and_asks_for_them_only_when_told)
{
    char packed[256];
    for (int asked = 0; asked < 2; asked++) {
        struct client_fixture *f = client_fixture();
        f->options.compressed_replies = asked;
        int connection = begin(f);
        cr_assert_eq(strstr(f->peer.request, "Accept-Encoding: gzip\r\n") != NULL, asked);
        reply_packed(connection, 200, pack(HELLO, packed, sizeof packed));
        ends_well(f);
        end(f, connection);
    }
}

TEST(client_faults, reads_packed_errors)
{
    char packed[256];
    struct client_fixture *f = client_fixture();
    int connection = begin(f);
    reply_packed(connection, 400,
                 pack(STR("{\"__type\":\"x#ValidationException\",\"message\":\"no\"}"),
                      packed, sizeof packed));
    client_fixture_await(f);
    cr_assert_eq(f->code, DM_E_VALIDATION);
    assert_str(dm_str(f->err.message), "no");
    end(f, connection);
}

TEST(client_faults, refuses_a_reply_that_unpacks_to_too_much)
{
    static char text[100000];
    char packed[1000];
    struct client_fixture *f = client_fixture();
    int connection = begin(f);
    struct dm_str bomb = {text, sizeof text};
    reply_packed(connection, 200, pack(bomb, packed, sizeof packed));
    client_fixture_await(f);
    cr_assert_eq(f->code, DM_E_UPSTREAM);
    assert_str(dm_str(f->err.message), "reply larger than 1000 bytes");
    end(f, connection);
}

TEST(client_faults, refuses_an_encoding_that_it_does_not_know)
{
    struct client_fixture *f = client_fixture();
    int connection = begin(f);
    client_reply_with(connection, 200, "Content-Encoding: br\r\n", HELLO);
    client_fixture_await(f);
    assert_str(dm_str(f->err.message), "the reply's encoding is not known");
    end(f, connection);
}

/* --- clocks --- */

/* Our clock says 2024-01-01T00:00:00Z. */
static void reply_skewed(int connection, const char *type, const char *date)
{
    char header[128], body[128];
    snprintf(header, sizeof header, "Date: %s\r\n", date);
    snprintf(body, sizeof body, "{\"__type\":\"x#%s\"}", type);
    client_reply_with(connection, 400, header, dm_str(body));
}

TEST(client_faults, signs_with_dynamodbs_time_when_our_clock_is_wrong)
{
    static const char *const types[] = {
        "RequestTimeTooSkewedException", "RequestExpired",        "RequestInTheFuture",
        "InvalidSignatureException",     "SignatureDoesNotMatch", "AuthFailure"};
    for (size_t i = 0; i < DM_COUNT(types); i++) {
        struct client_fixture *f = client_fixture();
        int connection = begin(f);
        cr_assert(strstr(f->peer.request, "X-Amz-Date: 20240101T000000Z"));
        reply_skewed(connection, types[i], "Mon, 01 Jan 2024 00:10:00 GMT");
        peer_read(&f->peer, connection);
        cr_assert(strstr(f->peer.request, "X-Amz-Date: 20240101T001000Z"), "%s",
                  f->peer.request);
        client_reply(connection, 200, HELLO.ptr);
        ends_well(f);

        client_fixture_send(f);
        peer_read(&f->peer, connection);
        cr_assert(strstr(f->peer.request, "X-Amz-Date: 20240101T001000Z"));
        client_reply(connection, 200, HELLO.ptr);
        ends_well(f);
        cr_assert_eq(client_fixture_figures(f).retries[CLIENT_RETRY_CLOCK], 1);
        end(f, connection);
    }
}

TEST(client_faults, corrects_a_clock_from_four_minutes_on_and_once)
{
    struct client_fixture *f = client_fixture();
    int connection = begin(f);
    reply_skewed(connection, "RequestTimeTooSkewed", "Mon, 01 Jan 2024 00:03:59 GMT");
    client_fixture_await(f);
    cr_assert_eq(f->code, DM_E_REFUSED);

    client_fixture_send(f);
    peer_read(&f->peer, connection);
    reply_skewed(connection, "RequestTimeTooSkewed", "Sun, 31 Dec 2023 23:56:00 GMT");
    peer_read(&f->peer, connection);
    cr_assert(strstr(f->peer.request, "X-Amz-Date: 20231231T235600Z"));
    reply_skewed(connection, "RequestTimeTooSkewed", "Sun, 31 Dec 2023 22:00:00 GMT");
    client_fixture_await(f);
    cr_assert_eq(f->code, DM_E_REFUSED);
    end(f, connection);
}

/* Or no request could be signed ever after. */
TEST(client_faults, does_not_believe_a_time_for_which_there_is_no_signature)
{
    static const char *const dates[] = {"Fri, 31 Dec 9999 23:59:59 GMT",
                                        "Sat, 01 Jan 20000 00:00:00 GMT"};
    struct client_fixture *f = client_fixture();
    int connection = begin(f);
    for (size_t i = 0; i < DM_COUNT(dates); i++) {
        reply_skewed(connection, "RequestTimeTooSkewed", dates[i]);
        client_fixture_await(f);
        cr_assert_eq(f->code, DM_E_REFUSED, "%s", f->err.message);
        client_fixture_send(f);
        peer_read(&f->peer, connection);
        cr_assert(strstr(f->peer.request, "X-Amz-Date: 20240101T000000Z"));
    }
    client_reply(connection, 200, HELLO.ptr);
    ends_well(f);
    end(f, connection);
}

TEST(client_faults, a_bad_signature_at_the_right_time_is_for_fresh_credentials)
{
    struct client_fixture *f = client_fixture();
    int connection = begin(f);
    reply_skewed(connection, "InvalidSignatureException",
                 "Mon, 01 Jan 2024 00:00:01 GMT");
    peer_read(&f->peer, connection);
    reply_skewed(connection, "InvalidSignatureException",
                 "Mon, 01 Jan 2024 00:00:01 GMT");
    client_fixture_await(f);
    cr_assert_eq(f->code, DM_E_REFUSED);
    cr_assert_eq(client_fixture_figures(f).retries[CLIENT_RETRY_CREDENTIALS], 1);
    end(f, connection);
}

/* --- what may have been done --- */

static void break_off(struct client_fixture *f, int connection)
{
    (void)f;
    close(connection);
}

static void stay_silent(struct client_fixture *f, int connection)
{
    f->clock.now_ms += 50000;
    peer_sees_end(&f->peer, connection);
}

static void fail(struct client_fixture *f, int connection)
{
    client_reply_error(connection, 500, "InternalServerError");
    client_fixture_settle(f);
    close(connection);
}

static void damage(struct client_fixture *f, int connection)
{
    reply_checked(connection, HELLO, crc_of(HELLO) ^ 1);
    client_fixture_settle(f);
    close(connection);
}

TEST(client_faults, does_not_send_again_what_may_be_done_where_that_matters)
{
    void (*const ways[])(struct client_fixture *, int) = {break_off, stay_silent, fail,
                                                          damage};
    for (size_t i = 0; i < DM_COUNT(ways); i++) {
        struct client_fixture *f = client_fixture();
        f->once = true;
        ways[i](f, begin(f));
        client_fixture_await(f);
        cr_assert_neq(f->code, DM_OK);
        cr_assert_eq(client_fixture_figures(f).attempts, 1, "way %zu", i);
        client_fixture_free(f);
    }
}

TEST(client_faults, sends_again_what_was_throttled_even_then)
{
    struct client_fixture *f = client_fixture();
    f->once = true;
    int connection = begin(f);
    client_reply_error(connection, 400, "ThrottlingException");
    client_fixture_pass_backoff(f);
    peer_read(&f->peer, connection);
    client_reply(connection, 200, HELLO.ptr);
    ends_well(f);
    end(f, connection);
}

/* --- ceilings and figures --- */

TEST(client_faults, refuses_what_is_more_than_may_wait)
{
    struct client_fixture *f = client_fixture();
    f->options.max_pool_connections = 1;
    f->options.max_queue = 2;
    int connection = begin(f);
    struct client_call *calls[3] = {f->call};
    for (int i = 1; i < 3; i++) {
        client_fixture_send(f);
        calls[i] = f->call;
    }
    cr_assert_eq(client_fixture_try(f), DM_E_OVERLOADED);
    cr_assert_eq(f->err.retry_after_s, 1);
    struct client_figures figures = client_fixture_figures(f);
    cr_assert_eq(figures.overloaded, 1);
    cr_assert_eq(figures.waiting, 2);
    cr_assert_eq(figures.in_flight, 1);
    for (int i = 0; i < 3; i++)
        client_cancel(calls[i]);
    cr_assert_eq(client_fixture_figures(f).waiting, 0);
    end(f, connection);
}

TEST(client_faults, counts_what_it_does)
{
    struct client_fixture *f = client_fixture();
    int connection = begin(f);
    client_reply_error(connection, 400, "ProvisionedThroughputExceededException");
    client_fixture_pass_backoff(f);
    peer_read(&f->peer, connection);
    client_reply_error(connection, 500, "InternalServerError");
    client_fixture_pass_backoff(f);
    peer_read(&f->peer, connection);
    client_reply(connection, 200, HELLO.ptr);
    ends_well(f);

    struct client_figures figures = client_fixture_figures(f);
    uint64_t answers = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        answers += figures.latency.counts[i];
    cr_assert_eq(figures.attempts, 3);
    cr_assert_eq(figures.retries[CLIENT_RETRY_THROTTLED], 1);
    cr_assert_eq(figures.retries[CLIENT_RETRY_SERVER], 1);
    cr_assert_eq(figures.throttles[CLIENT_THROTTLE_PROVISIONED], 1);
    cr_assert_eq(answers, 3);
    cr_assert_eq(figures.in_flight + figures.waiting, 0);
    end(f, connection);
}

TEST(client_faults, knows_each_kind_of_throttling_by_name)
{
    for (unsigned i = 0; i < CLIENT_THROTTLE_COUNT; i++)
        cr_assert_eq(client_throttle_of(client_throttle_name(i)), i);
    cr_assert_eq(client_throttle_of(""), CLIENT_THROTTLE_OTHER);
    for (unsigned i = 0; i < CLIENT_RETRY_COUNT; i++)
        cr_assert_not_null(client_retry_name(i));
}
