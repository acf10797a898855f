/* Reading an app's file. */
#include "model/app_config.h"

#include <stdio.h>

#include "aws/cred_share.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/settings_show.h"

/* What one app may say; the files of people are a few kilobytes. */
enum { CONFIG_MAX = 64 * 1024 * 1024, SECRET_MIN = 16, SECRET_MAX = 256 };

/* An app while it is read: its models need its dynamodb group, wherever that stands. */
struct draft {
    bool is_default;
    struct dm_str token_secret;
    unsigned max_page_items, max_filter_bytes;
    struct settings_node *dynamodb, *models, *auth, *limits;
};

static const struct setting settings[] = {
    {.name = "default",
     .doc = "Whether /models is this app's. An app that is alone is the default in any "
            "case. Every app is at /apps/NAME/models too.",
     .type = SETTING_BOOL,
     .offset = offsetof(struct draft, is_default),
     .preset = "false"},
    {.name = "token_secret",
     .doc = "What the tokens of pages are sealed with, 16 to 256 bytes. Instances that "
            "share it understand each other's. Else aws_secret_access_key, else "
            "AWS_SECRET_ACCESS_KEY, else the file itself: then a change of the file "
            "makes the tokens that are out invalid.",
     .type = SETTING_STRING,
     .offset = offsetof(struct draft, token_secret),
     .min = 1,
     .is_secret = true},
    {.name = "dynamodb",
     .doc = "How to reach DynamoDB, or which file is the embedded store. A model may "
            "have such a group of its own, which wins setting by setting.",
     .type = SETTING_NODE,
     .offset = offsetof(struct draft, dynamodb),
     .group = &dynamodb_settings,
     .preset = "{}"},
    {.name = "models",
     .doc = "The models, by name. The model NAME is served at /models/NAME.",
     .type = SETTING_NODE,
     .offset = offsetof(struct draft, models),
     .group = &model_settings,
     .many = true},
    {.name = "auth",
     .doc = "Who may use this app: bearer tokens, certificates of clients, processes "
            "behind unix sockets. Without this group: whoever can reach it.",
     .type = SETTING_NODE,
     .offset = offsetof(struct draft, auth),
     .group = &auth_settings},
    {.name = "limits",
     .doc = "How much may be asked of this app a second, by all together. Each of those "
            "whom auth names may have such a group of their own.",
     .type = SETTING_NODE,
     .offset = offsetof(struct draft, limits),
     .group = &limits_settings,
     .preset = "{}"},
    {.name = "max_page_items",
     .doc = "How many items one page may look at, whatever limit asks for.",
     .type = SETTING_COUNT,
     .offset = offsetof(struct draft, max_page_items),
     .min = 1,
     .max = 1000,
     .preset = "1000"},
    {.name = "max_filter_bytes",
     .doc = "How long the filters of a page may be, as DynamoDB's FilterExpression.",
     .type = SETTING_COUNT,
     .offset = offsetof(struct draft, max_filter_bytes),
     .min = 16,
     .max = EXPRESSION_MAX,
     .preset = "4096"},
};

const struct setting_table app_settings = {settings, DM_COUNT(settings)};

static bool app_name_valid(struct dm_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    (c >= '0' && c <= '9') || c == '_' || c == '-';
        if (!good)
            return false;
    }
    return name.len > 0;
}

/* "/etc/dynamod/apps.d/todo.conf" → "todo" */
static enum dm_code read_name(const char *path, struct app_config *config,
                              struct dm_error *err)
{
    const char *slash = strrchr(path, '/');
    struct dm_str name = dm_str(slash ? slash + 1 : path);
    if (str_ends(name, STR(".conf")))
        name.len -= strlen(".conf");
    if (!app_name_valid(name))
        return error_set(err, DM_E_CONFIG,
                         "%s: the file is named after its app: expected a-z, A-Z, 0-9, _ "
                         "and -, then .conf",
                         path);
    config->name = arena_str(&config->arena, name);
    return config->name.ptr ? DM_OK : error_nomem(err);
}

static bool at_odds(const struct dynamodb_config *a, const struct dynamodb_config *b)
{
    return a->embedded.len && str_equal(a->embedded, b->embedded) &&
           a->relaxed != b->relaxed;
}

/* A file is opened once, in one way. */
static enum dm_code check_embedded(struct settings *file,
                                   const struct settings_node *node,
                                   const struct app_config *config,
                                   const struct model_config *model, struct dm_error *err)
{
    bool odd = at_odds(&config->dynamodb, &model->dynamodb);
    for (size_t i = 0; i < config->model_count; i++)
        odd = odd || at_odds(&config->models[i].dynamodb, &model->dynamodb);
    if (odd)
        return settings_expected(file, node, err,
                                 "one sqlite_synchronous for all that share a file");
    return DM_OK;
}

