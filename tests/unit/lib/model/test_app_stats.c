/* What an app says of its credentials and its upstreams. */
#include "model/app_stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/loop_fixture.h"

#define KEYS "aws_access_key_id = \"AKID\"; aws_secret_access_key = \"secret\";"
#define KEY "hash_key = \"id\"; attributes = { id = \"S\"; };"

/* Neither keys nor files of anybody's, and no instance to ask. */
static const char *no_keys(const struct environment *environment, const char *name)
{
    (void)environment;
    if (strcmp(name, "AWS_EC2_METADATA_DISABLED") == 0)
        return "true";
    return strcmp(name, "HOME") == 0 ? "/nonexistent" : NULL;
}

static const struct environment environment = {no_keys};

static struct app_config *config_of(const char *text)
{
    char folder[] = "/tmp/dynamod-test-XXXXXX", path[64];
    struct app_config *config = NULL;
    struct dm_error err = {0};
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/shop.conf", folder);
    FILE *file = fopen(path, "we");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
    assert_ok(app_config_load(path, &environment, &config, &err), err);
    unlink(path);
    rmdir(folder);
    return config;
}

/* "model usable": one a visit. */
struct visits {
    char text[256];
    size_t len;
};

static void note(const struct upstream_stats *stats, void *ctx)
{
    struct visits *visits = ctx;
    const struct cred_status *status = &stats->credentials;
    visits->len +=
        (size_t)snprintf(visits->text + visits->len, sizeof visits->text - visits->len,
                         "[%s %s]", stats->model, status->usable ? "usable" : "not");
    cr_assert_eq(stats->figures.attempts, 0);
    cr_assert_eq(stats->figures.breaker, BREAKER_CLOSED);
    struct cred_provider_status provider;
    cr_assert(cred_chain_provider(stats->chain, 0, &provider));
    cr_assert(status->usable || !strstr(status->message, "secret"));
}

static void expect_visits(const char *text, const char *expected)
{
    struct fixture *f = fixture_new();
    struct visits visits = {.len = 0};
    DM_AUTO(app_config) *config = config_of(text);
    struct dm_app *app = NULL;
    assert_ok(app_new(config, f->loop, &environment, &app, &f->err), f->err);
    app_seek_credentials(app);
    app_stats(app, note, &visits);
    cr_assert_str_eq(visits.text, expected);
    dm_app_free(app);
    dm_loop_free(f->loop);
}

TEST(app_stats, knows_configured_keys_before_they_are_used)
{
    expect_visits("dynamodb = { region = \"r\"; " KEYS " }; models = { todo = { " KEY
                  " }; };",
                  "[ usable]");
}

TEST(app_stats, knows_that_there_are_none)
{
    expect_visits("dynamodb = { region = \"r\"; }; models = { todo = { " KEY " }; };",
                  "[ not]");
}

TEST(app_stats, visits_models_with_settings_of_their_own)
{
    expect_visits("dynamodb = { region = \"r\"; };"
                  "models = { aaa = { " KEY " dynamodb = { " KEYS " }; }; bbb = { " KEY
                  " };"
                  "           ccc = { " KEY " dynamodb = { region = \"s\"; }; }; };",
                  "[ not][aaa usable][ccc not]");
}

TEST(app_stats, leaves_the_embedded_store_out)
{
    expect_visits("dynamodb = { host = \"sqlite::memory:\"; }; models = { todo = { " KEY
                  " }; };",
                  "");
}

TEST(app_stats, names_models_as_the_configuration_does)
{
    struct fixture *f = fixture_new();
    DM_AUTO(app_config) *config =
        config_of("dynamodb = { region = \"r\"; }; models = { bbb = {}; aaa = {}; };");
    struct dm_app *app = NULL;
    assert_ok(app_new(config, f->loop, &environment, &app, &f->err), f->err);
    cr_assert_eq(app_model_name(app, STR("bbb")), config->models[0].name.ptr);
    cr_assert_null(app_model_name(app, STR("ccc")));
    cr_assert_null(app_model_name(app, STR("")));
    dm_app_free(app);
    dm_loop_free(f->loop);
}
