/* The log's queue: order, its bound, and many writers. */
#include "daemon/log/log_queue.h"

#include <pthread.h>
#include <sched.h>

#include "support/test.h"

static struct log_queue queue; /* Criterion forks: each test has one of its own */

static bool add(size_t number)
{
    struct log_cell *cell = log_queue_claim(&queue);
    if (!cell)
        return false;
    cell->len = number;
    log_queue_commit(cell);
    return true;
}

static size_t take(void)
{
    const struct log_cell *cell = log_queue_first(&queue);
    cr_assert(cell);
    size_t number = cell->len;
    log_queue_drop_first(&queue);
    return number;
}

TEST(log_queue, first_in_is_first_out_round_after_round)
{
    log_queue_init(&queue);
    cr_assert_null(log_queue_first(&queue));
    for (size_t i = 0; i < 10 * LOG_QUEUE_CELLS; i += 3) {
        cr_assert(add(i) && add(i + 1) && add(i + 2));
        cr_assert_eq(take(), i);
        cr_assert_eq(take(), i + 1);
        cr_assert_eq(take(), i + 2);
    }
    cr_assert_null(log_queue_first(&queue));
}

TEST(log_queue, takes_no_more_than_it_holds)
{
    log_queue_init(&queue);
    for (size_t i = 0; i < LOG_QUEUE_CELLS; i++)
        cr_assert(add(i));
    cr_assert_not(add(0));
    cr_assert_eq(take(), 0);
    cr_assert(add(7));
    cr_assert_not(add(0));
}

TEST(log_queue, line_that_is_being_written_is_not_read)
{
    log_queue_init(&queue);
    struct log_cell *slow = log_queue_claim(&queue);
    add(2);
    cr_assert_null(log_queue_first(&queue));
    slow->len = 1;
    log_queue_commit(slow);
    cr_assert_eq(take(), 1);
    cr_assert_eq(take(), 2);
}

enum { WRITERS = 4, EACH = 20000, ROUNDS = 500 };

static void *write_a_share(void *arg)
{
    size_t written = 0;
    (void)arg;
    for (size_t i = 0; i < LOG_QUEUE_CELLS / WRITERS; i++)
        written += add(i);
    return (void *)written;
}

TEST(log_queue, holds_what_many_writers_bring_at_once)
{
    pthread_t threads[WRITERS];
    for (size_t round = 0; round < ROUNDS; round++) {
        size_t written = 0;
        log_queue_init(&queue);
        for (size_t i = 0; i < WRITERS; i++)
            pthread_create(&threads[i], NULL, write_a_share, NULL);
        for (size_t i = 0; i < WRITERS; i++) {
            void *share = NULL;
            pthread_join(threads[i], &share);
            written += (size_t)share;
        }
        cr_assert_eq(written, LOG_QUEUE_CELLS);
    }
}

static void *write_all(void *arg)
{
    size_t writer = *(const size_t *)arg;
    for (size_t i = 0; i < EACH; i++)
        while (!add(writer * EACH + i))
            sched_yield();
    return NULL;
}

TEST(log_queue, each_line_of_many_writers_comes_once_and_in_their_order)
{
    pthread_t threads[WRITERS];
    size_t numbers[WRITERS], next[WRITERS] = {0};
    log_queue_init(&queue);
    for (size_t i = 0; i < WRITERS; i++) {
        numbers[i] = i;
        pthread_create(&threads[i], NULL, write_all, &numbers[i]);
    }
    for (size_t taken = 0; taken < (size_t)WRITERS * EACH; taken++) {
        while (!log_queue_first(&queue))
            sched_yield();
        size_t number = take(), writer = number / EACH;
        cr_assert_eq(number % EACH, next[writer]++);
    }
    for (size_t i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
}
