/* DynamoDB's replies: the first byte says what is asked, then a script of replies
 * (fake_http.h). Whatever they are, the call is answered once, in time, and what it gives
 * can be written; a failure is explained in UTF-8. */
#include "base/str.h"
#include "base/utf8.h"
#include "dynamod.h"
#include "fake_app.h"
#include "fake_http.h"
#include "fuzz.h"

/* Each try at most four times, pages and chunks at most a few. */
enum { REQUESTS_MAX = 400 };

struct run {
    struct fake_app fake;
    struct call_context context;
    struct dm_call *call;
    bool ended;
};

static void end(struct run *run, enum dm_code code, const struct dm_error *err)
{
    fuzz_check(!run->ended);
    run->ended = true;
    if (code)
        fake_app_check_failure(code, err);
}

static void check_json(char *json, size_t len)
{
    fuzz_check(json && strlen(json) == len && utf8_valid((struct dm_str){json, len}));
    dm_free(json);
}

static void check_item(const struct dm_item *item)
{
    char *json = NULL, *etag = NULL;
    size_t len = 0;
    for (unsigned format = DM_PLAIN; format <= DM_TYPED; format++) {
        fuzz_check(dm_item_json(item, format, &json, &len, NULL) == DM_OK);
        check_json(json, len);
    }
    fuzz_check(dm_item_etag(item, DM_PLAIN, &etag, NULL) == DM_OK);
    dm_free(etag);
}

/* --- answers --- */

static void on_item(enum dm_code code, struct dm_item *item, const struct dm_error *err,
                    void *ctx)
{
    end(ctx, code, err);
    fuzz_check((code == DM_OK) == (item != NULL));
    if (item)
        check_item(item);
    dm_item_free(item);
}

static void on_page(enum dm_code code, struct dm_page *page, const struct dm_error *err,
                    void *ctx)
{
    char *json = NULL;
    size_t len = 0;
    end(ctx, code, err);
    fuzz_check((code == DM_OK) == (page != NULL));
    if (!page)
        return;
    fuzz_check(dm_page_json(page, DM_TYPED, &json, &len, NULL) == DM_OK);
    check_json(json, len);
    fuzz_check(utf8_valid(dm_page_next(page)));
    dm_page_free(page);
}

static void on_outcome(enum dm_code code, struct dm_outcome *outcome,
                       const struct dm_error *err, void *ctx)
{
    end(ctx, code, err);
    fuzz_check(code || outcome);
    if (outcome && dm_outcome_item(outcome))
        check_item(dm_outcome_item(outcome));
    dm_outcome_free(outcome);
}

static void on_items(enum dm_code code, struct dm_items *items,
                     const struct dm_error *err, void *ctx)
{
    char *json = NULL;
    size_t len = 0;
    end(ctx, code, err);
    fuzz_check((code == DM_OK) == (items != NULL));
    if (!items)
        return;
    fuzz_check(dm_items_count(items) == 3);
    fuzz_check(dm_items_json(items, DM_PLAIN, &json, &len, NULL) == DM_OK);
    check_json(json, len);
    dm_items_free(items);
}

static void on_written(enum dm_code code, struct dm_written *written,
                       const struct dm_error *err, void *ctx)
{
    size_t all = 0;
    end(ctx, code, err);
    if (!written)
        return;
    for (unsigned kind = DM_WRITTEN_PUT; kind <= DM_WRITTEN_DELETE; kind++)
        all += dm_written_count(written, kind) + dm_written_left_count(written, kind);
    fuzz_check(all == 3);
    dm_written_free(written);
}

static void on_transacted(enum dm_code code, struct dm_transacted *transacted,
                          const struct dm_error *err, void *ctx)
{
    struct dm_str detail = {NULL, 0};
    end(ctx, code, err);
    for (size_t i = 0; transacted && i < dm_transacted_count(transacted); i++) {
        dm_transacted_reason(transacted, i, &detail);
        fuzz_check(!detail.len || utf8_valid(detail));
    }
    dm_transacted_free(transacted);
}

static void on_models(enum dm_code code, const struct model_listing *models, size_t count,
                      const struct dm_error *err, void *ctx)
{
    end(ctx, code, err);
    for (size_t i = 0; i < count; i++)
        fuzz_check(models[i].problem || models[i].schema.hash.name.len);
}

/* --- questions --- */

typedef enum dm_code (*ask_fn)(struct run *run, struct dm_error *err);

static enum dm_code get(struct run *run, struct dm_error *err)
{
    struct dm_get get = {.hash_key = STR("1"), .range_key = STR("2")};
    struct dm_item *item = NULL;
    return app_get(run->fake.app, STR("todo"), &get, &run->context, on_item, run,
                   &run->call, &item, err);
}

static enum dm_code get_bare(struct run *run, struct dm_error *err)
{
    struct dm_get get = {.hash_key = STR("1"), .attributes_to_get = STR("a,b.c[1]")};
    struct dm_item *item = NULL;
    return app_get(run->fake.app, STR("bare"), &get, &run->context, on_item, run,
                   &run->call, &item, err);
}

static enum dm_code query_of(struct run *run, const struct dm_query *query,
                             struct dm_error *err)
{
    return app_query(run->fake.app, STR("todo"), query, &run->context, on_page, run,
                     &run->call, err);
}

static enum dm_code query(struct run *run, struct dm_error *err)
{
    struct dm_query query = {.hash_key = STR("1"), .limit = 2};
    return query_of(run, &query, err);
}

