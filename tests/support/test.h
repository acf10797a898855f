/* Every unit test: Criterion, and the check that nothing leaked, inside the test's own
 * body. */
#ifndef DYNAMOD_TESTS_TEST_H
#define DYNAMOD_TESTS_TEST_H

#include <criterion/criterion.h>

#include "base/str.h"
#include "support/mem.h"

/* TEST(key, rejects_an_empty_hash) { … }: fails too when an allocation of the body
 * outlives it. */
#define TEST(suite, name)                                                                \
    static void suite##_##name##_body(void);                                             \
    Test(suite, name)                                                                    \
    {                                                                                    \
        size_t before = mem_live();                                                      \
        suite##_##name##_body();                                                         \
        cr_assert_eq(mem_live(), before, "%zu allocations leaked", mem_live() - before); \
    }                                                                                    \
    static void suite##_##name##_body(void)

static inline bool test_round_ended(size_t nth, size_t live_before)
{
    bool last = !mem_failed();
    mem_fail_at(0);
    cr_assert_eq(mem_live(), live_before, "leak when allocation %zu fails", nth);
    if (last)
        mem_survived("Allocations that fail in a unit", nth - 1);
    return last;
}

/* Runs the block again and again, its nth allocation failing (and all after it), until it
 * ends without reaching that one. The block must free what it made, whatever happened. */
#define WITH_EACH_ALLOCATION_FAILING                                                     \
    for (size_t nth_ = 1, last_ = 0; !last_; nth_++)                                     \
        for (size_t live_ = (mem_fail_at(nth_), mem_live()), once_ = 1; once_;           \
             once_ = 0, last_ = test_round_ended(nth_, live_))

#define assert_ok(expression, err)                                                       \
    cr_assert_eq((expression), DM_OK, "%s: %s", #expression, (err).message)

#define assert_str(actual, expected)                                                     \
    do {                                                                                 \
        struct dm_str actual_ = (actual), expected_ = dm_str(expected);                  \
        cr_assert(str_equal(actual_, expected_), "%s is \"%.*s\", expected \"%s\"",      \
                  #actual, STR_ARG(actual_), expected_.ptr);                             \
    } while (0)

#endif
