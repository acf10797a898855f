/* Purses. */
#include "daemon/limit/budget.h"

static size_t in_steps(size_t bytes)
{
    return (bytes + BUDGET_STEP - 1) / BUDGET_STEP * BUDGET_STEP;
}

static bool fill(struct purse *purse, size_t missing)
{
    size_t more = in_steps(missing);
    if (purse->budget) {
        size_t before = atomic_fetch_add(&purse->budget->taken, more);
        if (before > purse->most || more > purse->most - before) {
            atomic_fetch_sub(&purse->budget->taken, more);
            return false;
        }
    }
    purse->granted += more;
    return true;
}

/* One step stays, so that whoever goes up and down by a byte meets nobody. */
static void empty(struct purse *purse)
{
    size_t kept = in_steps(purse->used) + BUDGET_STEP;
    if (purse->granted <= kept)
        return;
    if (purse->budget)
        atomic_fetch_sub(&purse->budget->taken, purse->granted - kept);
    purse->granted = kept;
}

void purse_done(struct purse *purse)
{
    if (purse->budget)
        atomic_fetch_sub(&purse->budget->taken, purse->granted);
    *purse = (struct purse){.budget = NULL};
}

bool purse_hold(struct purse *purse, size_t *held, size_t bytes)
{
    size_t used = purse->used - *held + bytes;
    if (used > purse->granted && !fill(purse, used - purse->granted))
        return false;
    purse->used = used;
    *held = bytes;
    empty(purse);
    return true;
}

void purse_release(struct purse *purse, size_t *held)
{
    purse->used -= *held;
    *held = 0;
    empty(purse);
}
