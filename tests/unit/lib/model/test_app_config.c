/* An app's file: what is read from it, and what is refused with file, line and what was
 * expected. */
#include <dirent.h>
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

static struct app_config *loaded(const char *text)
{
    struct dm_error err = {0};
    struct app_config *config = NULL;
    assert_ok(load(text, &empty, &config, &err), err);
    return config;
}

TEST(app_config, takes_its_name_from_the_file_and_defaults_for_the_rest)
{
    DM_AUTO(app_config) *config =
        loaded("dynamodb = { region = \"eu-west-1\"; }; models = { todo = { }; };");
    const struct client_options *client = &config->dynamodb.client;
    assert_str(dm_str(app_config_name(config)), "todo");
    cr_assert_not(app_config_is_default(config));
    cr_assert_eq(client->connect_timeout_ms, 1000);
    cr_assert_eq(client->read_timeout_ms, 5000);
    cr_assert_eq(client->base_backoff_ms, 25);
    cr_assert_eq(client->max_retry_attempts, 3);
    cr_assert_eq(client->max_pool_connections, 10);
    cr_assert_eq(config->dynamodb.read_capacity_units, 0);

    cr_assert_eq(config->model_count, 1);
    const struct model_config *model = &config->models[0];
    assert_str(model->name, "todo");
    assert_str(model->table_name, "todo");
    cr_assert(model->allow_read && !model->allow_write && !model->create_table);
    cr_assert_not(model->has_own_dynamodb);
}

TEST(app_config, reads_every_setting)
{
    DM_AUTO(app_config) *config = loaded(
        "default = true;\n"
        "models = { todo = { table_name = \"todo-prod\"; hash_key = \"id\"; range_key = "
        "\"at\"; attributes = { id = \"S\"; at = \"N\"; tags = \"SS\"; }; allow = [ "
        "\"read\", \"write\" ]; message = \"no {hash}\"; create_table = true; }; };\n"
        "dynamodb = { region = \"eu-west-1\"; host = \"http://localhost:8000\";\n"
        "connect_timeout_seconds = 0.25; read_timeout_seconds = 7; base_backoff_ms = "
        "50;\n"
        "max_retry_attempts = 0; max_pool_connections = 3; read_capacity_units = 4;\n"
        "write_capacity_units = 5; aws_access_key_id = \"AKID\";\n"
        "aws_secret_access_key = \"secret\"; aws_session_token = \"token\";\n"
        "extra_headers = ( { name = \"X-Team\"; value = \"core\"; } ); };");
    const struct client_options *client = &config->dynamodb.client;
    cr_assert(app_config_is_default(config) && app_config_creates_tables(config));
    assert_str(client->region, "eu-west-1");
    assert_str(client->host, "http://localhost:8000");
    cr_assert_eq(client->connect_timeout_ms, 250);
    cr_assert_eq(client->read_timeout_ms, 7000);
    cr_assert_eq(client->base_backoff_ms, 50);
    cr_assert_eq(client->max_retry_attempts, 0);
    cr_assert_eq(client->max_pool_connections, 3);
    assert_str(client->access_key_id, "AKID");
    assert_str(client->secret_access_key, "secret");
    assert_str(client->session_token, "token");
    cr_assert_eq(client->extra_header_count, 1);
    assert_str(client->extra_headers[0].name, "X-Team");
    assert_str(client->extra_headers[0].value, "core");
    cr_assert_eq(config->dynamodb.read_capacity_units, 4);
    cr_assert_eq(config->dynamodb.write_capacity_units, 5);

    const struct model_config *model = &config->models[0];
    struct key_schema schema;
    assert_str(model->table_name, "todo-prod");
    assert_str(model->message, "no {hash}");
    cr_assert(model->allow_read && model->allow_write && model->create_table);
    cr_assert(model_config_schema(model, &schema));
    assert_str(schema.hash.name, "id");
    assert_str(schema.range.name, "at");
    cr_assert(schema.hash.type == DM_S && schema.range.type == DM_N);
}

