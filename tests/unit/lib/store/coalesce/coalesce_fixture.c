/* A store that does what the test says, and those who ask it through another. */
#include "unit/lib/store/coalesce/coalesce_fixture.h"

#include <stdio.h>

#include "base/error.h"

enum { ARENA_MAX = 64 * 1024 * 1024 };

static const struct key_attribute id = {{"id", 2}, DM_S};

static struct coalesce_fixture *fixture_of(struct dm_store *store)
{
    return DM_CONTAINER(store, struct coalesce_fixture, inner);
}

/* --- the inner store --- */

static enum dm_code ask(struct coalesce_fixture *f, const struct asked *asked,
                        struct store_call **ret_call, struct dm_error *err)
{
    if (f->refuse)
        return error_set(err, f->refuse, "refused at once");
    cr_assert_lt(f->asked_count, ASKED_MAX);
    struct asked *kept = &f->asked[f->asked_count++];
    *kept = *asked;
    kept->open = true;
    kept->call.store = &f->inner;
    *ret_call = &kept->call;
    return DM_OK;
}

static void add_word(struct asked *asked, struct dm_str word)
{
    size_t len = strlen(asked->text);
    snprintf(asked->text + len, sizeof asked->text - len, " %.*s", STR_ARG(word));
}

static enum dm_code get(struct dm_store *store, const struct store_get *request,
                        store_done_fn done, void *ctx, struct store_call **ret_call,
                        struct dm_error *err)
{
    struct asked asked = {.text = "get",
                          .count = 1,
                          .consistent = request->consistent,
                          .arena = request->base.arena,
                          .deadline_ms = request->base.deadline_ms,
                          .keys = request->key,
                          .projection = request->projection,
                          .done = done,
                          .ctx = ctx};
    add_word(&asked, request->key->hash.as.text);
    return ask(fixture_of(store), &asked, ret_call, err);
}

static enum dm_code batch_get(struct dm_store *store,
                              const struct store_batch_get *request, store_done_fn done,
                              void *ctx, struct store_call **ret_call,
                              struct dm_error *err)
{
    struct asked asked = {.text = "batch",
                          .count = request->key_count,
                          .consistent = request->consistent,
                          .arena = request->base.arena,
                          .deadline_ms = request->base.deadline_ms,
                          .keys = request->keys,
                          .done = done,
                          .ctx = ctx};
    struct projection *projection = arena_alloc(asked.arena, sizeof *projection);
    if (!projection)
        return error_nomem(err);
    *projection = *request->projection;
    asked.projection = projection;
    for (size_t i = 0; i < request->key_count; i++)
        add_word(&asked, request->keys[i].hash.as.text);
    return ask(fixture_of(store), &asked, ret_call, err);
}

static void cancel(struct store_call *call)
{
    struct asked *asked = DM_CONTAINER(call, struct asked, call);
    cr_assert(asked->open);
    asked->open = false;
    fixture_of(call->store)->cancelled++;
}

/* --- its answers --- */

/* {"id": key, "v": key}, whatever was asked for. */
static bool make_item(struct arena *arena, struct dm_str key, struct dm_value *ret_item)
{
    struct value_member *members = arena_alloc(arena, 2 * sizeof *members);
    struct dm_str text = arena_str(arena, key);
    if (!members || !text.ptr)
        return false;
    members[0] = (struct value_member){id.name, {DM_S, {.text = text}}};
    members[1] = (struct value_member){STR("v"), {DM_S, {.text = text}}};
    *ret_item = (struct dm_value){DM_M, {.map = {members, 2}}};
    return true;
}

static size_t make_items(struct arena *arena, const char *words, struct dm_value *items)
{
    size_t count = 0;
    struct dm_str rest = dm_str(words);
    while (rest.len) {
        struct dm_str word = str_split(&rest, ' ');
        if (!make_item(arena, word, &items[count++]))
            return SIZE_MAX;
    }
    return count;
}

static size_t make_keys(struct arena *arena, const char *words, struct key *keys)
{
    size_t count = 0;
    struct dm_str rest = dm_str(words);
    while (rest.len) {
        struct dm_str text = arena_str(arena, str_split(&rest, ' '));
        if (!text.ptr)
            return SIZE_MAX;
        keys[count++] =
            (struct key){.hash_attribute = id, .hash = {DM_S, {.text = text}}};
    }
    return count;
}

static void fail(struct asked *asked, const struct dm_error *err)
{
    asked->open = false;
    asked->done(err->code, NULL, err, asked->ctx);
}

static void give(struct asked *asked, const struct store_result *result)
{
    struct dm_error err = {0};
    asked->open = false;
    asked->done(DM_OK, result, &err, asked->ctx);
}

void coalesce_answer(struct coalesce_fixture *f, size_t which, const char *found,
                     const char *unprocessed)
{
    struct asked *asked = &f->asked[which];
    struct dm_error err;
    struct dm_value *items = arena_alloc(asked->arena, 101 * sizeof *items);
    struct key *keys = arena_alloc(asked->arena, 101 * sizeof *keys);
    struct store_result result = {.items = items, .unprocessed_keys = keys};
    cr_assert(asked->open, "%s is not under way", asked->text);
    if (items && keys) {
        result.item_count = make_items(asked->arena, found, items);
        result.unprocessed_key_count = make_keys(asked->arena, unprocessed, keys);
    }
    if (!items || !keys || result.item_count == SIZE_MAX ||
        result.unprocessed_key_count == SIZE_MAX) {
        error_nomem(&err);
        fail(asked, &err);
        return;
    }
    if (strncmp(asked->text, "get", 3) == 0)
        result.item = result.item_count ? items : NULL;
    result.consumed_capacity =
        0.5 * (double)(asked->count - result.unprocessed_key_count);
    give(asked, &result);
}

