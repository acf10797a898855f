/* The generation of what an app knows of its tables. */
#include "app_fixture.h"
#include "model/app_internal.h"

static void on_learnt(enum dm_code code, const struct dm_error *err, void *ctx)
{
    assert_ok(code, *err);
    *(bool *)ctx = true;
}

static void learn(struct dm_app *app, struct dm_model *model)
{
    bool done = false;
    struct dm_error err = {0};
    struct schema_waiter waiter = {.done = on_learnt, .ctx = &done};
    assert_ok(model_learn_schema(model, &waiter, &err), err);
    assert_ok(app_wait(app, &done, &err), err);
}

TEST(generation, grows_when_any_table_is_learnt_or_forgotten)
{
    struct dm_app *app = app_opened(
        "dynamodb = { host = \"sqlite::memory:\"; };\n"
        "models = { notes = { hash_key = \"id\"; attributes = { id = \"S\"; }; };\n"
        "           books = { hash_key = \"id\"; attributes = { id = \"S\"; }; }; };\n",
        "");
    uint64_t first = app_generation(app);
    cr_assert_eq(app_generation(app), first);
    learn(app, &app->models[1]);
    uint64_t learnt = app_generation(app);
    cr_assert_gt(learnt, first);
    model_forget_schema(&app->models[0]);
    cr_assert_gt(app_generation(app), learnt);
    dm_app_free(app);
}
