/* The HTTP client: addresses that may not be connected to. */
#include <netinet/in.h>
#include <unistd.h>

#include "unit/lib/net/http_fixture.h"

static bool is_not_127_0_0_1(const struct sockaddr *address)
{
    struct sockaddr_in in;
    memcpy(&in, address, sizeof in);
    return address->sa_family != AF_INET || in.sin_addr.s_addr != htonl(INADDR_LOOPBACK);
}

static bool is_any(const struct sockaddr *address)
{
    return address->sa_family == AF_INET;
}

TEST(http_address, that_is_not_allowed_is_not_connected_to)
{
    struct http_fixture *f = http_fixture_new(8);
    f->options.allow_address = is_not_127_0_0_1;
    http_fixture_client(f);
    struct outcome outcome = outcome_of(f);
    http_fixture_send(f, &outcome);
    http_fixture_await(f, &outcome);
    assert_failed(outcome, HTTP_NOT_SENT, DM_E_UPSTREAM,
                  "cannot connect: the address is not allowed");
    cr_assert_not(peer_has_connection(&f->peer));
    http_fixture_free(f);
}

TEST(http_address, that_is_allowed_is_connected_to)
{
    struct http_fixture *f = http_fixture_new(8);
    f->options.allow_address = is_any;
    http_fixture_client(f);
    close(http_fixture_exchange(f, -1));
    http_fixture_free(f);
}
