/* Pages and items, slice by slice. */
#include "daemon/http/page_writer.h"

#include "base/error.h"
#include "base/str.h"
#include "codec/ddb_json.h"
#include "codec/plain_json.h"
#include "daemon/http/exchange.h"
#include "daemon/limit/admission.h"

/* NULL: it is a page. */
static const struct dm_items *items_of(const struct page_writer *writer)
{
    return writer->transacted ? dm_transacted_items(writer->transacted) : writer->items;
}

static size_t count(const struct page_writer *writer)
{
    return writer->page ? writer->page->item_count : items_of(writer)->count;
}

/* The next one. */
static struct items_entry entry_of(const struct page_writer *writer)
{
    if (!writer->page)
        return items_of(writer)->at[writer->at];
    return (struct items_entry){&writer->page->items[writer->at],
                                writer->page->attributes};
}

static void write_entry(struct exchange *exchange, const struct items_entry *entry)
{
    struct dm_buf *body = &exchange->reply.body;
    if (exchange->writer.at)
        buf_add_str(body, STR(",\n"));
    if (!entry->item)
        buf_add_str(body, STR("null"));
    else if (exchange->representation == REPRESENT_TYPED)
        ddb_json_write_item(entry->item, body);
    else
        plain_json_write_item(entry->attributes, entry->item, body);
}

static enum dm_code add_to_tag(struct etag_sum *sum, const struct items_entry *entry,
                               struct dm_error *err)
{
    if (!entry->item)
        return etag_sum_add_text(sum, STR("null"), err);
    return etag_sum_add(sum, entry->attributes, entry->item, err);
}

/* Items until the slice is full; none is left: the page is written. */
static enum dm_code write_slice(struct exchange *exchange, size_t size,
                                struct dm_error *err)
{
    struct page_writer *writer = &exchange->writer;
    size_t end = exchange->reply.body.len + size;
    for (; writer->at < count(writer) && exchange->reply.body.len < end; writer->at++) {
        struct items_entry entry = entry_of(writer);
        write_entry(exchange, &entry);
        DM_TRY(buf_check(&exchange->reply.body, "reply", err));
        DM_TRY(add_to_tag(writer->sum, &entry, err));
    }
    return DM_OK;
}

/* The count alone takes the place of the items. */
static void write_end(struct exchange *exchange)
{
    struct dm_buf *body = &exchange->reply.body;
    if (exchange->parameters.count)
        buf_printf(body, "{\"count\":%zu}\n", exchange->writer.page->count);
    else
        buf_add_str(body, exchange->writer.transacted ? STR("]}\n") : STR("]\n"));
}

/* Both in this reply and in the next, whose request has the address too. */
static enum dm_code check_room(const struct exchange *exchange, struct dm_str address,
                               struct dm_error *err)
{
    size_t heads = exchange->service->limiter.head_bytes;
    size_t room = heads - HEADS_RESERVE + exchange->raw_target.len;
    if (exchange->head.size + 2 * address.len <= room)
        return DM_OK;
    return target_too_long(err, "the address of the next page is too long to be told");
}

static enum dm_code make_link(struct exchange *exchange, struct dm_error *err)
{
    struct dm_str address;
    if (!exchange->writer.page || str_empty(exchange->writer.page->next))
        return DM_OK;
    DM_TRY(target_next(exchange->raw_target, exchange->writer.page->next,
                       &exchange->arena, &address, err));
    if (address.len > exchange->service->limiter.config.target_bytes)
        return target_too_long(err, "the next page's address would be too long a target");
    DM_TRY(check_room(exchange, address, err));
    exchange->reply.link =
        arena_printf(&exchange->arena, "<%.*s>; rel=\"next\"", STR_ARG(address)).ptr;
    return exchange->reply.link ? DM_OK : error_nomem(err);
}

static enum dm_code finish(struct exchange *exchange, struct dm_error *err)
{
    struct page_writer *writer = &exchange->writer;
    struct etag etag;
    if (exchange->parameters.count)
        DM_TRY(etag_sum_add_text(writer->sum, buf_str(&exchange->reply.body), err));
    if (writer->page)
        DM_TRY(etag_sum_add_text(writer->sum, writer->page->next, err));
    DM_TRY(etag_sum_end(writer->sum, &etag, err));
    DM_TRY(buf_check(&exchange->reply.body, "reply", err));
    DM_TRY(admission_hold(exchange, exchange->reply.body.len, err));
    DM_TRY(make_link(exchange, err));
    reply_tagged(exchange, &etag, representation_type(exchange->representation));
    return DM_OK;
}

