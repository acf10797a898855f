/* Signals that arrive on a loop. */
#include "daemon/run/signals.h"

#include <signal.h>

#include "support/test.h"

struct heard {
    unsigned hups, terms;
};

static void on_hup(void *ctx)
{
    ((struct heard *)ctx)->hups++;
}

static void on_term(void *ctx)
{
    ((struct heard *)ctx)->terms++;
}

static const struct signal_row rows[] = {{SIGHUP, on_hup}, {SIGTERM, on_term}};

TEST(signals, arrive_on_the_loop_each_by_its_row)
{
    struct dm_error err = {0};
    struct heard heard = {0};
    DM_AUTO(dm_loop) *loop = NULL;
    DM_AUTO(signals) *signals = NULL;
    assert_ok(dm_loop_new(&loop, &err), err);
    assert_ok(signals_new(loop, rows, DM_COUNT(rows), &heard, &signals, &err), err);
    raise(SIGHUP);
    raise(SIGHUP); /* at once: it is one */
    raise(SIGTERM);
    cr_assert(heard.hups == 0 && heard.terms == 0);
    assert_ok(dm_loop_turn(loop, -1, &err), err);
    cr_assert(heard.hups == 1 && heard.terms == 1);
    raise(SIGHUP);
    assert_ok(dm_loop_turn(loop, -1, &err), err);
    cr_assert(heard.hups == 2 && heard.terms == 1);
    signals_free(DM_TAKE(signals));
}

TEST(signals, survive_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        DM_AUTO(dm_loop) *loop = NULL;
        struct signals *signals = NULL;
        enum dm_code code = dm_loop_new(&loop, &err);
        if (!code)
            code = signals_new(loop, rows, DM_COUNT(rows), NULL, &signals, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK);
        signals_free(signals);
        dm_loop_free(DM_TAKE(loop));
    }
}