void coalesce_refuse(struct coalesce_fixture *f, size_t which, enum dm_code code,
                     const char *type)
{
    struct asked *asked = &f->asked[which];
    struct dm_error err = {0};
    cr_assert(asked->open, "%s is not under way", asked->text);
    error_set(&err, code, "refused");
    snprintf(err.upstream_type, sizeof err.upstream_type, "%s", type);
    fail(asked, &err);
}

/* --- who asks --- */

static const struct store_ops inner_ops = {
    .get = get, .batch_get = batch_get, .cancel = cancel};

struct coalesce_fixture *coalesce_fixture(unsigned width)
{
    static struct coalesce_fixture fixture;
    struct coalesce_fixture *f = &fixture;
    struct coalesce_options options = {
        .width = width, .max_queue = 2, .base_backoff_ms = 10, .slow_ms = 100};
    *f = (struct coalesce_fixture){
        .clock = fake_clock(), .table = "t", .timeout_ms = FAR_MS};
    f->inner.ops = &inner_ops;
    for (size_t i = 0; i < READERS; i++)
        arena_init(&f->readers[i].arena, ARENA_MAX);
    assert_ok(loop_new(&f->clock.clock, &f->loop, &f->err), f->err);
    assert_ok(coalesce_new(&f->inner, f->loop, &options, &f->store, &f->err), f->err);
    return f;
}

void coalesce_fixture_free(struct coalesce_fixture *f)
{
    for (size_t i = 0; i < READERS; i++) {
        store_cancel(DM_TAKE(f->readers[i].call));
        arena_done(&f->readers[i].arena);
    }
    for (size_t i = 0; i < f->asked_count; i++)
        cr_assert_not(f->asked[i].open, "%s is still under way", f->asked[i].text);
    store_free(f->store);
    dm_loop_free(f->loop);
}

static void on_done(enum dm_code code, const struct store_result *result,
                    const struct dm_error *err, void *ctx)
{
    struct reader *reader = ctx;
    reader->times++;
    reader->call = NULL;
    reader->code = code;
    reader->err = *err;
    cr_assert_eq(code, err->code);
    cr_assert_eq(code == DM_OK, result != NULL);
    reader->item = result ? result->item : NULL;
    reader->capacity = result ? result->consumed_capacity : 0;
}

enum dm_code coalesce_try(struct coalesce_fixture *f, size_t which, const char *key)
{
    struct reader *reader = &f->readers[which];
    reader->times = 0;
    reader->item = NULL;
    reader->key =
        (struct key){.hash_attribute = id, .hash = {DM_S, {.text = dm_str(key)}}};
    struct store_get request = {
        .base = {.deadline_ms = f->clock.now_ms + f->timeout_ms, .arena = &reader->arena},
        .table = dm_str(f->table),
        .key = &reader->key,
        .projection = f->projection,
        .consistent = f->consistent,
        .anew = f->anew,
    };
    return f->store->ops->get(f->store, &request, on_done, reader, &reader->call,
                              &f->err);
}

void coalesce_get(struct coalesce_fixture *f, size_t which, const char *key)
{
    assert_ok(coalesce_try(f, which, key), f->err);
}

void coalesce_cancel(struct coalesce_fixture *f, size_t which)
{
    struct reader *reader = &f->readers[which];
    store_cancel(DM_TAKE(reader->call));
    arena_done(&reader->arena);
    assert_ok(dm_loop_turn(f->loop, 0, &f->err), f->err);
}

void coalesce_pass(struct coalesce_fixture *f, int64_t ms)
{
    f->clock.now_ms += ms;
    assert_ok(dm_loop_turn(f->loop, 0, &f->err), f->err);
}

struct coalesce_figures coalesce_figures(const struct coalesce_fixture *f)
{
    struct coalesce_figures figures;
    coalesce_read_figures(f->store, &figures);
    return figures;
}

void expect_asked(const struct coalesce_fixture *f, size_t count, const char *text)
{
    cr_assert_eq(f->asked_count, count, "asked %zu times, last \"%s\"", f->asked_count,
                 f->asked_count ? f->asked[f->asked_count - 1].text : "");
    cr_assert_str_eq(f->asked[count - 1].text, text);
}

void expect_value(const struct coalesce_fixture *f, size_t which, const char *value)
{
    const struct reader *reader = &f->readers[which];
    cr_assert_eq(reader->times, 1, "reader %zu was told %u times", which, reader->times);
    cr_assert_eq(reader->code, DM_OK, "%s", reader->err.message);
    if (!*value) {
        cr_assert_null(reader->item);
        return;
    }
    cr_assert(reader->item);
    const struct dm_value *stored = value_member(reader->item, STR("v"));
    cr_assert(stored);
    assert_str(stored->as.text, value);
}

void expect_code(const struct coalesce_fixture *f, size_t which, enum dm_code code)
{
    const struct reader *reader = &f->readers[which];
    cr_assert_eq(reader->times, 1, "reader %zu was told %u times", which, reader->times);
    cr_assert_eq(reader->code, code, "%s: %s", dm_code_name(reader->code),
                 reader->err.message);
}

void expect_nothing(const struct coalesce_fixture *f, size_t which)
{
    cr_assert_eq(f->readers[which].times, 0);
}
