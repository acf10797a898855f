/* Folding of what happens again and again. */
#include "daemon/log/log_fold.h"

#include <pthread.h>
#include <stdio.h>

#include "support/test.h"

static const struct log_kind kind = {"app", "todo", "upstream-failed"};

struct told {
    uint64_t kinds, count;
    char type[LOG_FOLD_NAME_MAX];
};

static void tell(const struct log_fold_slot *slot, uint64_t count, void *ctx)
{
    struct told *told = ctx;
    told->kinds++;
    told->count += count;
    memcpy(told->type, slot->type, sizeof told->type);
}

static struct told sweep(struct log_fold *fold)
{
    struct told told = {.kinds = 0};
    log_fold_sweep(fold, tell, &told);
    return told;
}

static unsigned admit(struct log_fold *fold, const struct log_kind *of, unsigned times)
{
    unsigned admitted = 0;
    for (unsigned i = 0; i < times; i++)
        admitted += log_fold_admits(fold, LOG_WARNING, "m", of);
    return admitted;
}

TEST(log_fold, few_are_all_told)
{
    static struct log_fold fold;
    for (int minute = 0; minute < 3; minute++) {
        cr_assert_eq(admit(&fold, &kind, LOG_FOLD_FIRST), LOG_FOLD_FIRST);
        cr_assert_eq(sweep(&fold).kinds, 0);
    }
}

TEST(log_fold, of_many_the_first_are_told_and_the_rest_counted)
{
    static struct log_fold fold;
    cr_assert_eq(admit(&fold, &kind, 1000), LOG_FOLD_FIRST);
    struct told told = sweep(&fold);
    cr_assert_eq(told.kinds, 1);
    cr_assert_eq(told.count, 1000 - LOG_FOLD_FIRST);
    cr_assert_str_eq(told.type, "upstream-failed");
}

TEST(log_fold, storm_that_goes_on_is_told_once_a_sweep_until_it_ends)
{
    static struct log_fold fold;
    admit(&fold, &kind, 1000);
    sweep(&fold);
    for (int minute = 0; minute < 3; minute++) {
        cr_assert_eq(admit(&fold, &kind, 500), 1);
        cr_assert_eq(sweep(&fold).count, 499);
    }
    cr_assert_eq(admit(&fold, &kind, 1), 1);
    cr_assert_eq(sweep(&fold).kinds, 0);
    cr_assert_eq(admit(&fold, &kind, 10), LOG_FOLD_FIRST);
}

TEST(log_fold, kinds_do_not_count_for_each_other)
{
    static struct log_fold fold;
    const struct log_kind kinds[] = {
        kind,
        {"other", "todo", "upstream-failed"},
        {"app", "other", "upstream-failed"},
        {"app", "todo", "timeout"},
        {"app", NULL, "todo"},
        {"apptodo", NULL, NULL},
    };
    for (size_t i = 0; i < DM_COUNT(kinds); i++)
        cr_assert_eq(admit(&fold, &kinds[i], 100), LOG_FOLD_FIRST);
    cr_assert_eq(sweep(&fold).kinds, DM_COUNT(kinds));
}

TEST(log_fold, kinds_without_a_slot_are_one)
{
    static struct log_fold fold;
    char app[LOG_FOLD_KINDS + 100][16];
    unsigned admitted = 0;
    for (size_t i = 0; i < DM_COUNT(app); i++) {
        snprintf(app[i], sizeof app[i], "app%zu", i);
        const struct log_kind of_app = {app[i], NULL, "timeout"};
        admitted += admit(&fold, &of_app, 10);
    }
    cr_assert_eq(admitted, LOG_FOLD_FIRST * (LOG_FOLD_KINDS + 1));
    struct told told = sweep(&fold);
    cr_assert_eq(told.kinds, LOG_FOLD_KINDS + 1);
    cr_assert_eq(told.count, 10 * DM_COUNT(app) - admitted);
    cr_assert_str_eq(told.type, "others");
}

TEST(log_fold, names_too_long_are_cut)
{
    static struct log_fold fold;
    static char name[300];
    memset(name, 'x', sizeof name - 1);
    const struct log_kind long_kind = {name, name, name};
    admit(&fold, &long_kind, 6);
    cr_assert_eq(strlen(sweep(&fold).type), LOG_FOLD_NAME_MAX - 1);
}

enum { THREADS = 4, EACH = 50000 };

static void *storm(void *arg)
{
    return (void *)(uintptr_t)admit(arg, &kind, EACH);
}

TEST(log_fold, threads_lose_no_count)
{
    static struct log_fold fold;
    pthread_t threads[THREADS];
    uintptr_t admitted = 0;
    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, storm, &fold);
    for (size_t i = 0; i < THREADS; i++) {
        void *result = NULL;
        pthread_join(threads[i], &result);
        admitted += (uintptr_t)result;
    }
    cr_assert_eq(admitted, LOG_FOLD_FIRST);
    cr_assert_eq(sweep(&fold).count, THREADS * EACH - LOG_FOLD_FIRST);
}
