/* Accepting connections. */
#include "daemon/listen/listener.h"

#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/log/log.h"
#include "support/test.h"

/* A clock that stands until it is moved. */
struct stopped_clock {
    struct clock clock;
    int64_t now_ms;
};

static int64_t read_clock(const struct clock *clock)
{
    return ((const struct stopped_clock *)(const void *)clock)->now_ms;
}

/* Closes what it is given, and counts. */
struct guest_book {
    unsigned room, taken, accepted;
};

static const char *take_place(void *ctx)
{
    struct guest_book *book = ctx;
    if (book->taken == book->room)
        return "the book is full";
    book->taken++;
    return NULL;
}

static void leave_place(void *ctx)
{
    struct guest_book *book = ctx;
    book->taken--;
}

static void accepted(int fd, const struct sockaddr *address, socklen_t size, void *ctx)
{
    struct guest_book *book = ctx;
    (void)address, (void)size;
    book->accepted++;
    close(fd);
}

static const struct listener_owner owner = {
    .take_place = take_place, .leave_place = leave_place, .accepted = accepted};

struct fixture {
    struct stopped_clock clock;
    struct dm_loop *loop;
    struct listener *listener;
    struct sockaddr_in address;
    struct guest_book book;
    int clients[8];
    size_t client_count;
};

static void listen_somewhere(struct fixture *fixture, enum listener_queue queue)
{
    struct dm_error err = {0};
    socklen_t size = sizeof fixture->address;
    struct sockaddr *address = (struct sockaddr *)&fixture->address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    fixture->address = (struct sockaddr_in){.sin_family = AF_INET,
                                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    cr_assert(bind(fd, address, size) == 0 && listen(fd, 16) == 0 &&
              getsockname(fd, address, &size) == 0);
    assert_ok(listener_new(fixture->loop, fd, queue, &owner, &fixture->book,
                           &fixture->listener, &err),
              err);
}

static void set_up_with(struct fixture *fixture, unsigned room, enum listener_queue queue)
{
    struct dm_error err = {0};
    log_set_level(LOG_ERROR);
    *fixture = (struct fixture){
        .clock = {.clock = {.monotonic_ms = read_clock, .wall_ms = read_clock},
                  .now_ms = 1000},
        .book.room = room,
    };
    assert_ok(loop_new(&fixture->clock.clock, &fixture->loop, &err), err);
    listen_somewhere(fixture, queue);
}

static void set_up(struct fixture *fixture, unsigned room)
{
    set_up_with(fixture, room, LISTENER_ALONE);
}

static void tear_down(struct fixture *fixture)
{
    while (fixture->client_count)
        close(fixture->clients[--fixture->client_count]);
    listener_free(fixture->listener);
    dm_loop_free(fixture->loop);
}

static bool connect_one(struct fixture *fixture)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool connected =
        connect(fd, (struct sockaddr *)&fixture->address, sizeof fixture->address) == 0;
    fixture->clients[fixture->client_count++] = fd;
    return connected;
}

static void turn(struct fixture *fixture)
{
    struct dm_error err = {0};
    assert_ok(dm_loop_turn(fixture->loop, 0, &err), err);
}

TEST(listener, accepts_all_that_wait)
{
    struct fixture fixture;
    set_up(&fixture, 10);
    for (int i = 0; i < 3; i++)
        cr_assert(connect_one(&fixture));
    turn(&fixture);
    cr_assert_eq(fixture.book.accepted, 3);
    tear_down(&fixture);
}

TEST(listener, pauses_while_there_is_no_room_and_looks_again)
{
    struct fixture fixture;
    set_up(&fixture, 1);
    cr_assert(connect_one(&fixture) && connect_one(&fixture));
    turn(&fixture);
    cr_assert_eq(fixture.book.accepted, 1);

    fixture.book.room = 2;
    turn(&fixture);
    cr_assert_eq(fixture.book.accepted, 1, "it paused, and does not look");
    fixture.clock.now_ms += 1000;
    turn(&fixture);
    turn(&fixture);
    cr_assert_eq(fixture.book.accepted, 2);
    tear_down(&fixture);
}

TEST(listener, looks_again_at_once_where_there_is_no_memory_to_pause_with)
{
    struct fixture fixture;
    set_up(&fixture, 1);
    cr_assert(connect_one(&fixture) && connect_one(&fixture));
    mem_fail_at(1);
    turn(&fixture);
    turn(&fixture);
    cr_assert(mem_failed());
    mem_fail_at(0);
    cr_assert_eq(fixture.book.accepted, 1);

    fixture.book.room = 2;
    turn(&fixture);
    turn(&fixture);
    cr_assert_eq(fixture.book.accepted, 2);
    tear_down(&fixture);
}

TEST(listener, drains_what_waits_and_refuses_what_comes)
{
    struct fixture fixture;
    set_up(&fixture, 10);
    cr_assert(connect_one(&fixture) && connect_one(&fixture));
    listener_drain(fixture.listener);
    cr_assert_eq(fixture.book.accepted, 2);
    cr_assert_not(connect_one(&fixture));
    tear_down(&fixture);
}

TEST(listener, of_a_shared_queue_takes_one_a_turn_and_leaves_the_next_to_others)
{
    struct fixture fixture;
    set_up_with(&fixture, 10, LISTENER_SHARED);
    cr_assert(connect_one(&fixture) && connect_one(&fixture));
    turn(&fixture);
    cr_assert_eq(fixture.book.accepted, 1);
    turn(&fixture);
    cr_assert_eq(fixture.book.accepted, 2);
    tear_down(&fixture);
}

TEST(listener, leaves_what_waits_to_whoever_listens_on_after_it)
{
    struct fixture fixture;
    set_up_with(&fixture, 10, LISTENER_OUTLIVED);
    cr_assert(connect_one(&fixture) && connect_one(&fixture));
    listener_drain(fixture.listener);
    cr_assert_eq(fixture.book.accepted, 0);
    tear_down(&fixture);
}

TEST(listener, survives_each_allocation_failing)
{
    struct fixture fixture;
    set_up(&fixture, 10);
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        DM_AUTO(listener) *listener = NULL;
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        enum dm_code code = listener_new(fixture.loop, fd, LISTENER_SHARED, &owner,
                                         &fixture.book, &listener, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", err.message);
        listener_free(DM_TAKE(listener));
        cr_assert_eq(close(fd), -1, "the listener owns it, and has closed it");
    }
    tear_down(&fixture);
}
