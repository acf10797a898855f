/* The inbox: a list under a mutex, and an eventfd that the loop watches. */
#include "store/sqlite/inbox.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

struct inbox {
    int event_fd;
    struct loop_watch *watch; /* the loop thread's; NULL: closed */
    pthread_mutex_t lock;     /* of what follows */
    size_t refs;              /* the store, each letter to come, and who reads it now */
    bool closed;
    struct letter *first, **tail;
};

static void release(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    bool last = --inbox->refs == 0;
    pthread_mutex_unlock(&inbox->lock);
    if (!last)
        return;
    if (inbox->event_fd >= 0)
        close(inbox->event_fd);
    pthread_mutex_destroy(&inbox->lock);
    mem_free(inbox);
}

static struct letter *take_one(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    struct letter *letter = inbox->first;
    if (letter)
        inbox->first = letter->next;
    if (!inbox->first)
        inbox->tail = &inbox->first;
    pthread_mutex_unlock(&inbox->lock);
    return letter;
}

/* A letter may close the inbox. */
static void on_event(uint32_t events, void *ctx)
{
    (void)events;
    struct inbox *inbox = ctx;
    uint64_t count;
    ssize_t got = read(inbox->event_fd, &count, sizeof count);
    (void)got; /* nothing to read is nothing new */
    inbox_expect(inbox);
    struct letter *letter;
    while ((letter = take_one(inbox)))
        letter->open(letter);
    inbox_forgo(inbox);
}

enum dm_code inbox_new(struct dm_loop *loop, struct inbox **ret_inbox,
                       struct dm_error *err)
{
    struct inbox *inbox = mem_new(sizeof *inbox);
    if (!inbox)
        return error_nomem(err);
    pthread_mutex_init(&inbox->lock, NULL);
    inbox->refs = 1;
    inbox->tail = &inbox->first;
    inbox->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    enum dm_code code = DM_OK;
    if (inbox->event_fd < 0)
        code = error_set(err, DM_E_NOMEM, "event descriptor: %m");
    else
        code = loop_watch_new(loop, inbox->event_fd, EPOLLIN, on_event, inbox,
                              &inbox->watch, err);
    if (code) {
        inbox_close(inbox);
        return code;
    }
    *ret_inbox = inbox;
    return DM_OK;
}

void inbox_close(struct inbox *inbox)
{
    if (!inbox)
        return;
    loop_watch_free(inbox->watch);
    pthread_mutex_lock(&inbox->lock);
    inbox->closed = true;
    pthread_mutex_unlock(&inbox->lock);
    struct letter *letter;
    while ((letter = take_one(inbox)))
        letter->discard(letter);
    release(inbox);
}

void inbox_expect(struct inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    inbox->refs++;
    pthread_mutex_unlock(&inbox->lock);
}

void inbox_forgo(struct inbox *inbox)
{
    release(inbox);
}

static bool put(struct inbox *inbox, struct letter *letter)
{
    pthread_mutex_lock(&inbox->lock);
    bool open = !inbox->closed, wake = open && !inbox->first;
    if (open) {
        letter->next = NULL;
        *inbox->tail = letter;
        inbox->tail = &letter->next;
    }
    pthread_mutex_unlock(&inbox->lock);
    if (wake) {
        uint64_t one = 1;
        ssize_t written = write(inbox->event_fd, &one, sizeof one);
        (void)written; /* it fails only when 2^64 wakes went before */
    }
    return open;
}

void inbox_deliver(struct inbox *inbox, struct letter *letter)
{
    if (!put(inbox, letter))
        letter->discard(letter);
    release(inbox);
}
