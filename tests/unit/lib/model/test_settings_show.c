/* What is shown of an app's file: all that is in force, no secret, in the file's own
 * syntax. */
#include "model/settings_show.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "model/app_config.h"
#include "support/test.h"

static const char *nothing(const struct environment *environment, const char *name)
{
    (void)environment, (void)name;
    return NULL;
}
static const struct environment empty = {nothing};

static enum dm_code load(const char *text, struct app_config **ret_config,
                         struct dm_error *err)
{
    char folder[] = "/tmp/dynamod-test-XXXXXX", path[64];
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/todo.conf", folder);
    FILE *file = fopen(path, "we");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
    enum dm_code code = app_config_load(path, &empty, ret_config, err);
    unlink(path);
    rmdir(folder);
    return code;
}

static struct app_config *loaded(const char *text)
{
    struct dm_error err = {0};
    struct app_config *config = NULL;
    assert_ok(load(text, &config, &err), err);
    return config;
}

/* Terminated; mem_free it. */
static char *shown(const char *text)
{
    DM_AUTO(app_config) *config = loaded(text);
    struct dm_buf out;
    buf_init(&out, 65536);
    settings_show_write(&config->shown, &out);
    char *written = buf_take(&out, NULL);
    cr_assert(written);
    return written;
}

#define SMALL "dynamodb = { region = \"r\"; }; models = { todo = { }; };"

TEST(settings_show, adds_the_presets_of_what_the_file_does_not_set)
{
    char *text = shown(SMALL);
    cr_assert_str_eq(text, "default = false;\n"
                           "dynamodb = {\n"
                           "  region = \"r\";\n"
                           "  connect_timeout_seconds = 1;\n"
                           "  read_timeout_seconds = 5;\n"
                           "  base_backoff_ms = 25;\n"
                           "  max_retry_attempts = 3;\n"
                           "  max_pool_connections = 10;\n"
                           "  batch_width = 2;\n"
                           "  compressed_replies = false;\n"
                           "  sqlite_synchronous = \"full\";\n"
                           "};\n"
                           "models = {\n"
                           "  todo = {\n"
                           "    allow = [ \"read\" ];\n"
                           "    create_table = false;\n"
                           "    hide_expired = true;\n"
                           "    count_pages = 10;\n"
                           "    require_if_match = false;\n"
                           "    retry_adds = false;\n"
                           "  };\n"
                           "};\n"
                           "limits = {\n"
                           "  requests_per_second = 0;\n"
                           "  read_units_per_second = 0;\n"
                           "  write_units_per_second = 0;\n"
                           "};\n"
                           "max_page_items = 1000;\n"
                           "max_filter_bytes = 4096;\n");
    mem_free(text);
}

/* So a preset is what the code does without the setting. */
TEST(settings_show, is_a_file_that_says_the_same)
{
    char *text = shown(SMALL), *again = shown(text);
    DM_AUTO(app_config) *plain = loaded(SMALL);
    DM_AUTO(app_config) *spelled = loaded(text);
    const struct client_options *a = &plain->dynamodb.client;
    const struct client_options *b = &spelled->dynamodb.client;
    const struct model_config *m = plain->models, *n = spelled->models;
    cr_assert_str_eq(text, again);
    cr_assert_eq(a->connect_timeout_ms, b->connect_timeout_ms);
    cr_assert_eq(a->read_timeout_ms, b->read_timeout_ms);
    cr_assert_eq(a->base_backoff_ms, b->base_backoff_ms);
    cr_assert_eq(a->max_retry_attempts, b->max_retry_attempts);
    cr_assert_eq(a->max_pool_connections, b->max_pool_connections);
    cr_assert_eq(a->compressed_replies, b->compressed_replies);
    cr_assert_eq(plain->dynamodb.relaxed, spelled->dynamodb.relaxed);
    cr_assert_eq(plain->is_default, spelled->is_default);
    cr_assert(m->allow_read == n->allow_read && m->allow_write == n->allow_write);
    cr_assert(m->create_table == n->create_table && m->hide_expired == n->hide_expired);
    cr_assert(m->count_pages == n->count_pages && m->retry_adds == n->retry_adds);
    cr_assert_eq(m->require_if_match, n->require_if_match);
    mem_free(text);
    mem_free(again);
}

TEST(settings_show, hides_secrets_wherever_they_stand)
{
    char *text =
        shown("token_secret = \"0123456789abcdef\";\n"
              "dynamodb = { region = \"r\"; aws_access_key_id = \"0123\";"
              " aws_secret_access_key = \"0123\"; aws_session_token = \"0123\";"
              " extra_headers = ( { name = \"X-Team\"; value = \"0123\"; } ); };\n"
              "models = { todo = { dynamodb = { aws_access_key_id = \"0123\";"
              " aws_secret_access_key = \"0123\"; }; }; };");
    cr_assert_null(strstr(text, "0123"), "%s", text);
    cr_assert(strstr(text, "token_secret = \"(secret)\";\n"));
    cr_assert(strstr(text, "extra_headers = ( {\n"));
    cr_assert(strstr(text, "name = \"X-Team\";\n"));
    mem_free(text);
}

/* What it does not set is its app's. */
TEST(settings_show, shows_no_presets_in_a_models_own_dynamodb)
{
    char *text = shown("dynamodb = { region = \"r\"; };"
                       "models = { todo = { dynamodb = { region = \"s\"; }; }; };");
    cr_assert(strstr(text, "    dynamodb = {\n      region = \"s\";\n    };\n"), "%s",
              text);
    mem_free(text);
}

TEST(settings_show, escapes_texts_and_keeps_lists_and_numbers)
{
    char *text =
        shown("dynamodb = { region = \"r\"; };"
              "models = { todo = { hash_key = \"id\"; message = \"a\\\"\\n\\\\\";"
              " defaults = { l = ( 1, \"x\", [ 1, 2 ] ); f = 2.5; }; }; };");
    cr_assert(strstr(text, "message = \"a\\\"\\x0a\\\\\";\n"), "%s", text);
    cr_assert(strstr(text, "l = ( 1, \"x\", [ 1, 2 ] );\n"), "%s", text);
    cr_assert(strstr(text, "f = 2.5;\n"), "%s", text);
    mem_free(text);
}

TEST(settings_show, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        DM_AUTO(app_config) *config = NULL;
        enum dm_code code = load(SMALL, &config, &err);
        cr_assert(code == DM_OK || mem_failed());
    }
}
