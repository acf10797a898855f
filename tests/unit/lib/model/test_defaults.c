/* What a model's group says of new items. */
#include "app_fixture.h"
#include "json_fixture.h"
#include "model/app_config.h"

static const char *nothing(const struct environment *environment, const char *name)
{
    (void)environment, (void)name;
    return NULL;
}

static struct app_config *loaded(const char *text)
{
    static const struct environment empty = {nothing};
    char folder[] = "/tmp/dynamod-test-XXXXXX", path[64];
    struct dm_error err = {0};
    struct app_config *config = NULL;
    cr_assert(mkdtemp(folder));
    put_file(folder, "todo.conf", text);
    snprintf(path, sizeof path, "%s/todo.conf", folder);
    assert_ok(app_config_load(path, &empty, &config, &err), err);
    remove_file(folder, "todo.conf");
    rmdir(folder);
    return config;
}

TEST(defaults, are_read_in_the_declared_form)
{
    DM_AUTO(app_config) *config = loaded(
        "dynamodb = { region = \"eu-west-1\"; };"
        "models = { todo = { attributes = { tags = \"SS\"; at = \"utc_datetime\"; };"
        "required = [ \"name\", \"odd name\" ]; require_if_match = true; retry_adds = "
        "true;"
        "defaults = { done = false; count = 0; half = 0.5; third = 0.1; big = "
        "5000000000L;"
        "status = \"open\"; tags = [ \"x\" ]; at = \"2024-01-02T03:04:05Z\";"
        "steps = ( 1, \"a\", { b = ( ); } ); }; }; plain = { table_name = \"ppp\"; }; "
        "};");
    const struct model_config *model = &config->models[0], *bare = &config->models[1];
    cr_assert_eq(model->required.count, 2);
    assert_str(model->required.at[1], "odd name");
    cr_assert(model->require_if_match && model->retry_adds);
    assert_item(
        &model->defaults,
        "{\"done\":{\"BOOL\":false},\"count\":{\"N\":\"0\"},"
        "\"half\":{\"N\":\"0.5\"},\"third\":{\"N\":\"0.1\"},"
        "\"big\":{\"N\":\"5000000000\"},\"status\":{\"S\":\"open\"},"
        "\"tags\":{\"SS\":[\"x\"]},"
        "\"at\":{\"S\":\"2024-01-02T03:04:05.000000+0000\"},"
        "\"steps\":{\"L\":[{\"N\":\"1\"},{\"S\":\"a\"},{\"M\":{\"b\":{\"L\":[]}}}]}}");
    cr_assert_eq(bare->required.count, 0);
    cr_assert_not(bare->require_if_match || bare->retry_adds);
    assert_item(&bare->defaults, "{}");
}