static enum dm_code read_model(struct settings *file, struct settings_node *node,
                               const struct environment *environment,
                               struct app_config *config, struct dm_error *err)
{
    struct model_config *model = &config->models[config->model_count];
    DM_TRY(model_config_read(file, node, environment, &config->dynamodb, model, err));
    config->model_count++;
    return check_embedded(file, node, config, model, err);
}

static void set_limits(const struct draft *draft, struct app_config *config)
{
    for (size_t i = 0; i < config->model_count; i++) {
        config->models[i].max_page_items = draft->max_page_items;
        config->models[i].max_filter_bytes = draft->max_filter_bytes;
    }
}

static enum dm_code read_models(struct settings *file, struct settings_node *group,
                                const struct environment *environment,
                                struct app_config *config, struct dm_error *err)
{
    if (!group || !settings_is_group(group) || settings_count(group) == 0)
        return settings_expected(file, group ? group : settings_root(file), err,
                                 "models = { name = { … }; }, at least one");
    size_t count = settings_count(group);
    config->models = arena_new(&config->arena, count * sizeof *config->models);
    if (!config->models)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        DM_TRY(read_model(file, settings_at(group, i), environment, config, err));
    return DM_OK;
}

/* It names models. */
static enum dm_code read_auth(struct settings *file, struct settings_node *group,
                              const struct environment *environment,
                              struct app_config *config, struct dm_error *err)
{
    const struct auth_place place = {.environment = environment,
                                     .models = config->models,
                                     .model_count = config->model_count};
    if (!group)
        return DM_OK;
    if (!settings_is_group(group))
        return settings_expected(file, group, err, "a group, { tokens = ( … ); }");
    return auth_config_read(file, group, &place, &config->auth, err);
}

/* --- the key of page tokens --- */

static enum dm_code read_file(const char *path, struct dm_buf *text, struct dm_error *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(err, DM_E_CONFIG, "%s: cannot be read", path);
    for (size_t len = 1; len;) {
        char *room = buf_room(text, 4096);
        len = room ? fread(room, 1, 4096, file) : 0;
        text->len += len;
    }
    fclose(file);
    return buf_check(text, "app's file", err);
}

/* Where there is no secret at all, the file itself is what instances share. */
static enum dm_code make_key_of_file(const char *path, struct app_config *config,
                                     struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, CONFIG_MAX);
    DM_TRY(read_file(path, &text, err));
    return token_key_make(buf_str(&text), config->name, &config->token_key, err);
}

static enum dm_code make_token_key(struct settings *file, const char *path,
                                   const struct environment *environment,
                                   const struct draft *draft, struct app_config *config,
                                   struct dm_error *err)
{
    struct dm_str secret = draft->token_secret;
    if (secret.len && (secret.len < SECRET_MIN || secret.len > SECRET_MAX))
        return settings_expected(file,
                                 settings_place(settings_root(file), "token_secret"), err,
                                 "a text of %d to %d bytes", SECRET_MIN, SECRET_MAX);
    if (!secret.len)
        secret = config->dynamodb.client.secret_access_key;
    if (!secret.len)
        secret = environment_str(environment, "AWS_SECRET_ACCESS_KEY");
    if (!secret.len)
        return make_key_of_file(path, config, err);
    return token_key_make(secret, config->name, &config->token_key, err);
}

/* --- all of it --- */

static enum dm_code read_all(struct settings *file, const char *path,
                             const struct environment *environment,
                             struct app_config *config, struct dm_error *err)
{
    struct draft draft = {0};
    struct settings_node *root = settings_root(file);
    DM_TRY(settings_read(file, root, settings, DM_COUNT(settings), &draft, err));
    config->is_default = draft.is_default;
    dynamodb_config_init(&config->dynamodb);
    if (draft.dynamodb)
        DM_TRY(dynamodb_config_read(file, draft.dynamodb, &config->dynamodb, err));
    DM_TRY(dynamodb_config_check(file, draft.dynamodb ? draft.dynamodb : root,
                                 environment, &config->dynamodb, err));
    DM_TRY(make_token_key(file, path, environment, &draft, config, err));
    DM_TRY(read_models(file, draft.models, environment, config, err));
    set_limits(&draft, config);
    if (draft.limits)
        DM_TRY(limits_config_read(file, draft.limits, &config->limits, err));
    return read_auth(file, draft.auth, environment, config, err);
}

/* The threads that run the app load its credentials once for all of them. */
static enum dm_code make_shares(struct app_config *config, struct dm_error *err)
{
    DM_TRY(cred_share_new(&config->dynamodb.client.share, err));
    for (size_t i = 0; i < config->model_count; i++)
        if (config->models[i].has_own_dynamodb)
            DM_TRY(cred_share_new(&config->models[i].dynamodb.client.share, err));
    return DM_OK;
}

