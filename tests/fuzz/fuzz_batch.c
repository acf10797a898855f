/* Documents of many: the first byte says what they ask for and in which format, then the
 * document. The table has nothing, does all, or leaves all undone. Each is answered once,
 * with as many as were asked for; what is refused is explained in UTF-8. */
#include "base/str.h"
#include "dynamod.h"
#include "fake_app.h"
#include "fuzz.h"

enum { KIND_GET, KIND_WRITE, KIND_TRANSACT, KIND_COUNT };

struct run {
    struct fake_app fake;
    bool ended;
};

static void end(struct run *run, enum dm_code code, bool given,
                const struct dm_error *err)
{
    fuzz_check(!run->ended);
    run->ended = true;
    if (code)
        fake_app_check_failure(code, err);
    else
        fuzz_check(given);
}

static void on_items(enum dm_code code, struct dm_items *items,
                     const struct dm_error *err, void *ctx)
{
    char *json = NULL;
    size_t len = 0;
    end(ctx, code, items, err);
    if (items)
        fuzz_check(dm_items_json(items, DM_TYPED, &json, &len, NULL) == DM_OK);
    for (size_t i = 0; items && i < dm_items_count(items); i++)
        fuzz_check(!dm_items_at(items, i));
    dm_free(json);
    dm_items_free(items);
}

/* Nothing comes out that the document had not. */
static void on_written(enum dm_code code, struct dm_written *written,
                       const struct dm_error *err, void *ctx)
{
    char *json = NULL;
    end(ctx, code, written, err);
    if (!written)
        return;
    size_t left = dm_written_left_count(written, DM_WRITTEN_PUT) +
                  dm_written_left_count(written, DM_WRITTEN_DELETE);
    fuzz_check((left > 0) == (dm_written_why(written) != NULL));
    fuzz_check(dm_written_json(written, &json, NULL, NULL) == DM_OK && json[0] == '{');
    dm_free(json);
    dm_written_free(written);
}

static void on_transacted(enum dm_code code, struct dm_transacted *transacted,
                          const struct dm_error *err, void *ctx)
{
    end(ctx, code, transacted, err);
    fuzz_check(!transacted || dm_transacted_count(transacted) > 0);
    dm_transacted_free(transacted);
}

static enum dm_code begin(struct run *run, unsigned kind, struct dm_str model,
                          const struct dm_batch *batch, struct dm_error *err)
{
    struct dm_transaction transaction = {.document = batch->document,
                                         .format = batch->format};
    struct call_context context = {.cost = NULL};
    struct dm_call *call = NULL;
    struct dm_app *app = run->fake.app;
    if (kind == KIND_GET)
        return app_batch_get(app, model, batch, &context, on_items, run, &call, err);
    if (kind == KIND_WRITE)
        return app_batch_write(app, model, batch, &context, on_written, run, &call, err);
    return app_transact(app, &transaction, &context, on_transacted, run, &call, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const struct dm_str scripts[] = {{"200\n\n{}", 7}, {"", 0}, {"400\n\n{}", 7}};
    struct run run = {.ended = false};
    struct dm_error err = {0};
    if (!len)
        return 0;
    struct dm_batch batch = {.document = fuzz_text(bytes + 1, len - 1),
                             .format = bytes[0] & 1 ? DM_TYPED : DM_PLAIN};
    struct dm_str model = bytes[0] & 2 ? STR("note") : STR("todo");
    fake_app_open(&run.fake, scripts[bytes[0] / 4 % DM_COUNT(scripts)]);
    enum dm_code code = begin(&run, bytes[0] / 16 % KIND_COUNT, model, &batch, &err);
    if (code)
        fake_app_check_failure(code, &err);
    else
        fake_app_wait(&run.fake, &run.ended);
    fake_app_close(&run.fake);
    return 0;
}
