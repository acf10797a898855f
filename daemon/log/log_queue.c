/* The log's queue. */
#include "daemon/log/log_queue.h"

static struct log_cell *cell_at(struct log_queue *queue, size_t place)
{
    return &queue->cells[place & (LOG_QUEUE_CELLS - 1)];
}

void log_queue_init(struct log_queue *queue)
{
    atomic_init(&queue->next, 0);
    queue->first = 0;
    for (size_t i = 0; i < LOG_QUEUE_CELLS; i++)
        atomic_init(&queue->cells[i].turn, i);
}

/* A cell whose turn is its place is free. Else somebody else took it just now; or, when
 * it is still the next, it was not read yet. */
struct log_cell *log_queue_claim(struct log_queue *queue)
{
    size_t place = atomic_load(&queue->next);
    for (;;) {
        struct log_cell *cell = cell_at(queue, place);
        if (atomic_load(&cell->turn) == place) {
            if (atomic_compare_exchange_weak(&queue->next, &place, place + 1))
                return cell;
            continue;
        }
        size_t next = atomic_load(&queue->next);
        if (next == place)
            return NULL;
        place = next;
    }
}

void log_queue_commit(struct log_cell *cell)
{
    atomic_fetch_add(&cell->turn, 1);
}

const struct log_cell *log_queue_first(struct log_queue *queue)
{
    struct log_cell *cell = cell_at(queue, queue->first);
    return atomic_load(&cell->turn) == queue->first + 1 ? cell : NULL;
}

void log_queue_drop_first(struct log_queue *queue)
{
    atomic_store(&cell_at(queue, queue->first)->turn, queue->first + LOG_QUEUE_CELLS);
    queue->first++;
}
