/* What the chains of one app on several threads share. */
#include "aws/cred_share.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

/* The lock is held for moments only. */
struct cred_share {
    pthread_mutex_t lock;
    struct credentials current; /* access_key_id NULL: none */
    uint64_t generation;
    uint64_t failures;
    struct dm_error err; /* of the last failure */
    struct cred_member *loader, *members;
};

enum dm_code cred_share_new(struct cred_share **ret_share, struct dm_error *err)
{
    struct cred_share *share = mem_new(sizeof *share);
    if (!share)
        return error_nomem(err);
    pthread_mutex_init(&share->lock, NULL);
    *ret_share = share;
    return DM_OK;
}

void cred_share_free(struct cred_share *share)
{
    if (!share)
        return;
    credentials_done(&share->current);
    pthread_mutex_destroy(&share->lock);
    mem_free(share);
}

/* --- members --- */

static void on_event(uint32_t events, void *ctx)
{
    struct cred_member *member = ctx;
    uint64_t count;
    (void)events;
    ssize_t got = read(member->event_fd, &count, sizeof count);
    (void)got; /* nothing to read is nothing new */
    member->woken(member->ctx);
}

static enum dm_code watch(struct cred_member *member, struct dm_loop *loop,
                          struct dm_error *err)
{
    member->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (member->event_fd < 0)
        return error_set(err, DM_E_NOMEM, "event descriptor: %m");
    enum dm_code code = loop_watch_new(loop, member->event_fd, EPOLLIN, on_event, member,
                                       &member->watch, err);
    if (code)
        close(member->event_fd);
    return code;
}

enum dm_code cred_share_join(struct cred_share *share, struct dm_loop *loop,
                             loop_fn woken, void *ctx, struct cred_member *member,
                             struct dm_error *err)
{
    *member = (struct cred_member){.woken = woken, .ctx = ctx};
    DM_TRY(watch(member, loop, err));
    member->share = share;
    pthread_mutex_lock(&share->lock);
    member->next = share->members;
    share->members = member;
    pthread_mutex_unlock(&share->lock);
    return DM_OK;
}

/* Under the lock. */
static void wake_waiting(struct cred_share *share)
{
    const uint64_t one = 1;
    for (struct cred_member *member = share->members; member; member = member->next) {
        if (!member->waits)
            continue;
        member->waits = false;
        ssize_t written = write(member->event_fd, &one, sizeof one);
        (void)written; /* it fails only when 2^64 wakes went before */
    }
}

static void unlink_member(struct cred_share *share, const struct cred_member *member)
{
    struct cred_member **link = &share->members;
    while (*link != member)
        link = &(*link)->next;
    *link = member->next;
}

void cred_share_leave(struct cred_member *member)
{
    struct cred_share *share = member->share;
    if (!share)
        return;
    pthread_mutex_lock(&share->lock);
    unlink_member(share, member);
    if (share->loader == member) {
        share->loader = NULL;
        wake_waiting(share);
    }
    pthread_mutex_unlock(&share->lock);
    loop_watch_free(member->watch);
    close(member->event_fd);
    member->share = NULL;
}

/* --- loading --- */

/* Under the lock. Out of memory is as if there were no newer ones. */
static enum share_turn turn_of(struct cred_member *member, bool woken,
                               uint64_t generation, struct credentials *ret_found,
                               struct dm_error *ret_err)
{
    struct cred_share *share = member->share;
    bool failed = woken && member->failures_seen != share->failures;
    member->failures_seen = share->failures;
    if (share->generation > generation && share->current.access_key_id &&
        credentials_copy(&share->current, ret_found))
        return SHARE_TAKEN;
    if (share->loader) {
        member->waits = true;
        return SHARE_WAIT;
    }
    if (failed) {
        *ret_err = share->err;
        return SHARE_FAILED;
    }
    share->loader = member;
    return SHARE_LOAD;
}

enum share_turn cred_share_ask(struct cred_member *member, bool woken,
                               uint64_t generation, struct credentials *ret_found,
                               struct dm_error *ret_err)
{
    pthread_mutex_lock(&member->share->lock);
    enum share_turn turn = turn_of(member, woken, generation, ret_found, ret_err);
    pthread_mutex_unlock(&member->share->lock);
    return turn;
}

/* Under the lock. Out of memory nothing is kept, and the others load for themselves. */
static void keep(struct cred_share *share, struct credentials *found)
{
    struct credentials copy;
    found->generation = ++share->generation;
    credentials_done(&share->current);
    if (credentials_copy(found, &copy))
        share->current = copy;
}

void cred_share_end(struct cred_member *member, struct credentials *found,
                    const struct dm_error *err)
{
    struct cred_share *share = member->share;
    pthread_mutex_lock(&share->lock);
    if (found)
        keep(share, found);
    else
        share->err = *err, share->failures++;
    share->loader = NULL;
    wake_waiting(share);
    pthread_mutex_unlock(&share->lock);
}
