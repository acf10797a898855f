/*
 * What the chains of one app on several threads share: the last credentials, and who
 * loads the next. One load is under way at a time; the others wait for it.
 */
#ifndef DYNAMOD_AWS_CRED_SHARE_H
#define DYNAMOD_AWS_CRED_SHARE_H

#include "aws/credentials.h"
#include "net/loop.h"

struct cred_share;

DM_MUST_USE enum dm_code cred_share_new(struct cred_share **ret_share,
                                        struct dm_error *err);
/* Once every member has left. */
void cred_share_free(struct cred_share *share);
DM_AUTO_DEFINE(cred_share, cred_share_free)

/* One chain's part; embedded, and used on its loop's thread alone. */
struct cred_member {
    struct cred_share *share; /* NULL: not in one */
    struct cred_member *next;
    int event_fd;
    struct loop_watch *watch;
    loop_fn woken;
    void *ctx;
    bool waits;             /* under the share's lock, like what follows */
    uint64_t failures_seen; /* of the share, when it began to wait */
};

/* woken comes from the loop when what the member waits for may be there: ask again. */
DM_MUST_USE enum dm_code cred_share_join(struct cred_share *share, struct dm_loop *loop,
                                         loop_fn woken, void *ctx,
                                         struct cred_member *member,
                                         struct dm_error *err);
/* Gives up a load that it was to do. Nothing when it is in none. */
void cred_share_leave(struct cred_member *member);

enum share_turn {
    SHARE_LOAD,  /* it is yours to load: cred_share_end follows */
    SHARE_WAIT,  /* somebody loads: woken will come */
    SHARE_TAKEN, /* *ret_found is newer than that generation; the caller's */
    SHARE_FAILED /* what the member waited for did, as *ret_err says */
};

/* woken: the member asks because it was. */
enum share_turn cred_share_ask(struct cred_member *member, bool woken,
                               uint64_t generation, struct credentials *ret_found,
                               struct dm_error *ret_err);

/* The load has ended: with credentials, which are given their generation, or with err. */
void cred_share_end(struct cred_member *member, struct credentials *found,
                    const struct dm_error *err);

#endif
