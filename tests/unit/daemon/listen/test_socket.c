/* Listening sockets: opened, shared, refused, removed. */
#include "daemon/listen/socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/test.h"

static struct address tcp(const char *host, const char *port)
{
    struct address address = {.is_unix = false};
    snprintf(address.host, sizeof address.host, "%s", host);
    snprintf(address.port, sizeof address.port, "%s", port);
    return address;
}

/* The port behind the last colon. */
static const char *port_of(const struct listen_socket *socket)
{
    return strrchr(socket->url, ':') + 1;
}

TEST(socket, has_the_port_that_it_got_in_its_url)
{
    struct dm_error err = {0};
    struct sockets sockets = {.at = NULL};
    struct address address = tcp("127.0.0.1", "0");
    assert_ok(sockets_open(&sockets, &address, &err), err);
    cr_assert_eq(sockets.count, 1);
    cr_assert(str_starts(dm_str(sockets.at[0].url), STR("http://127.0.0.1:")));
    size_t port = 0;
    cr_assert(str_to_size(dm_str(port_of(&sockets.at[0])), 65535, &port) && port > 0);
    sockets_done(&sockets);
}

TEST(socket, is_shared_by_many_and_reserved_from_others)
{
    struct dm_error err = {0};
    struct sockets sockets = {.at = NULL}, others = {.at = NULL};
    struct address address = tcp("127.0.0.1", "0");
    int first = -1, second = -1;
    assert_ok(sockets_open(&sockets, &address, &err), err);
    assert_ok(socket_share(&sockets.at[0], &first, &err), err);
    assert_ok(socket_share(&sockets.at[0], &second, &err), err);

    struct address taken = tcp("127.0.0.1", port_of(&sockets.at[0]));
    cr_assert_eq(sockets_open(&others, &taken, &err), DM_E_CONFIG);
    cr_assert(strstr(err.message, taken.port), "%s", err.message);
    cr_assert_eq(others.count, 0);

    close(first);
    close(second);
    sockets_done(&sockets);
    sockets_done(&others);
}

TEST(socket, of_a_name_that_is_none_is_refused)
{
    struct dm_error err = {0};
    struct sockets sockets = {.at = NULL};
    struct address address = tcp("no such host", "1");
    cr_assert_eq(sockets_open(&sockets, &address, &err), DM_E_CONFIG);
    cr_assert(strstr(err.message, "no such host:1: cannot listen: "), "%s", err.message);
    sockets_done(&sockets);
}

/* A folder for a socket file. */
struct place {
    char folder[32];
    struct address address;
};

static struct place make_place(void)
{
    struct place place = {.folder = "/tmp/dynamod-test-XXXXXX",
                          .address = {.is_unix = true}};
    cr_assert(mkdtemp(place.folder));
    snprintf(place.address.path, sizeof place.address.path, "%s/s", place.folder);
    return place;
}

/* Fails when anything is left in it. */
static void remove_place(const struct place *place)
{
    cr_assert_eq(rmdir(place->folder), 0);
}

TEST(socket, of_unix_is_for_owner_and_group_and_goes_in_the_end)
{
    struct dm_error err = {0};
    struct sockets sockets = {.at = NULL};
    struct place place = make_place();
    struct stat status;
    assert_ok(sockets_open(&sockets, &place.address, &err), err);
    cr_assert_eq(stat(place.address.path, &status), 0);
    cr_assert(S_ISSOCK(status.st_mode));
    cr_assert_eq(status.st_mode & 0777, 0660);
    sockets_done(&sockets);
    remove_place(&place);
}

TEST(socket, of_unix_that_answers_is_not_replaced)
{
    struct dm_error err = {0};
    struct sockets sockets = {.at = NULL}, others = {.at = NULL};
    struct place place = make_place();
    assert_ok(sockets_open(&sockets, &place.address, &err), err);
    cr_assert_eq(sockets_open(&others, &place.address, &err), DM_E_CONFIG);
    sockets_done(&others);
    cr_assert_eq(access(place.address.path, F_OK), 0);
    sockets_done(&sockets);
    remove_place(&place);
}