/* --- by turns --- */

static void join_queue(struct page_queue *queue, struct page_writer *writer)
{
    if (!queue->first)
        queue->tail = &queue->first;
    writer->queue = queue;
    writer->next = NULL;
    writer->link = queue->tail;
    *queue->tail = writer;
    queue->tail = &writer->next;
}

static void leave_queue(struct page_writer *writer)
{
    if (!writer->queue)
        return;
    *writer->link = writer->next;
    if (writer->next)
        writer->next->link = writer->link;
    else
        writer->queue->tail = writer->link;
    writer->queue = NULL;
}

/* One slice of it; the exchange waits until the last. */
static enum dm_code write_more(struct exchange *exchange, size_t size, bool *ret_more,
                               struct dm_error *err)
{
    struct page_writer *writer = &exchange->writer;
    DM_TRY(write_slice(exchange, size, err));
    *ret_more = writer->at < count(writer);
    if (*ret_more)
        return DM_OK;
    write_end(exchange);
    return finish(exchange, err);
}

/* Returns how much it wrote; one that is not finished goes to the end of the queue. */
static size_t write_one(struct page_queue *queue, size_t size)
{
    struct page_writer *writer = queue->first;
    struct exchange *exchange = DM_CONTAINER(writer, struct exchange, writer);
    size_t before = exchange->reply.body.len;
    struct dm_error err;
    bool more = false;
    leave_queue(writer);
    enum dm_code code = write_more(exchange, size, &more, &err);
    size_t written = exchange->reply.body.len - before;
    if (more) {
        join_queue(queue, writer);
        return written;
    }
    if (code)
        reply_problem(exchange, &err);
    page_writer_done(writer);
    exchange_resume(exchange);
    return written;
}

static void write_turn(void *ctx)
{
    struct service *service = ctx;
    struct page_queue *queue = &service->pages;
    for (size_t left = PAGE_SLICE, written; queue->first && left;) {
        written = write_one(queue, left);
        left = written < left ? left - written : 0;
    }
    if (queue->first)
        loop_post(service->loop, &queue->task, write_turn, service);
}

/* --- beginning and end --- */

static size_t size_of(const struct page_writer *writer)
{
    return writer->page ? writer->page->arena.used : items_of(writer)->arena.used;
}

static enum dm_code begin(struct exchange *exchange, struct dm_error *err)
{
    struct dm_buf *body = &exchange->reply.body;
    size_t size = size_of(&exchange->writer);
    DM_TRY(admission_hold(exchange, size, err));
    static const struct dm_str forms[REPRESENT_COUNT] = {
        [REPRESENT_PLAIN] = {"plain page", 10},
        [REPRESENT_TYPED] = {"typed page", 10},
    };
    DM_TRY(etag_sum_new(exchange->service->etags, forms[exchange->representation],
                        &exchange->writer.sum, err));
    body->max = PAGE_REPLY_MAX;
    if (exchange->writer.transacted)
        buf_add_str(body, STR("{\"items\":"));
    if (!exchange->parameters.count)
        buf_add_char(body, '[');
    return DM_OK;
}

static void begin_or_fail(struct exchange *exchange)
{
    struct dm_error err;
    struct service *service = exchange->service;
    if (begin(exchange, &err)) {
        page_writer_done(&exchange->writer);
        reply_problem(exchange, &err);
        exchange_resume(exchange);
        return;
    }
    bool is_alone = !service->pages.first;
    join_queue(&service->pages, &exchange->writer);
    if (is_alone) /* else the others' next turn is posted already */
        write_turn(service);
}

void page_writer_begin(struct exchange *exchange, struct dm_page *page)
{
    exchange->writer.page = page;
    begin_or_fail(exchange);
}

void page_writer_begin_items(struct exchange *exchange, struct dm_items *items)
{
    exchange->writer.items = items;
    begin_or_fail(exchange);
}

void page_writer_begin_transacted(struct exchange *exchange,
                                  struct dm_transacted *transacted)
{
    exchange->writer.transacted = transacted;
    begin_or_fail(exchange);
}

void page_writer_done(struct page_writer *writer)
{
    leave_queue(writer);
    etag_sum_free(writer->sum);
    dm_page_free(writer->page);
    dm_items_free(writer->items);
    dm_transacted_free(writer->transacted);
    *writer = (struct page_writer){.page = NULL};
}