/* They share what the models keep too. */
static enum dm_code make_caches(struct app_config *config, struct dm_error *err)
{
    for (size_t i = 0; i < config->model_count; i++) {
        struct model_config *model = &config->models[i];
        if (!model->cache.ttl_ms)
            continue;
        if (!config->cache)
            DM_TRY(cache_new(&config->cache, err));
        DM_TRY(cache_add(config->cache, model->table_name, &model->cache, &model->space,
                         err));
    }
    return DM_OK;
}

static void free_caches(struct app_config *config)
{
    for (size_t i = 0; i < config->model_count; i++)
        cache_remove(config->cache, DM_TAKE(config->models[i].space));
    cache_unref(DM_TAKE(config->cache));
}

static void free_shares(struct app_config *config)
{
    cred_share_free(config->dynamodb.client.share);
    for (size_t i = 0; i < config->model_count; i++)
        if (config->models[i].has_own_dynamodb)
            cred_share_free(config->models[i].dynamodb.client.share);
}

static enum dm_code add_upstreams(const struct app_config *config,
                                  const struct environment *environment,
                                  struct fingerprint_maker *maker, struct dm_error *err)
{
    DM_TRY(fingerprint_add_upstream(maker, &config->dynamodb, environment, err));
    for (size_t i = 0; i < config->model_count; i++)
        if (config->models[i].has_own_dynamodb)
            DM_TRY(fingerprint_add_upstream(maker, &config->models[i].dynamodb,
                                            environment, err));
    return DM_OK;
}

static enum dm_code make_fingerprint(struct settings *file, const char *path,
                                     const struct environment *environment,
                                     struct app_config *config, struct dm_error *err)
{
    DM_AUTO(fingerprint_maker) *maker = NULL;
    DM_TRY(fingerprint_begin(&maker, err));
    DM_TRY(fingerprint_add_file(maker, file, path, err));
    DM_TRY(add_upstreams(config, environment, maker, err));
    DM_TRY(auth_config_fingerprint(&config->auth, maker, err));
    return fingerprint_end(maker, &config->fingerprint, err);
}

enum dm_code app_config_load(const char *path, const struct environment *environment,
                             struct app_config **ret_config, struct dm_error *err)
{
    DM_AUTO(app_config) *config = mem_secret(sizeof *config);
    DM_AUTO(settings) *file = NULL;
    if (!config)
        return error_nomem(err);
    atomic_init(&config->references, 1);
    arena_init_secret(&config->arena, CONFIG_MAX);
    embedded_init(&config->embedded);
    DM_TRY(read_name(path, config, err));
    DM_TRY(settings_open(path, &config->arena, &file, err));
    DM_TRY(read_all(file, path, environment, config, err));
    DM_TRY(settings_show(file, settings_root(file), &app_settings, &config->shown, err));
    DM_TRY(make_fingerprint(file, path, environment, config, err));
    DM_TRY(make_shares(config, err));
    DM_TRY(make_caches(config, err));
    *ret_config = DM_TAKE(config);
    return DM_OK;
}

struct app_config *app_config_ref(struct app_config *config)
{
    atomic_fetch_add(&config->references, 1);
    return config;
}

void app_config_unref(struct app_config *config)
{
    if (!config || atomic_fetch_sub(&config->references, 1) != 1)
        return;
    free_caches(config);
    free_shares(config);
    embedded_done(&config->embedded);
    limits_done(&config->limits);
    auth_config_done(&config->auth);
    for (size_t i = 0; i < config->model_count; i++)
        model_config_done(&config->models[i]);
    arena_done(&config->arena);
    mem_secret_free(config);
}

bool app_config_same(const struct app_config *a, const struct app_config *b)
{
    return str_equal(a->name, b->name) &&
           memcmp(&a->fingerprint, &b->fingerprint, sizeof a->fingerprint) == 0;
}

/* Nothing of what is kept, which may have been asked for in another way or elsewhere; but
 * writes by either are heeded by both, while both are served. */
static enum dm_code inherit_cache(struct app_config *config,
                                  const struct app_config *served, struct dm_error *err)
{
    if (!served->cache)
        return DM_OK;
    free_caches(config);
    config->cache = cache_ref(served->cache);
    return make_caches(config, err);
}

enum dm_code app_config_inherit(struct app_config *config, struct app_config *served,
                                struct dm_error *err)
{
    auth_config_inherit(&config->auth, &served->auth);
    limits_inherit(&config->limits, &served->limits);
    DM_TRY(inherit_cache(config, served, err));
    return embedded_inherit(config, served, err);
}

const char *app_config_name(const struct app_config *config)
{
    return config->name.ptr;
}

bool app_config_is_default(const struct app_config *config)
{
    return config->is_default;
}

bool app_config_creates_tables(const struct app_config *config)
{
    for (size_t i = 0; i < config->model_count; i++)
        if (config->models[i].create_table)
            return true;
    return false;
}
