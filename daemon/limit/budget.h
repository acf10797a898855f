/*
 * Memory that all threads together may take for what requests and answers are as long as.
 * Each thread has a purse, filled from the budget in steps: what it takes and gives back
 * meanwhile is its own matter, so small requests meet nobody.
 */
#ifndef DYNAMOD_DAEMON_LIMIT_BUDGET_H
#define DYNAMOD_DAEMON_LIMIT_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

enum { BUDGET_STEP = 64 * 1024 };

/* All zero: nothing is taken. */
struct budget {
    atomic_size_t taken; /* by purses */
};

/* All zero: it has no budget, and no end. */
struct purse {
    struct budget *budget; /* lent */
    size_t most;           /* of the whole budget */
    size_t granted, used;  /* granted: steps; a little stays for what comes next */
};

/* Gives all back. */
void purse_done(struct purse *purse);

/* *held becomes `bytes`, unless there is no room for more: then it stays. Less never
 * fails. */
DM_MUST_USE bool purse_hold(struct purse *purse, size_t *held, size_t bytes);

/* *held becomes 0. */
void purse_release(struct purse *purse, size_t *held);

#endif
