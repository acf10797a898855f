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
    struct dm_str path; /* lent by the configuration */
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

static enum dm_code add_file(struct app_config *config,
                             const struct dynamodb_config *group,
                             struct embedded_file **ret_known, struct dm_error *err)
{
    struct embedded_file *known = mem_new(sizeof *known);
    if (!known)
        return error_nomem(err);
    known->path = group->embedded;
    enum dm_code code = open_file(group, &known->file, err);
    if (!code)
        code = prepare_all(known->file, config, known->path, err);
    if (code) {
        sqlite_file_unref(known->file);
        mem_free(known);
        return code;
    }
    known->next = config->embedded.files;
    config->embedded.files = known;
    *ret_known = known;
    return DM_OK;
}

static enum dm_code find_or_add(struct app_config *config,
                                const struct dynamodb_config *group,
                                struct sqlite_file **ret_file, struct dm_error *err)
{
    struct embedded_file *known = config->embedded.files;
    while (known && !str_equal(known->path, group->embedded))
        known = known->next;
    if (!known)
        DM_TRY(add_file(config, group, &known, err));
    *ret_file = sqlite_file_ref(known->file);
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
