/* TLS handshakes that wait for their clients. */
#include "daemon/http/connection_handshake.h"

#include <errno.h>
#include <microhttpd.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/error.h"
#include "daemon/http/tls.h"

static int descriptor_of(const struct handshake *handshake)
{
    return MHD_get_connection_info(handshake->mhd, MHD_CONNECTION_INFO_CONNECTION_FD)
        ->connect_fd;
}

static void leave(struct handshake *handshake)
{
    *handshake->link = handshake->next;
    if (handshake->next)
        handshake->next->link = handshake->link;
    handshake->link = NULL;
}

static void join(struct handshake *handshake, struct handshake **first)
{
    handshake->next = *first;
    handshake->link = first;
    if (handshake->next)
        handshake->next->link = &handshake->next;
    *first = handshake;
}

static void go_on(void *ctx)
{
    struct handshake *handshake = ctx;
    struct handshakes *handshakes = handshake->handshakes;
    loop_watch_free(handshake->watch);
    handshake->watch = NULL;
    leave(handshake);
    join(handshake, &handshakes->active);
    MHD_resume_connection(handshake->mhd);
    handshakes->resumed(handshakes->ctx);
}

static void ready(uint32_t events, void *ctx)
{
    (void)events;
    go_on(ctx);
}

/* An end is something to read, too. */
static bool has_nothing_to_read(const struct handshake *handshake)
{
    char byte;
    return recv(descriptor_of(handshake), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           errno == EAGAIN;
}

/* Without a watch it goes on being tried. */
static void wait_for_client(struct handshake *handshake)
{
    struct handshakes *handshakes = handshake->handshakes;
    struct dm_error err;
    if (loop_watch_new(handshakes->loop, descriptor_of(handshake), EPOLLIN, ready,
                       handshake, &handshake->watch, &err))
        return;
    leave(handshake);
    join(handshake, &handshakes->waiting);
    MHD_suspend_connection(handshake->mhd);
}

void handshake_begin(struct handshakes *handshakes, struct handshake *handshake,
                     struct MHD_Connection *mhd, const struct tls *tls)
{
    *handshake = (struct handshake){.handshakes = handshakes, .mhd = mhd, .tls = tls};
    join(handshake, &handshakes->active);
}

void handshake_end(struct handshake *handshake)
{
    if (handshake->link)
        leave(handshake);
}

void handshakes_look(struct handshakes *handshakes)
{
    struct handshake *next;
    for (struct handshake *at = handshakes->active; at; at = next) {
        next = at->next;
        if (tls_is_done(at->tls))
            leave(at);
        else if (!handshakes->is_over && tls_waits_for_client(at->tls) &&
                 has_nothing_to_read(at))
            wait_for_client(at);
    }
}

void handshakes_let_go(struct handshakes *handshakes)
{
    handshakes->is_over = true;
    while (handshakes->waiting)
        go_on(handshakes->waiting);
}
