/* Pages as replies: whole, in slices, counted, with where the next one is. */
#include "base/mem.h"
#include "daemon/http/problem.h"
#include "model/items.h"
#include "model/page.h"
#include "reply_fixture.h"

/* So many items {"n":…,"pad":…}, the pad so long; NULL out of memory. */
static struct dm_page *make_page(size_t count, size_t pad, const char *next)
{
    struct dm_error err;
    DM_AUTO(dm_page) *page = page_new(NULL);
    struct dm_value *items =
        page ? arena_new(&page->arena, (count + 1) * sizeof *items) : NULL;
    if (!items)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        struct dm_str json =
            arena_printf(&page->arena, "{\"n\":{\"N\":\"%zu\"},\"pad\":{\"S\":\"%0*d\"}}",
                         i, (int)pad, 0);
        if (!json.ptr || fixture_value(json.ptr, &page->arena, &items[i], &err))
            return NULL;
    }
    page->items = items;
    page->item_count = count;
    page->next = dm_str(next);
    return DM_TAKE(page);
}

static void begin(struct reply_fixture *fixture, const char *target, struct dm_page *page)
{
    struct dm_error err = {0};
    assert_ok(fixture_begin(fixture, target, &err), err);
    fixture->exchange->state = EXCHANGE_WAITING;
    page_writer_begin(fixture->exchange, page);
}

static void expect_page(struct reply_fixture *fixture, const char *body, const char *link)
{
    cr_assert_eq(fixture->resumed, 1);
    cr_assert_eq(fixture->exchange->state, EXCHANGE_ANSWERED);
    cr_assert_eq(fixture->exchange->reply.status, 200);
    assert_str(fixture_body(fixture), body);
    if (link)
        cr_assert_str_eq(fixture->exchange->reply.link, link);
    else
        cr_assert_null(fixture->exchange->reply.link);
    fixture_end(fixture);
}

TEST(page_writer, writes_a_small_page_at_once)
{
    struct reply_fixture fixture;
    begin(&fixture, "/models/m", make_page(2, 1, NULL));
    expect_page(&fixture, "[{\"n\":0,\"pad\":\"0\"},\n{\"n\":1,\"pad\":\"0\"}]\n", NULL);
    begin(&fixture, "/models/m?limit=1", make_page(0, 0, "tok"));
    expect_page(&fixture, "[]\n", "</models/m?limit=1&after=tok>; rel=\"next\"");
}

TEST(page_writer, holds_no_more_than_there_is_room_for)
{
    struct reply_fixture fixture;
    begin(&fixture, "/models/m", make_page(2, 1, NULL));
    cr_assert_eq(fixture.exchange->service->limiter.memory.used,
                 fixture_body(&fixture).len);
    fixture_end(&fixture);

    struct dm_error err = {0};
    assert_ok(fixture_begin(&fixture, "/models/m", &err), err);
    struct budget budget = {.taken = 1};
    struct limiter *limiter = &fixture.exchange->service->limiter;
    limiter->memory = (struct purse){.budget = &budget, .most = 1};
    page_writer_begin(fixture.exchange, make_page(2, 1, NULL));
    cr_assert_eq(fixture.exchange->reply.status, 503);
    cr_assert_eq(fixture.resumed, 1);
    cr_assert_eq(limiter->memory.used, 0);
    cr_assert_eq(limiter->reached[LIMIT_MEMORY], 1);
    fixture_end(&fixture);
}

TEST(page_writer, tells_the_count_alone)
{
    struct dm_error err = {0};
    struct reply_fixture fixture;
    assert_ok(fixture_begin(&fixture, "/models/m?count=true", &err), err);
    struct dm_page *page = page_new(NULL);
    page->count = 12345;
    fixture.exchange->parameters.count = true;
    page_writer_begin(fixture.exchange, page);
    expect_page(&fixture, "{\"count\":12345}\n", NULL);
}

static void turn(struct reply_fixture *fixture)
{
    struct dm_error err = {0};
    assert_ok(dm_loop_turn(fixture->loop, 0, &err), err);
}

/* {"n":1}, and one that is not there; NULL out of memory. */
static struct dm_items *make_items(void)
{
    struct dm_error err;
    DM_AUTO(dm_items) *items = items_new();
    struct dm_value *item = items ? arena_new(&items->arena, sizeof *item) : NULL;
    if (!item || items_reserve(items, 2, &err) ||
        fixture_value("{\"n\":{\"N\":\"1\"}}", &items->arena, item, &err))
        return NULL;
    items_set(items, 0, item, NULL);
    return DM_TAKE(items);
}

TEST(page_writer, writes_items_with_null_for_what_is_not_there)
{
    struct dm_error err = {0};
    struct reply_fixture fixture;
    assert_ok(fixture_begin(&fixture, "/models/m:batchGet", &err), err);
    page_writer_begin_items(fixture.exchange, make_items());
    cr_assert_str_neq(fixture.exchange->reply.etag.text, "");
    expect_page(&fixture, "[{\"n\":1},\nnull]\n", NULL);

    assert_ok(fixture_begin(&fixture, "/models/m:batchGet", &err), err);
    fixture.exchange->representation = REPRESENT_TYPED;
    page_writer_begin_items(fixture.exchange, make_items());
    expect_page(&fixture, "[{\"n\":{\"N\":\"1\"}},\nnull]\n", NULL);
}

