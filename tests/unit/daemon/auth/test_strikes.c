/* Who has shown wrong tokens lately. */
#include "base/mem.h"
#include "daemon/auth/strikes.h"
#include "support/test.h"

static struct peer of(unsigned number)
{
    struct peer peer = {.kind = PEER_TCP};
    for (size_t i = 0; i < 4; i++)
        peer.address[i] = (unsigned char)(number >> 8 * i);
    return peer;
}

static struct strikes *empty(void)
{
    struct strikes *strikes = mem_new(sizeof *strikes);
    cr_assert(strikes);
    return strikes;
}

TEST(strikes, are_forgotten_after_a_while)
{
    struct strikes *strikes = empty();
    struct peer one = of(1), other = of(2);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(strikes_wait_ms(strikes, &one, 3, 1000), 0);
        strikes_add(strikes, &one, 1000);
    }
    cr_assert_eq(strikes_wait_ms(strikes, &one, 3, 1000), STRIKE_WINDOW_MS);
    cr_assert_eq(strikes_wait_ms(strikes, &one, 3, 4000), STRIKE_WINDOW_MS - 3000);
    cr_assert_eq(strikes_wait_ms(strikes, &one, 0, 4000), 0, "no limit");
    cr_assert_eq(strikes_wait_ms(strikes, &other, 3, 4000), 0);
    cr_assert_eq(strikes_wait_ms(strikes, &one, 3, 1000 + STRIKE_WINDOW_MS), 0);
    strikes_add(strikes, &one, 1000 + STRIKE_WINDOW_MS);
    cr_assert_eq(strikes_wait_ms(strikes, &one, 2, 1000 + STRIKE_WINDOW_MS), 0,
                 "a new window begins with one");
    mem_free(strikes);
}

TEST(strikes, are_of_a_network_of_ipv6_an_address_of_ipv4_or_a_user)
{
    struct strikes *strikes = empty();
    struct peer host = of(1), neighbour = of(1);
    struct peer ipv4 = {.address = {[10] = 0xff, 0xff, 10, 0, 0, 1}}, next = ipv4;
    struct peer user = {PEER_UNIX, true, .uid = 0}, another = {PEER_UNIX, true, .uid = 1};
    neighbour.address[15] = 9;
    next.address[15] = 2;
    strikes_add(strikes, &host, 1);
    strikes_add(strikes, &ipv4, 1);
    strikes_add(strikes, &user, 1);
    cr_assert_gt(strikes_wait_ms(strikes, &neighbour, 1, 1), 0);
    cr_assert_eq(strikes_wait_ms(strikes, &next, 1, 1), 0);
    cr_assert_eq(strikes_wait_ms(strikes, &another, 1, 1), 0);
    cr_assert_gt(strikes_wait_ms(strikes, &user, 1, 1), 0);
    mem_free(strikes);
}

TEST(strikes, of_any_number_of_clients_take_the_same_room)
{
    struct strikes *strikes = empty();
    unsigned known = 0, count = 100 * STRIKE_SETS * STRIKE_WAYS;
    for (unsigned i = 0; i < count; i++) {
        struct peer peer = of(i);
        strikes_add(strikes, &peer, 1 + i / 1000);
    }
    for (unsigned i = 0; i < count; i++) {
        struct peer peer = of(i);
        known += strikes_wait_ms(strikes, &peer, 1, 1 + count / 1000) > 0;
    }
    cr_assert(known > 0 && known <= STRIKE_SETS * STRIKE_WAYS, "%u", known);
    mem_free(strikes);
}