TEST(socket, of_unix_that_nobody_answers_on_is_replaced)
{
    struct dm_error err = {0};
    struct sockets sockets = {.at = NULL};
    struct place place = make_place();
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", place.address.path);
    int left = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(left, (struct sockaddr *)&address, sizeof address), 0);
    close(left);

    assert_ok(sockets_open(&sockets, &place.address, &err), err);
    sockets_done(&sockets);
    remove_place(&place);
}

TEST(socket, does_not_replace_what_is_no_socket)
{
    struct dm_error err = {0};
    struct sockets sockets = {.at = NULL};
    struct place place = make_place();
    FILE *file = fopen(place.address.path, "we");
    cr_assert(file && fclose(file) == 0);
    cr_assert_eq(sockets_open(&sockets, &place.address, &err), DM_E_CONFIG);
    sockets_done(&sockets);
    cr_assert_eq(unlink(place.address.path), 0);
    remove_place(&place);
}

TEST(socket, file_of_another_daemon_stays)
{
    struct dm_error err = {0};
    struct sockets sockets = {.at = NULL}, others = {.at = NULL};
    struct place place = make_place();
    assert_ok(sockets_open(&sockets, &place.address, &err), err);
    cr_assert_eq(unlink(place.address.path), 0);
    assert_ok(sockets_open(&others, &place.address, &err), err);
    sockets_done(&sockets);
    cr_assert_eq(access(place.address.path, F_OK), 0);
    sockets_done(&others);
    remove_place(&place);
}

/* As a service manager does: it keeps the socket, and we get another descriptor. */
static void adopt_shared(struct sockets *sockets, const struct listen_socket *socket)
{
    struct dm_error err = {0};
    assert_ok(sockets_adopt(sockets, dup(socket->fd), &err), err);
    cr_assert(sockets->at[0].is_inherited);
    cr_assert_str_eq(sockets->at[0].url, socket->url);
}

TEST(socket, inherited_is_shared_as_a_duplicate)
{
    struct dm_error err = {0};
    struct sockets sockets = {.at = NULL}, inherited = {.at = NULL};
    struct address address = tcp("127.0.0.1", "0");
    struct stat first, second;
    int share = -1;
    assert_ok(sockets_open(&sockets, &address, &err), err);
    adopt_shared(&inherited, &sockets.at[0]);
    assert_ok(socket_share(&inherited.at[0], &share, &err), err);
    cr_assert(fstat(share, &first) == 0 && fstat(sockets.at[0].fd, &second) == 0);
    cr_assert_eq(first.st_ino, second.st_ino, "the same socket");
    close(share);
    sockets_done(&inherited);
    sockets_done(&sockets);
}

TEST(socket, inherited_of_unix_keeps_its_file)
{
    struct dm_error err = {0};
    struct sockets sockets = {.at = NULL}, inherited = {.at = NULL};
    struct place place = make_place();
    assert_ok(sockets_open(&sockets, &place.address, &err), err);
    adopt_shared(&inherited, &sockets.at[0]);
    sockets_done(&inherited);
    cr_assert_eq(access(place.address.path, F_OK), 0);
    sockets_done(&sockets);
    remove_place(&place);
}

TEST(socket, inherited_of_another_kind_is_refused)
{
    struct dm_error err = {0};
    struct sockets sockets = {.at = NULL};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
    cr_assert_eq(sockets_adopt(&sockets, fd, &err), DM_E_CONFIG);
    cr_assert(strstr(err.message, "neither TCP nor unix"), "%s", err.message);
    cr_assert_eq(sockets_adopt(&sockets, -1, &err), DM_E_CONFIG);
    cr_assert_eq(close(fd), -1, "it is closed already");
    sockets_done(&sockets);
}

TEST(socket, survives_each_allocation_failing)
{
    struct place place = make_place();
    struct address addresses[] = {tcp("127.0.0.1", "0"), place.address};
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        struct sockets sockets = {.at = NULL};
        enum dm_code code = DM_OK;
        for (size_t i = 0; i < DM_COUNT(addresses) && !code; i++)
            code = sockets_open(&sockets, &addresses[i], &err);
        struct sockets inherited = {.at = NULL};
        if (!code)
            code = sockets_adopt(&inherited, dup(sockets.at[0].fd), &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", err.message);
        sockets_done(&inherited);
        sockets_done(&sockets);
        cr_assert_neq(access(place.address.path, F_OK), 0, "the file is gone");
    }
    remove_place(&place);
}