TEST(app_config, reads_every_setting_of_the_way_to_dynamodb)
{
    DM_AUTO(app_config) *config = loaded(
        "models = { todo = { }; }; dynamodb = { region = \"eu-west-1\";\n"
        "profile = \"work\"; unix_socket = \"/run/s\"; max_queue = 7; batch_width = 0;\n"
        "ca_bundle = \"/dev/null\"; compressed_replies = true;\n"
        "use_fips_endpoint = false; use_dualstack_endpoint = true; };");
    const struct client_options *client = &config->dynamodb.client;
    assert_str(client->profile, "work");
    assert_str(client->unix_socket, "/run/s");
    assert_str(client->ca_bundle, "/dev/null");
    cr_assert_eq(client->max_queue, 7);
    cr_assert_eq(config->dynamodb.batch_width, 0);
    cr_assert(client->compressed_replies);
    cr_assert_eq(client->use_fips, ENDPOINT_OFF);
    cr_assert_eq(client->use_dualstack, ENDPOINT_ON);
}

TEST(app_config, lets_a_model_override_its_app_setting_by_setting)
{
    DM_AUTO(app_config) *config = loaded(
        "models = { a = { table_name = \"aaa\"; dynamodb = { read_timeout_seconds = 1.5; "
        "}; };"
        "b = { table_name = \"bbb\"; dynamodb = { aws_access_key_id = \"B\"; "
        "aws_secret_access_key = \"b\"; extra_headers = ( ); }; }; };"
        "dynamodb = { region = \"eu-west-1\"; connect_timeout_seconds = 2.0; "
        "aws_access_key_id = \"A\"; aws_secret_access_key = \"a\"; aws_session_token = "
        "\"t\"; extra_headers = ( { name = \"X-A\"; value = \"a\"; } ); };");
    const struct client_options *a = &config->models[0].dynamodb.client;
    const struct client_options *b = &config->models[1].dynamodb.client;
    cr_assert_eq(a->read_timeout_ms, 1500);
    cr_assert_eq(a->connect_timeout_ms, 2000);
    assert_str(a->access_key_id, "A");
    assert_str(a->session_token, "t");
    cr_assert_eq(a->extra_header_count, 1);

    cr_assert_eq(b->read_timeout_ms, 5000);
    assert_str(b->access_key_id, "B");
    assert_str(b->secret_access_key, "b");
    cr_assert_eq(b->session_token.len, 0, "the app's token is not for the model's keys");
    cr_assert_eq(b->extra_header_count, 0);
}

TEST(app_config, a_model_that_names_a_profile_has_none_of_the_apps_keys)
{
    DM_AUTO(app_config) *config = loaded(
        "models = { a = { table_name = \"aaa\"; dynamodb = { profile = \"mine\"; }; };"
        "b = { table_name = \"bbb\"; dynamodb = { region = \"r-2\"; }; }; };"
        "dynamodb = { region = \"r-1\"; profile = \"apps\"; proxy = \"http://p:1\"; "
        "aws_access_key_id = \"A\"; aws_secret_access_key = \"a\"; };");
    const struct client_options *a = &config->models[0].dynamodb.client;
    const struct client_options *b = &config->models[1].dynamodb.client;
    assert_str(a->profile, "mine");
    cr_assert_eq(a->access_key_id.len, 0);
    assert_str(a->proxy, "http://p:1");
    assert_str(b->profile, "apps");
    assert_str(b->access_key_id, "A");
}