static enum dm_code scan(struct run *run, struct dm_error *err)
{
    return query_of(run, &(struct dm_query){.limit = 0}, err);
}

static enum dm_code count(struct run *run, struct dm_error *err)
{
    return query_of(run, &(struct dm_query){.hash_key = STR("1"), .count = true}, err);
}

static enum dm_code query_index(struct run *run, struct dm_error *err)
{
    struct dm_query query = {.index = STR("by_status"), .hash_key = STR("open")};
    return query_of(run, &query, err);
}

static enum dm_code first(struct run *run, struct dm_error *err)
{
    return app_first(run->fake.app, STR("todo"), &(struct dm_query){.limit = 0},
                     (struct dm_str){NULL, 0}, &run->context, on_item, run, &run->call,
                     err);
}

static enum dm_code put(struct run *run, struct dm_error *err)
{
    struct dm_put put = {.item = STR("{\"id\":\"1\",\"at\":2,\"rev\":3}")};
    return app_put(run->fake.app, STR("todo"), &put, &run->context, on_outcome, run,
                   &run->call, err);
}

static enum dm_code put_create(struct run *run, struct dm_error *err)
{
    struct dm_put put = {.item = STR("{\"id\":\"1\"}"), .create = true};
    return app_put(run->fake.app, STR("bare"), &put, &run->context, on_outcome, run,
                   &run->call, err);
}

static enum dm_code update_by(struct run *run, enum dm_patch_dialect dialect,
                              struct dm_str patch, struct dm_error *err)
{
    struct dm_update update = {
        .hash_key = STR("1"), .range_key = STR("2"), .dialect = dialect, .patch = patch};
    return app_update(run->fake.app, STR("todo"), &update, &run->context, on_outcome, run,
                      &run->call, err);
}

static enum dm_code update(struct run *run, struct dm_error *err)
{
    return update_by(run, DM_UPDATE, STR("{\"add\":{\"n\":1}}"), err);
}

static enum dm_code merge(struct run *run, struct dm_error *err)
{
    return update_by(run, DM_MERGE_PATCH, STR("{\"a\":{\"b\":null},\"status\":\"x\"}"),
                     err);
}

static enum dm_code patch(struct run *run, struct dm_error *err)
{
    static const char text[] = "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/b\"}]";
    return update_by(run, DM_JSON_PATCH, dm_str(text), err);
}

static enum dm_code delete (struct run *run, struct dm_error *err) {
    struct dm_delete asked = {.hash_key = STR("1"),
                              .range_key = STR("2"),
                              .return_item = true,
                              .guard.if_match = STR("\"x\"")};
    return app_delete(run->fake.app, STR("todo"), &asked, &run->context, on_outcome, run,
                      &run->call, err);
}

static enum dm_code batch_get(struct run *run, struct dm_error *err)
{
    static const char text[] =
        "{\"keys\":[{\"id\":\"1\"},{\"id\":\"2\"},{\"id\":\"1\"}]}";
    struct dm_batch batch = {.document = dm_str(text)};
    return app_batch_get(run->fake.app, STR("note"), &batch, &run->context, on_items, run,
                         &run->call, err);
}

static enum dm_code batch_write(struct run *run, struct dm_error *err)
{
    static const char text[] =
        "{\"put\":[{\"id\":\"1\"},{\"id\":\"2\"}],\"delete\":[{\"id\":\"3\"}]}";
    struct dm_batch batch = {.document = dm_str(text)};
    return app_batch_write(run->fake.app, STR("note"), &batch, &run->context, on_written,
                           run, &run->call, err);
}

static enum dm_code transact_by(struct run *run, struct dm_str document,
                                struct dm_error *err)
{
    struct dm_transaction transaction = {.document = document};
    return app_transact(run->fake.app, &transaction, &run->context, on_transacted, run,
                        &run->call, err);
}

static enum dm_code transact_get(struct run *run, struct dm_error *err)
{
    static const char text[] = "{\"get\":[{\"model\":\"note\",\"key\":{\"id\":\"1\"}},"
                               "{\"model\":\"todo\",\"key\":{\"id\":\"1\",\"at\":2}}]}";
    return transact_by(run, dm_str(text), err);
}

static enum dm_code transact_write(struct run *run, struct dm_error *err)
{
    static const char text[] = "{\"write\":[{\"model\":\"note\",\"put\":{\"id\":\"1\"}},"
                               "{\"model\":\"note\",\"delete\":{\"id\":\"2\"}}]}";
    return transact_by(run, dm_str(text), err);
}

static enum dm_code models(struct run *run, struct dm_error *err)
{
    return app_list_models(run->fake.app, 5000, &(struct call_context){0}, on_models, run,
                           &run->call, err);
}

static const ask_fn asks[] = {
    get,        get_bare, query,     scan,        count,        query_index,
    first,      put,      update,    merge,       patch,        delete,
    put_create, models,   batch_get, batch_write, transact_get, transact_write,
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct run run = {.ended = false};
    struct call_cost cost = {0};
    struct dm_error err = {0};
    if (!len)
        return 0;
    run.context.cost = &cost;
    fake_app_open(&run.fake, fuzz_text(bytes + 1, len - 1));
    enum dm_code code = asks[bytes[0] % DM_COUNT(asks)](&run, &err);
    if (code)
        fake_app_check_failure(code, &err);
    else
        fake_app_wait(&run.fake, &run.ended);
    fuzz_check(fake_http_requests() <= REQUESTS_MAX);
    fuzz_check(cost.capacity >= 0 || cost.capacity != cost.capacity);
    fake_app_close(&run.fake);
    return 0;
}
