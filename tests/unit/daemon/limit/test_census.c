/* Counting connections. */
#include "daemon/limit/census.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "support/test.h"

struct address {
    struct sockaddr_storage at;
};

static const struct sockaddr *parse(struct address *address, const char *text)
{
    void *at = &address->at;
    *address = (struct address){.at.ss_family = AF_UNIX};
    if (inet_pton(AF_INET, text, &((struct sockaddr_in *)at)->sin_addr) == 1)
        address->at.ss_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)at)->sin6_addr) == 1)
        address->at.ss_family = AF_INET6;
    return at;
}

static bool enter(struct census *census, const char *text, unsigned most)
{
    struct address address;
    return census_enter(census, parse(&address, text), most) == DM_OK;
}

static void leave(struct census *census, const char *text)
{
    struct address address;
    census_leave(census, parse(&address, text));
}

static void begin(struct census *census)
{
    struct dm_error err = {0};
    assert_ok(census_init(census, &err), err);
}

TEST(census, has_so_many_places)
{
    struct census census;
    begin(&census);
    cr_assert(census_take_place(&census, 2));
    cr_assert(census_take_place(&census, 2));
    cr_assert_not(census_take_place(&census, 2));
    census_leave_place(&census);
    cr_assert(census_take_place(&census, 2));
    census_done(&census);
}

TEST(census, lets_so_many_come_from_one_address)
{
    struct census census;
    begin(&census);
    cr_assert(enter(&census, "192.0.2.1", 2));
    cr_assert(enter(&census, "192.0.2.1", 2));
    cr_assert_not(enter(&census, "192.0.2.1", 2));
    cr_assert(enter(&census, "192.0.2.2", 2));
    leave(&census, "192.0.2.1");
    cr_assert(enter(&census, "192.0.2.1", 2));
    cr_assert_not(enter(&census, "::ffff:192.0.2.1", 2));
    cr_assert(enter(&census, "192.0.2.1", 0));
    for (int i = 0; i < 3; i++)
        leave(&census, "192.0.2.1");
    leave(&census, "192.0.2.2");
    cr_assert_eq(census.addresses.count, 0);
    census_done(&census);
}

TEST(census, takes_a_network_of_ipv6_for_one)
{
    struct census census;
    begin(&census);
    cr_assert(enter(&census, "2001:db8:1:2::1", 1));
    cr_assert_not(enter(&census, "2001:db8:1:2:ffff::9", 1));
    cr_assert(enter(&census, "2001:db8:1:3::1", 1));
    leave(&census, "2001:db8:1:2::1");
    leave(&census, "2001:db8:1:3::1");
    census_done(&census);
}

TEST(census, does_not_count_who_has_no_address)
{
    struct census census;
    begin(&census);
    for (int i = 0; i < 3; i++)
        cr_assert(enter(&census, "unix", 1));
    cr_assert_eq(census_enter(&census, NULL, 1), DM_OK);
    leave(&census, "unix");
    leave(&census, "192.0.2.1");
    cr_assert_eq(census.addresses.count, 0);
    census_done(&census);
}

TEST(census, counts_nobody_where_memory_runs_out)
{
    struct census census;
    struct address address;
    const struct sockaddr *from = parse(&address, "192.0.2.1");
    begin(&census);
    WITH_EACH_ALLOCATION_FAILING
    {
        enum dm_code code = census_enter(&census, from, 1);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
        if (!code)
            census_leave(&census, from);
        cr_assert_eq(census.addresses.count, 0);
        hash_map_done(&census.addresses);
    }
    census_done(&census);
}