TEST(app_config, finds_the_embedded_stores_file_beside_the_apps)
{
    DM_AUTO(app_config) *config =
        loaded("dynamodb = { host = \"sqlite:todo.db\"; };"
               "models = { todo = { hash_key = \"id\"; attributes = { id = \"S\"; };"
               "seed = \"seeds/todo.jsonl\"; };"
               "far = { hash_key = \"id\"; attributes = { id = \"S\"; };"
               "seed = \"/srv/far.jsonl\";"
               "dynamodb = { host = \"sqlite:/srv/far.db\"; sqlite_synchronous = "
               "\"normal\"; }; };"
               "fleeting = { hash_key = \"id\"; attributes = { id = \"S\"; };"
               "dynamodb = { host = \"sqlite::memory:\"; }; }; };");
    const struct model_config *models = config->models;
    cr_assert(str_starts(models[0].dynamodb.embedded, STR("/tmp/dynamod-test-")));
    cr_assert(str_ends(models[0].dynamodb.embedded, STR("/todo.db")));
    cr_assert(str_equal(models[0].dynamodb.embedded, config->dynamodb.embedded));
    cr_assert(str_starts(models[0].seed, STR("/tmp/dynamod-test-")));
    cr_assert(str_ends(models[0].seed, STR("/seeds/todo.jsonl")));
    assert_str(models[1].dynamodb.embedded, "/srv/far.db");
    assert_str(models[1].seed, "/srv/far.jsonl");
    assert_str(models[2].dynamodb.embedded, ":memory:");
    cr_assert(models[1].dynamodb.relaxed && !models[0].dynamodb.relaxed);
    cr_assert(models[0].create_table && models[1].create_table, "always, on this store");
}

TEST(app_config, mixes_both_stores_in_an_app)
{
    DM_AUTO(app_config) *config =
        loaded("dynamodb = { region = \"eu-west-1\"; };"
               "models = { todo = { };"
               "kept = { hash_key = \"id\"; attributes = { id = \"S\"; };"
               "dynamodb = { host = \"sqlite::memory:\"; }; }; };");
    cr_assert_eq(config->dynamodb.embedded.len, 0);
    cr_assert_eq(config->models[0].dynamodb.embedded.len, 0);
    cr_assert_not(config->models[0].create_table);
    assert_str(config->models[1].dynamodb.embedded, ":memory:");
    cr_assert(app_config_creates_tables(config));

    DM_AUTO(app_config) *other =
        loaded("dynamodb = { host = \"sqlite::memory:\"; };"
               "models = { todo = { dynamodb = { region = \"eu-west-1\";"
               "host = \"http://localhost:8000\"; }; }; };");
    cr_assert_eq(other->models[0].dynamodb.embedded.len, 0);
    cr_assert_not(other->models[0].create_table);
}

TEST(app_config, reads_indexes)
{
    DM_AUTO(app_config) *config =
        loaded("dynamodb = { host = \"sqlite::memory:\"; };"
               "models = { orders = { hash_key = \"customer\"; range_key = \"at\";"
               "attributes = { customer = \"S\"; at = \"N\"; status = \"B\"; };"
               "indexes = { by_status = { hash_key = \"status\"; range_key = \"at\"; };"
               "by_state = { range_key = \"status\"; projection = \"keys_only\"; };"
               "by_time = { hash_key = \"at\"; projection = [ \"total\", \"lines\" ]; };"
               "by_day = { hash_key = \"at\"; projection = \"all\"; }; }; }; };");
    const struct model_config *model = &config->models[0];
    const struct store_index *indexes = model->indexes;
    cr_assert_eq(model->index_count, 4);
    assert_str(indexes[0].name, "by_status");
    assert_str(indexes[0].schema.hash.name, "status");
    assert_str(indexes[0].schema.range.name, "at");
    cr_assert(indexes[0].schema.hash.type == DM_B &&
              indexes[0].schema.range.type == DM_N);
    cr_assert(indexes[0].global && indexes[0].projection == PROJECT_ALL);

    assert_str(indexes[1].schema.hash.name, "customer");
    assert_str(indexes[1].schema.range.name, "status");
    cr_assert(!indexes[1].global && indexes[1].projection == PROJECT_KEYS_ONLY);

    cr_assert_eq(indexes[2].schema.range.name.len, 0);
    cr_assert(indexes[2].global && indexes[2].projection == PROJECT_INCLUDE);
    cr_assert_eq(indexes[2].included_count, 2);
    assert_str(indexes[2].included[0], "total");
    assert_str(indexes[2].included[1], "lines");
    cr_assert_eq(indexes[3].projection, PROJECT_ALL);
}

