/* The limits of a thread: whom it lets in, and what it counts. */
#include "daemon/limit/limiter.h"

#include <netinet/in.h>

#include "daemon/log/log.h"
#include "support/test.h"

static const struct sockaddr_in client = {.sin_family = AF_INET,
                                          .sin_addr.s_addr = 0x0100007f};

static const struct sockaddr *address(void)
{
    return (const void *)&client;
}

static void begin(struct limiter *limiter, struct limit_commons *commons, unsigned most)
{
    struct dm_error err = {0};
    assert_ok(limit_commons_init(commons, &err), err);
    limiter_init(limiter);
    limiter_share(limiter, commons);
    limiter->connections = 9;
    limiter->config.connections_per_address = most;
    log_set_level(LOG_ERROR);
}

static void end(struct limiter *limiter, struct limit_commons *commons)
{
    cr_assert_eq(commons->census.connections, 0);
    cr_assert_eq(commons->census.addresses.count, 0);
    limiter_done(limiter);
    limit_commons_done(commons);
}

TEST(limiter, counts_those_of_an_address_that_has_too_many)
{
    struct limit_commons commons;
    struct limiter limiter;
    begin(&limiter, &commons, 1);
    cr_assert_null(limiter_take_place(&limiter, 0));
    cr_assert(limiter_enter(&limiter, address()));
    cr_assert_not(limiter_enter(&limiter, address()));
    cr_assert_eq(limiter.reached[LIMIT_CONNECTIONS_PER_ADDRESS], 1);
    limiter_leave(&limiter, address());
    end(&limiter, &commons);
}

TEST(limiter, tells_a_lack_of_memory_from_a_limit)
{
    struct limit_commons commons;
    struct limiter limiter;
    begin(&limiter, &commons, 1);
    WITH_EACH_ALLOCATION_FAILING
    {
        cr_assert_null(limiter_take_place(&limiter, 0));
        bool entered = limiter_enter(&limiter, address());
        cr_assert_eq(entered, !mem_failed());
        if (entered)
            limiter_leave(&limiter, address());
        else
            limiter_leave_place(&limiter);
        hash_map_done(&commons.census.addresses);
    }
    cr_assert_eq(limiter.reached[LIMIT_CONNECTIONS_PER_ADDRESS], 0);
    end(&limiter, &commons);
}
