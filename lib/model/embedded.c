/* Opening the embedded store's files. */
#include "model/embedded.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/app_config.h"

/* What opening and seeding needs besides the items; tables are described in kilobytes. */
enum { ARENA_MAX = 1024 * 1024 };

struct embedded_file {
    struct embedded_file *next;
    const struct dynamodb_config *group; /* that names it; the configuration's */
    struct sqlite_file *file;
};

void embedded_init(struct embedded *embedded)
{
    *embedded = (struct embedded){.files = NULL};
    pthread_mutex_init(&embedded->lock, NULL);
}

void embedded_done(struct embedded *embedded)
{
    while (embedded->files) {
        struct embedded_file *known = embedded->files;
        embedded->files = known->next;
        sqlite_file_unref(known->file);
        mem_free(known);
    }
    pthread_mutex_destroy(&embedded->lock);
}

static enum dm_code prepare(struct sqlite_file *file, const struct model_config *model,
                            struct dm_error *err)
{
    DM_AUTO_DONE(arena) arena;
    arena_init(&arena, ARENA_MAX);
    struct key_schema schema;
    struct dm_error why = {0};
    if (!model_config_schema(model, &schema))
        return error_set(err, DM_E_INTERNAL, "a model without keys");
    struct store_create request = {
        .base = {.deadline_ms = INT64_MAX, .arena = &arena},
        .table = model->table_name,
        .schema = &schema,
        .indexes = model->indexes,
        .index_count = model->index_count,
    };
    struct sqlite_seed seed = {model->seed.ptr, model->attributes};
    enum dm_code code = sqlite_prepare(file, &request, seed.path ? &seed : NULL, &why);
    if (code)
        return error_set(err, code, "model \"%s\": %s", model->name.ptr, why.message);
    return DM_OK;
}

static enum dm_code prepare_all(struct sqlite_file *file, const struct app_config *config,
                                struct dm_str path, struct dm_error *err)
{
    for (size_t i = 0; i < config->model_count; i++)
        if (str_equal(config->models[i].dynamodb.embedded, path))
            DM_TRY(prepare(file, &config->models[i], err));
    return DM_OK;
}

static enum dm_code open_file(const struct dynamodb_config *group,
                              struct sqlite_file **ret_file, struct dm_error *err)
{
    struct sqlite_options options = {.path = group->embedded.ptr,
                                     .relaxed = group->relaxed};
    struct dm_error why = {0};
    enum dm_code code = sqlite_file_open(&options, ret_file, &why);
    if (code)
        return error_set(err, code, "sqlite:%s: %s", options.path, why.message);
    return DM_OK;
}

/* The caller keeps the reference that it has. */
static enum dm_code add_file(struct app_config *config,
                             const struct dynamodb_config *group,
                             struct sqlite_file *file, struct dm_error *err)
{
    DM_TRY(prepare_all(file, config, group->embedded, err));
    struct embedded_file *known = mem_new(sizeof *known);
    if (!known)
        return error_nomem(err);
    *known = (struct embedded_file){
        .next = config->embedded.files,
        .group = group,
        .file = sqlite_file_ref(file),
    };
    config->embedded.files = known;
    return DM_OK;
}

static enum dm_code open_and_add(struct app_config *config,
                                 const struct dynamodb_config *group,
                                 struct dm_error *err)
{
    DM_AUTO(sqlite_file) *file = NULL;
    DM_TRY(open_file(group, &file, err));
    return add_file(config, group, file, err);
}

static struct embedded_file *find(const struct app_config *config,
                                  const struct dynamodb_config *group)
{
    struct embedded_file *known = config->embedded.files;
    while (known && !str_equal(known->group->embedded, group->embedded))
        known = known->next;
    return known;
}

static enum dm_code find_or_add(struct app_config *config,
                                const struct dynamodb_config *group,
                                struct sqlite_file **ret_file, struct dm_error *err)
{
    if (!find(config, group))
        DM_TRY(open_and_add(config, group, err));
    *ret_file = sqlite_file_ref(find(config, group)->file);
    return DM_OK;
}

enum dm_code embedded_open(struct app_config *config, const struct dynamodb_config *group,
                           struct sqlite_file **ret_file, struct dm_error *err)
{
    pthread_mutex_lock(&config->embedded.lock);
    enum dm_code code = find_or_add(config, group, ret_file, err);
    pthread_mutex_unlock(&config->embedded.lock);
    return code;
}

/* --- from one configuration to the next --- */

/* How memory is written makes no difference. */
static bool is_opened_so(const struct embedded_file *known,
                         const struct dynamodb_config *group)
{
    return known->group->relaxed == group->relaxed ||
           str_equal(group->embedded, STR(":memory:"));
}

static enum dm_code inherit_one(struct app_config *config,
                                const struct app_config *served,
                                const struct dynamodb_config *group, struct dm_error *err)
{
    if (!group->embedded.len || find(config, group))
        return DM_OK;
    const struct embedded_file *known = find(served, group);
    if (!known || !is_opened_so(known, group))
        return DM_OK;
    return add_file(config, group, known->file, err);
}

static enum dm_code inherit_all(struct app_config *config,
                                const struct app_config *served, struct dm_error *err)
{
    DM_TRY(inherit_one(config, served, &config->dynamodb, err));
    for (size_t i = 0; i < config->model_count; i++)
        DM_TRY(inherit_one(config, served, &config->models[i].dynamodb, err));
    return DM_OK;
}

enum dm_code embedded_inherit(struct app_config *config, struct app_config *served,
                              struct dm_error *err)
{
    pthread_mutex_lock(&served->embedded.lock);
    enum dm_code code = inherit_all(config, served, err);
    pthread_mutex_unlock(&served->embedded.lock);
    return code;
}