TEST(app_config, reads_types_that_are_seen_otherwise_than_stored)
{
    static const struct {
        const char *name;
        enum dm_type type;
        enum attribute_kind kind;
    } expected[] = {
        {"id", DM_S, ATTRIBUTE_AS_STORED}, {"created", DM_S, ATTRIBUTE_UTC_DATETIME},
        {"doc", DM_S, ATTRIBUTE_JSON},     {"expires", DM_N, ATTRIBUTE_TTL},
        {"rev", DM_N, ATTRIBUTE_VERSION},  {"tags", DM_SS, ATTRIBUTE_AS_STORED},
    };
    DM_AUTO(app_config) *config = loaded(
        "dynamodb = { region = \"eu-west-1\"; }; models = { todo = { attributes = {"
        "id = \"S\"; created = \"utc_datetime\"; doc = \"json\"; expires = \"ttl\";"
        "rev = \"version\"; tags = \"SS\"; };"
        "hide_expired = false; count_pages = 10000; }; };");
    const struct model_config *model = &config->models[0];
    cr_assert_eq(model->attributes->count, DM_COUNT(expected));
    for (size_t i = 0; i < DM_COUNT(expected); i++) {
        const struct attribute *attribute = &model->attributes->at[i];
        assert_str(attribute->name, expected[i].name);
        cr_assert(attribute->type == expected[i].type &&
                  attribute->kind == expected[i].kind);
    }
    cr_assert(!model->hide_expired && model->count_pages == 10000);
    cr_assert_not(model->attributes->as_stored);
}

TEST(app_config, hides_what_expired_and_counts_ten_pages_unless_told_otherwise)
{
    DM_AUTO(app_config) *config =
        loaded("dynamodb = { region = \"eu-west-1\"; }; models = { todo = { }; };");
    const struct model_config *model = &config->models[0];
    cr_assert(model->hide_expired && model->count_pages == 10);
    cr_assert(model->attributes->as_stored && model->attributes->count == 0);
}

TEST(app_config, declares_keys_that_have_a_template)
{
    DM_AUTO(app_config) *config =
        loaded("dynamodb = { host = \"sqlite::memory:\"; }; models = { todo = {"
               "hash_key = { name = \"pk\"; template = \"CUST#{}\"; };"
               "range_key = \"sk\"; attributes = { sk = \"S\"; };"
               "indexes = { by_sk = { hash_key = { name = \"sk\"; template = "
               "\"<{}>\"; }; range_key = \"pk\"; };"
               "by_kind = { hash_key = \"pk\"; range_key = { name = \"kind\"; template = "
               "\"{}!\"; }; }; }; }; };");
    const struct model_config *model = &config->models[0];
    const struct attribute *pk = attributes_find(model->attributes, STR("pk"));
    const struct attribute *sk = attributes_find(model->attributes, STR("sk"));
    const struct attribute *kind = attributes_find(model->attributes, STR("kind"));
    assert_str(model->hash_key, "pk");
    assert_str(model->range_key, "sk");
    assert_str(pk->prefix, "CUST#");
    assert_str(pk->suffix, "");
    assert_str(sk->prefix, "<");
    assert_str(sk->suffix, ">");
    assert_str(kind->prefix, "");
    assert_str(kind->suffix, "!");
    cr_assert_eq(model->attributes->count, 3);

    struct key_schema schema;
    cr_assert(model_config_schema(model, &schema));
    cr_assert(schema.hash.type == DM_S && schema.range.type == DM_S);
    assert_str(model->indexes[0].schema.hash.name, "sk");
    assert_str(model->indexes[1].schema.range.name, "kind");
}

TEST(app_config, takes_the_region_from_the_environment)
{
    struct dm_error err = {0};
    DM_AUTO(app_config) *config = NULL;
    assert_ok(load("models = { todo = { }; };", &with_region, &config, &err), err);
}

TEST(app_config, refuses_a_file_that_is_not_there_or_badly_named)
{
    struct dm_error err = {0};
    struct app_config *config = NULL;
    cr_assert_eq(app_config_load("/nowhere/todo.conf", &empty, &config, &err),
                 DM_E_CONFIG);
    assert_str(dm_str(err.message),
               "/nowhere/todo.conf: cannot be read: No such file or directory");
    cr_assert_eq(app_config_load("/nowhere/to do.conf", &empty, &config, &err),
                 DM_E_CONFIG);
    cr_assert_eq(app_config_load("/nowhere/.conf", &empty, &config, &err), DM_E_CONFIG);
}

