/* Which principal a request shows. */
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/auth/principal.h"
#include "support/test.h"

static struct principal people[] = {
    {.name = {"token", 5}}, {.name = {"again", 5}}, {.name = {"subject", 7}},
    {.name = {"san", 3}},   {.name = {"user", 4}},  {.name = {"group", 5}},
};

static struct auth_token tokens[] = {
    {{{1}}, &people[0]}, {{{2}}, &people[1]}, {{{3}}, &people[0]}};
static struct auth_certificate certificates[] = {
    {.subject = {"CN=web,O=Acme", 13}, .principal = &people[2]},
    {.san = {"DNS:web.internal", 16}, .principal = &people[3]},
    {.san = {"URI:spiffe://a/Web", 18}, .principal = &people[3]},
};
static struct auth_peer peers[] = {{false, 33, &people[4]}, {true, 44, &people[5]}};

static const struct auth_config config = {people, 6,     tokens, 3,        certificates,
                                          3,      peers, 2,      {NULL, 0}};

static const struct principal *by_token(unsigned char first, const struct peer *peer)
{
    struct evidence evidence = {.peer = peer, .has_token = true, .token = {{first}}};
    return principal_find(&config, &evidence);
}

static const struct principal *by_peer(const struct peer *peer)
{
    struct evidence evidence = {.peer = peer};
    return principal_find(&config, &evidence);
}

static const struct principal *by_names(const char *subject, const char *san)
{
    struct dm_str text = dm_str(san);
    struct certificate_names names = {dm_str(subject), &text, san ? 1 : 0};
    struct peer peer = {.kind = PEER_TLS, .certificate = &names};
    return by_peer(&peer);
}

TEST(principal, is_whose_token_is_shown)
{
    cr_assert_eq(by_token(1, NULL), &people[0]);
    cr_assert_eq(by_token(2, NULL), &people[1]);
    cr_assert_eq(by_token(3, NULL), &people[0], "one may have several");
    cr_assert_null(by_token(4, NULL));
    cr_assert_null(by_token(0, NULL));
}

TEST(principal, is_whose_process_it_is)
{
    struct peer user = {PEER_UNIX, true, .uid = 33, .gid = 1};
    struct peer group = {PEER_UNIX, true, .uid = 1, .gid = 44};
    struct peer crossed = {PEER_UNIX, true, .uid = 44, .gid = 33};
    struct peer unknown = {PEER_UNIX, false, .uid = 33, .gid = 44};
    cr_assert_eq(by_peer(&user), &people[4]);
    cr_assert_eq(by_peer(&group), &people[5]);
    cr_assert_null(by_peer(&crossed));
    cr_assert_null(by_peer(&unknown), "what the kernel does not say");
    cr_assert_null(by_peer(NULL));
}

TEST(principal, is_nobody_with_a_wrong_token_whoever_the_peer_is)
{
    struct peer user = {PEER_UNIX, true, .uid = 33, .gid = 44};
    cr_assert_null(by_token(9, &user));
    cr_assert_eq(by_token(2, &user), &people[1]);
}

TEST(principal, is_named_by_a_certificate)
{
    cr_assert_eq(by_names("CN=web,O=Acme", NULL), &people[2]);
    cr_assert_eq(by_names("CN=other", "DNS:web.internal"), &people[3]);
    cr_assert_eq(by_names("", "DNS:WEB.Internal"), &people[3], "hosts have no case");
    cr_assert_eq(by_names("", "URI:spiffe://a/Web"), &people[3]);
}

TEST(principal, is_nobody_by_what_only_looks_alike)
{
    static const char *const subjects[] = {"",
                                           "CN=web",
                                           "CN=web,O=Acme,C=DE",
                                           "cn=web,o=acme",
                                           "O=Acme,CN=web",
                                           "CN=web\\,O=Acme",
                                           "CN=web,O=Acme ",
                                           "DNS:web.internal"};
    static const char *const sans[] = {"",
                                       "DNS:web.internal.",
                                       "DNS:a.web.internal",
                                       "DNS:*.internal",
                                       "URI:spiffe://a/web",
                                       "URI:web.internal",
                                       "EMAIL:web.internal",
                                       "web.internal"};
    for (size_t i = 0; i < DM_COUNT(subjects); i++)
        cr_assert_null(by_names(subjects[i], NULL), "%s", subjects[i]);
    for (size_t i = 0; i < DM_COUNT(sans); i++)
        cr_assert_null(by_names("", sans[i]), "%s", sans[i]);
}

TEST(peer, of_a_unix_socket_is_who_connected)
{
    int pair[2];
    struct peer peer;
    struct sockaddr address = {.sa_family = AF_UNIX};
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    peer_meet(&peer, pair[0], &address);
    cr_assert(peer.kind == PEER_UNIX && peer.has_ids);
    cr_assert(peer.uid == getuid() && peer.gid == getgid());
    close(pair[0]);
    close(pair[1]);
}

TEST(peer, over_tcp_is_its_address)
{
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
                               .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct peer peer;
    peer_meet(&peer, -1, (const void *)&in);
    cr_assert(peer.kind == PEER_TCP && !peer.has_ids);
    cr_assert_eq(memcmp(peer.address, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1", 16), 0);
    peer_meet(&peer, -1, (const void *)&in6);
    cr_assert_eq(memcmp(peer.address, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16), 0);
}
