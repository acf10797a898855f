/*
 * Writes many items as an exchange's reply, a slice in each turn of the loop, so that
 * large ones do not keep the other requests of their thread waiting.
 */
#ifndef DYNAMOD_DAEMON_HTTP_PAGE_WRITER_H
#define DYNAMOD_DAEMON_HTTP_PAGE_WRITER_H

#include "model/etag.h"
#include "model/items.h"
#include "model/page.h"
#include "net/loop.h"

struct exchange;

/* A turn writes whole items of all replies together, up to about so much; one has at most
 * so much. */
enum { PAGE_SLICE = 64 * 1024, PAGE_REPLY_MAX = 32 * 1024 * 1024 };

/* Those that are being written, by turns. Embedded in the service; zeroed: none. */
struct page_queue {
    struct page_writer *first, **tail;
    struct loop_task task;
};

/* Embedded in its exchange; owns one of the first three. Zeroed: there is nothing to
 * write. */
struct page_writer {
    struct dm_page *page;
    struct dm_items *items;
    struct dm_transacted *transacted;
    size_t at; /* the next item */
    struct etag_sum *sum;
    struct page_queue *queue; /* NULL: not in it */
    struct page_writer *next, **link;
};

/* Takes the page. Once the reply is there, at once or in a later turn, the exchange goes
 * on: exchange_resume. */
void page_writer_begin(struct exchange *exchange, struct dm_page *page);

/* Likewise; null for an item that is not there. */
void page_writer_begin_items(struct exchange *exchange, struct dm_items *items);

/* Likewise, as {"items":[…]}. */
void page_writer_begin_transacted(struct exchange *exchange,
                                  struct dm_transacted *transacted);

/* Ends it wherever it is. */
void page_writer_done(struct page_writer *writer);

#endif
