/*
 * What happens again and again: of each kind the first few are told one by one, the rest
 * are counted, and told as a number. Any thread asks, none ever waits.
 */
#ifndef DYNAMOD_DAEMON_LOG_LOG_FOLD_H
#define DYNAMOD_DAEMON_LOG_LOG_FOLD_H

#include <stdatomic.h>
#include <stdint.h>

#include "daemon/log/log_line.h"

enum {
    LOG_FOLD_FIRST = 5, /* told of a kind, before it is folded */
    LOG_FOLD_KINDS = 256,
    LOG_FOLD_NAME_MAX = 64 /* longer names are cut where the number is told */
};

struct log_fold_slot {
    _Atomic uint64_t key; /* a hash of all that makes the kind; 0: a free slot */
    atomic_bool is_named; /* what follows is there */
    enum log_level level;
    const char *message;
    char app[LOG_FOLD_NAME_MAX], model[LOG_FOLD_NAME_MAX], type[LOG_FOLD_NAME_MAX];
    _Atomic uint64_t seen;  /* since the last sweep */
    atomic_bool is_folding; /* the last sweep found some that were not told */
};

/* Embedded; zeroed, it is empty. Kinds stay; those that find no slot are one. */
struct log_fold {
    struct log_fold_slot slots[LOG_FOLD_KINDS + 1];
};

/* Counts one; true: it is to be told. The message is static. */
bool log_fold_admits(struct log_fold *fold, enum log_level level, const char *message,
                     const struct log_kind *kind);

/* How many of a kind were not told. */
typedef void (*log_folded_fn)(const struct log_fold_slot *slot, uint64_t count,
                              void *ctx);

/* By one thread, now and then: tells of every kind that was folded, which from then on
 * is told once a sweep, until one finds that nothing was folded. */
void log_fold_sweep(struct log_fold *fold, log_folded_fn tell, void *ctx);

#endif