TEST(page_writer, writes_a_large_page_in_slices)
{
    struct reply_fixture fixture;
    begin(&fixture, "/models/m", make_page(1000, 1000, NULL));
    size_t before = 0;
    while (!fixture.resumed) {
        struct dm_str body = fixture_body(&fixture);
        cr_assert_gt(body.len, before);
        cr_assert_leq(body.len - before, PAGE_SLICE + 1100);
        before = body.len;
        turn(&fixture);
    }
    cr_assert_gt(before, 900 * 1000);
    cr_assert_eq(fixture.exchange->reply.status, 200);
    cr_assert(str_ends(fixture_body(&fixture), STR("0\"}]\n")));
    fixture_end(&fixture);
}

/* One slice a turn for all, or many large pages would keep everybody else waiting. */
TEST(page_writer, takes_turns)
{
    struct reply_fixture fixture;
    begin(&fixture, "/models/m", make_page(1000, 1000, NULL));
    struct exchange *other = exchange_new(&fixture.service, NULL, STR("/models/m"));
    other->method = METHOD_GET;
    other->state = EXCHANGE_WAITING;
    page_writer_begin(other, make_page(1000, 1000, NULL));

    size_t before = fixture_body(&fixture).len + other->reply.body.len;
    cr_assert_leq(before, PAGE_SLICE + 1100);
    while (!fixture.resumed || other->state == EXCHANGE_WAITING) {
        turn(&fixture);
        size_t after = fixture_body(&fixture).len + other->reply.body.len;
        cr_assert_leq(after - before, PAGE_SLICE + 1100);
        before = after;
    }
    cr_assert(str_equal(fixture_body(&fixture), buf_str(&other->reply.body)));
    exchange_free(other);
    fixture_end(&fixture);
}

TEST(page_writer, ends_with_its_exchange)
{
    struct reply_fixture fixture;
    begin(&fixture, "/models/m", make_page(1000, 1000, NULL));
    turn(&fixture);
    cr_assert_eq(fixture.resumed, 0);
    fixture_end(&fixture);
}

TEST(page_writer, is_ended_by_the_servers_end)
{
    struct reply_fixture fixture;
    begin(&fixture, "/models/m", make_page(1000, 1000, NULL));
    exchange_cancel(fixture.exchange);
    cr_assert_eq(fixture.resumed, 1);
    cr_assert_eq(fixture.exchange->reply.status, 503);
    for (int turns = 0; turns < 100; turns++)
        turn(&fixture);
    cr_assert_eq(fixture.resumed, 1);
    fixture_end(&fixture);
}

static unsigned status_beside(size_t head_size)
{
    struct dm_error err = {0};
    struct reply_fixture fixture;
    assert_ok(fixture_begin(&fixture, "/m", &err), err);
    fixture.exchange->head.size = head_size;
    page_writer_begin(fixture.exchange, make_page(1, 1, "tok"));
    unsigned status = fixture.exchange->reply.status;
    cr_assert_eq(fixture.exchange->reply.link != NULL, status == 200);
    fixture_end(&fixture);
    return status;
}

TEST(page_writer, refuses_a_next_page_whose_address_would_not_fit)
{
    size_t address = strlen("/m?after=tok"), target = strlen("/m");
    size_t heads = limit_config_default().header_bytes;
    size_t most = heads - HEADS_RESERVE + target - 2 * address;
    cr_assert_eq(status_beside(most), 200);
    cr_assert_eq(status_beside(most + 1), 414);
}

static struct etag tag_of(struct dm_page *page)
{
    struct reply_fixture fixture;
    begin(&fixture, "/models/m", page);
    struct etag etag = fixture.exchange->reply.etag;
    cr_assert(*etag.text);
    fixture_end(&fixture);
    return etag;
}

TEST(page_writer, tags_items_and_what_follows_them)
{
    struct etag etag = tag_of(make_page(2, 1, "a"));
    cr_assert_str_eq(etag.text, tag_of(make_page(2, 1, "a")).text);
    cr_assert_str_neq(etag.text, tag_of(make_page(2, 2, "a")).text);
    cr_assert_str_neq(etag.text, tag_of(make_page(2, 1, "b")).text);
    cr_assert_str_neq(etag.text, tag_of(make_page(1, 1, "a")).text);
}

/* So many items of 400 KB. */
static unsigned status_of_page(size_t count)
{
    struct reply_fixture fixture;
    begin(&fixture, "/models/m", make_page(count, 400 * 1000, NULL));
    while (!fixture.resumed)
        turn(&fixture);
    unsigned status = fixture.exchange->reply.status;
    cr_assert_eq(fixture.exchange->reply.body.len > 1000, status == 200);
    fixture_end(&fixture);
    return status;
}

TEST(page_writer, has_a_ceiling_above_an_items)
{
    cr_assert_eq(status_of_page(30), 200);
    cr_assert_eq(status_of_page(90), 503);
}

TEST(page_writer, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        struct reply_fixture fixture;
        DM_AUTO(dm_page) *page = make_page(100, 1000, "tok");
        if (fixture_begin(&fixture, "/m", &err) == DM_OK && page) {
            page_writer_begin(fixture.exchange, DM_TAKE(page));
            while (!fixture.resumed)
                turn(&fixture);
            cr_assert_eq(fixture.exchange->reply.status, mem_failed() ? 503 : 200);
        }
        fixture_end(&fixture);
    }
}