static const char *some_secret(const struct environment *environment, const char *name)
{
    (void)environment;
    return strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0 ? "of the environment" : NULL;
}

static struct token_key token_key(const char *settings, bool with_secret)
{
    static const struct environment secretive = {some_secret};
    char text[512];
    struct dm_error err = {0};
    DM_AUTO(app_config) *config = NULL;
    snprintf(text, sizeof text,
             "dynamodb = { host = \"sqlite::memory:\"; }; models = { todo = { hash_key = "
             "\"id\"; attributes = { id = \"S\"; }; }; }; %s",
             settings);
    assert_ok(load(text, with_secret ? &secretive : &empty, &config, &err), err);
    return config->token_key;
}

static bool same_key(struct token_key a, struct token_key b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

TEST(app_config, makes_the_key_of_page_tokens_of_the_first_secret_that_there_is)
{
    const char *secret = "token_secret = \"sixteen letters!\";";
    const char *spaced = "token_secret  =  \"sixteen letters!\";";
    cr_assert(same_key(token_key(secret, false), token_key(spaced, true)));
    cr_assert(same_key(token_key("", true), token_key("default = true;", true)));
    cr_assert(same_key(token_key("", false), token_key("", false)));
    cr_assert_not(same_key(token_key("", false), token_key("default = true;", false)));
    cr_assert_not(same_key(token_key("", false), token_key("", true)));
    cr_assert_not(same_key(token_key(secret, false), token_key("", true)));
}

/* The first line of each file in refused/ says "# expected: LINE: …". */
static void refuses(const char *path)
{
    struct dm_error err = {0};
    struct app_config *config = NULL;
    char line[512] = "";
    FILE *file = fopen(path, "re");
    cr_assert(file && fgets(line, sizeof line, file) && fclose(file) == 0);
    struct dm_str rest = str_trim(dm_str(line));
    cr_assert(str_starts(rest, STR("# expected: ")), "%s", path);
    rest.ptr += strlen("# expected: ");
    rest.len -= strlen("# expected: ");

    cr_assert_eq(app_config_load(path, &empty, &config, &err), DM_E_CONFIG, "%s", path);
    struct dm_str said = dm_str(err.message), place = dm_str(path);
    cr_assert(str_starts(said, place) && said.ptr[place.len] == ':', "%s", said.ptr);
    said.ptr += place.len + 1;
    said.len -= place.len + 1;
    cr_assert(str_starts(said, rest), "\"%s\" is not \"%.*s\"", said.ptr, STR_ARG(rest));
}

TEST(app_config, refuses_each_wrong_file_with_its_line_and_what_was_expected)
{
    size_t count = 0;
    DIR *folder = opendir(TEST_DATA "/refused");
    cr_assert(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        char path[1024];
        if (!str_ends(dm_str(entry->d_name), STR(".conf")))
            continue;
        snprintf(path, sizeof path, TEST_DATA "/refused/%s", entry->d_name);
        refuses(path);
        count++;
    }
    closedir(folder);
    cr_assert_geq(count, 91);
}

TEST(app_config, survives_each_allocation_failing)
{
    WITH_EACH_ALLOCATION_FAILING
    {
        struct dm_error err = {0};
        DM_AUTO(app_config) *config = NULL;
        enum dm_code code =
            load("dynamodb = { region = \"eu-west-1\"; extra_headers = ( { "
                 "name = \"X-A\"; value = \"a\"; } ); }; models = { todo = { "
                 "attributes = { id = \"S\"; }; allow = [ \"read\" ]; "
                 "dynamodb = { host = \"http://localhost\"; }; };"
                 "kept = { hash_key = { name = \"id\"; template = \"a{}\"; }; "
                 "attributes = { at = \"ttl\"; }; seed = "
                 "\"kept.jsonl\"; indexes = { by_id = { hash_key = \"id\"; projection "
                 "= [ \"a\" ]; }; }; dynamodb = { host = \"sqlite:kept.db\"; }; }; };",
                 &empty, &config, &err);
        cr_assert_eq(code, mem_failed() ? DM_E_NOMEM : DM_OK, "%s", err.message);
    }
}
