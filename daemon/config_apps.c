/* Reading the directory of apps. */
#include "daemon/config_apps.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/str.h"

enum { MAX_APPS = 1024 };

static bool names_app(struct dm_str file)
{
    return str_ends(file, STR(".conf")) && file.ptr[0] != '.';
}

/* Terminated names, as the directory has them. */
struct file_names {
    const char *at[MAX_APPS];
    size_t count;
};

static enum dm_code add_name(const char *file, struct config *config,
                             struct file_names *names, struct dm_error *err)
{
    if (!names_app(dm_str(file)))
        return DM_OK;
    if (names->count == MAX_APPS)
        return error_set(err, DM_E_CONFIG, "%s: more than %d apps", config->apps_dir.ptr,
                         MAX_APPS);
    struct dm_str name = arena_str(&config->arena, dm_str(file));
    if (!name.ptr)
        return error_nomem(err);
    names->at[names->count++] = name.ptr;
    return DM_OK;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum dm_code list_apps(struct config *config, struct file_names *names,
                              struct dm_error *err)
{
    DIR *dir = opendir(config->apps_dir.ptr);
    if (!dir)
        return error_set(err, DM_E_CONFIG,
                         "%s: cannot be read: %s; expected a directory "
                         "with a file for each app",
                         config->apps_dir.ptr, strerror(errno));
    enum dm_code code = DM_OK;
    errno = 0;
    for (struct dirent *entry; !code && (entry = readdir(dir)); errno = 0)
        code = add_name(entry->d_name, config, names, err);
    if (!code && errno)
        code = error_set(err, DM_E_CONFIG, "%s: cannot be read: %s", config->apps_dir.ptr,
                         strerror(errno));
    closedir(dir);
    qsort(names->at, names->count, sizeof names->at[0], compare_names);
    return code;
}

enum dm_code config_blame_app(const struct app_config *app, struct dm_error *err)
{
    const struct dm_error why = *err;
    return error_set(err, why.code, "app \"%s\": %s", app_config_name(app), why.message);
}

/* What is served already stays what it is. */
static enum dm_code keep_or_replace(struct app_config *served, struct app_config **app,
                                    struct dm_error *err)
{
    if (!app_config_same(served, *app))
        return app_config_inherit(*app, served, err) ? config_blame_app(*app, err)
                                                     : DM_OK;
    app_config_unref(*app);
    *app = app_config_ref(served);
    return DM_OK;
}

static enum dm_code load_app(const char *name, const struct environment *environment,
                             const struct config *before, struct config *config,
                             struct dm_error *err)
{
    struct dm_str path =
        arena_printf(&config->arena, "%s/%s", config->apps_dir.ptr, name);
    struct app_config **app = &config->apps[config->app_count];
    if (!path.ptr)
        return error_nomem(err);
    DM_TRY(app_config_load(path.ptr, environment, app, err));
    config->app_count++;
    struct app_config *served =
        before ? config_find_app(before, app_config_name(*app)) : NULL;
    return served ? keep_or_replace(served, app, err) : DM_OK;
}

/* The one that says so; an app alone need not say it. */
static enum dm_code choose_default(struct config *config, struct dm_error *err)
{
    config->default_app = config->app_count == 1 ? 0 : config->app_count;
    for (size_t i = 0; i < config->app_count; i++) {
        if (!app_config_is_default(config->apps[i]))
            continue;
        if (config->default_app < i)
            return error_set(err, DM_E_CONFIG,
                             "%s/%s.conf: default: expected one app at most to be the "
                             "default; %s is one already",
                             config->apps_dir.ptr, app_config_name(config->apps[i]),
                             app_config_name(config->apps[config->default_app]));
        config->default_app = i;
    }
    return DM_OK;
}

enum dm_code config_load_apps(struct config *config,
                              const struct environment *environment,
                              const struct config *before, struct dm_error *err)
{
    struct file_names names = {.count = 0};
    DM_TRY(list_apps(config, &names, err));
    if (names.count == 0)
        return error_set(err, DM_E_CONFIG,
                         "%s: no app: expected at least one file *.conf",
                         config->apps_dir.ptr);

    config->apps = arena_new(&config->arena, names.count * sizeof(struct app_config *));
    if (!config->apps)
        return error_nomem(err);
    for (size_t i = 0; i < names.count; i++)
        DM_TRY(load_app(names.at[i], environment, before, config, err));
    return choose_default(config, err);
}
