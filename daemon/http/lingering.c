/* Connections that are closed while there is something of the client's that nobody read.
 */
#include "daemon/http/lingering.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

/* A client that has its answer closes at once; one that floods is not waited for. */
enum { COUNT_MAX = 64, LINGER_MS = 2000, BYTES_MAX = 1024 * 1024, PIECE = 16 * 1024 };

struct lingering {
    struct lingering *next, **link;
    struct lingerings *lingerings;
    int fd;
    size_t bytes; /* that were read */
    struct loop_watch *watch;
    struct loop_timer timer;
};

static void lingering_free(struct lingering *lingering)
{
    *lingering->link = lingering->next;
    if (lingering->next)
        lingering->next->link = lingering->link;
    lingering->lingerings->count--;
    loop_timer_stop(&lingering->timer);
    loop_watch_free(lingering->watch);
    close(lingering->fd);
    mem_free(lingering);
}

static void expired(void *ctx)
{
    lingering_free(ctx);
}

static void ready(uint32_t events, void *ctx)
{
    struct lingering *lingering = ctx;
    char piece[PIECE];
    (void)events;
    ssize_t len = recv(lingering->fd, piece, sizeof piece, MSG_DONTWAIT);
    if (len < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    lingering->bytes += len > 0 ? (size_t)len : 0;
    if (len <= 0 || lingering->bytes > BYTES_MAX)
        lingering_free(lingering);
}

static struct lingering *lingering_new(struct lingerings *lingerings, int fd)
{
    struct lingering *lingering = mem_new(sizeof *lingering);
    if (!lingering)
        return NULL;
    lingering->lingerings = lingerings;
    lingering->fd = fd;
    lingering->next = lingerings->first;
    lingering->link = &lingerings->first;
    if (lingering->next)
        lingering->next->link = &lingering->next;
    lingerings->first = lingering;
    lingerings->count++;
    return lingering;
}

static enum dm_code wait_for_end(struct lingering *lingering, struct dm_error *err)
{
    struct dm_loop *loop = lingering->lingerings->loop;
    DM_TRY(loop_watch_new(loop, lingering->fd, EPOLLIN, ready, lingering,
                          &lingering->watch, err));
    return loop_timer_set(loop, &lingering->timer, LINGER_MS, expired, lingering, err);
}

/* One that is to be reset is reset. */
static bool is_worth_it(int fd)
{
    char byte;
    struct linger reset = {0};
    socklen_t size = sizeof reset;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0 &&
           getsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, &size) == 0 && !reset.l_onoff;
}

void lingerings_add(struct lingerings *lingerings, int fd)
{
    struct dm_error err;
    if (lingerings->count >= COUNT_MAX || !is_worth_it(fd))
        return;
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own < 0)
        return;
    shutdown(own, SHUT_WR);
    struct lingering *lingering = lingering_new(lingerings, own);
    if (!lingering)
        close(own);
    else if (wait_for_end(lingering, &err))
        lingering_free(lingering);
}

void lingerings_done(struct lingerings *lingerings)
{
    while (lingerings->first)
        lingering_free(lingerings->first);
}
