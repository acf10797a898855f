/* Whether a configuration is another than the one before. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "model/app_config.h"
#include "support/test.h"

static const char *nothing(const struct environment *environment, const char *name)
{
    (void)environment, (void)name;
    return NULL;
}

static const char *some_region(const struct environment *environment, const char *name)
{
    (void)environment;
    return strcmp(name, "AWS_REGION") == 0 ? "eu-west-3" : NULL;
}

static const struct environment empty = {nothing}, with_region = {some_region};

/* Loads what is written here as the file todo.conf of a folder of its own. */
static enum dm_code load(const char *text, const struct environment *environment,
                         struct app_config **ret_config, struct dm_error *err)
{
    char folder[] = "/tmp/dynamod-test-XXXXXX", path[64];
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/todo.conf", folder);
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
    enum dm_code code = app_config_load(path, environment, ret_config, err);
    unlink(path);
    rmdir(folder);
    return code;
}

static bool same(const char *a, const struct environment *of_a, const char *b,
                 const struct environment *of_b)
{
    struct dm_error err = {0};
    DM_AUTO(app_config) *left = NULL, *right = NULL;
    assert_ok(load(a, of_a, &left, &err), err);
    assert_ok(load(b, of_b, &right, &err), err);
    return app_config_same(left, right);
}

#define WITHOUT_REGION "models = { todo = { }; };"

TEST(fingerprint, is_the_same_by_its_bytes_and_what_they_lead_to)
{
    const char *app = "dynamodb = { region = \"r\"; };" WITHOUT_REGION;
    cr_assert(same(app, &empty, app, &empty));
    cr_assert(same(app, &empty, app, &with_region));
    cr_assert(same(WITHOUT_REGION, &with_region, WITHOUT_REGION, &with_region));
    cr_assert_not(
        same(app, &empty, "dynamodb = { region = \"r\"; };\n" WITHOUT_REGION, &empty));
    cr_assert_not(
        same(app, &empty, "dynamodb = { region = \"s\"; };" WITHOUT_REGION, &empty));
}

static const char *other_region(const struct environment *environment, const char *name)
{
    (void)environment;
    return strcmp(name, "AWS_REGION") == 0 ? "eu-west-4" : NULL;
}

TEST(fingerprint, is_another_where_the_environment_is)
{
    const struct environment other = {other_region};
    cr_assert_not(same(WITHOUT_REGION, &with_region, WITHOUT_REGION, &other));
}

TEST(fingerprint, is_another_once_its_bundle_was_replaced)
{
    char folder[] = "/tmp/dynamod-test-XXXXXX", bundle[64], app[256];
    struct dm_error err = {0};
    DM_AUTO(app_config) *before = NULL, *still = NULL, *after = NULL;
    cr_assert(mkdtemp(folder));
    snprintf(bundle, sizeof bundle, "%s/ca.pem", folder);
    snprintf(app, sizeof app, "dynamodb = { region = \"r\"; ca_bundle = \"%s\"; };%s",
             bundle, WITHOUT_REGION);
    FILE *file = fopen(bundle, "we");
    cr_assert(file && fclose(file) == 0);
    assert_ok(load(app, &empty, &before, &err), err);
    assert_ok(load(app, &empty, &still, &err), err);
    cr_assert(app_config_same(before, still));
    file = fopen(bundle, "we");
    cr_assert(file && fputs("x", file) >= 0 && fclose(file) == 0);
    assert_ok(load(app, &empty, &after, &err), err);
    cr_assert_not(app_config_same(before, after));
    unlink(bundle);
    rmdir(folder);
}
